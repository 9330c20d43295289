"""A document in one file: its PDF and its bundle, as a zip that is the same for the same halves."""

import zipfile
from collections.abc import Sequence
from datetime import datetime
from io import BytesIO
from typing import Final, NamedTuple

import msgspec

from modules.documents.model import bundle as bundles
from modules.documents.model import pdf
from modules.documents.model.findings import Verdict, invalid, severity, verdict_of

ORIGINAL: Final = "original.pdf"
BUNDLE: Final = "bundle.json"
_MAGIC: Final = b"PK\x03\x04"
_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)


class Package(NamedTuple):
    """The two halves."""

    original: bytes
    bundle: bytes


def is_package(raw: bytes) -> bool:
    """Tell whether a file is a zip."""
    return raw.startswith(_MAGIC)


def packed(package: Package) -> bytes:
    """Return the package as a zip."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(ORIGINAL, _EARLIEST), package.original)
        archive.writestr(zipfile.ZipInfo(BUNDLE, _EARLIEST), package.bundle)
    return target.getvalue()


def unpacked(raw: bytes) -> Package | None:
    """Return the halves of a package, or None unless we would have packed it so."""
    try:
        with zipfile.ZipFile(BytesIO(raw)) as archive:
            if not _is_ours(archive.infolist()):
                return None
            found = Package(archive.read(ORIGINAL), archive.read(BUNDLE))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, OSError):
        return None
    return found if packed(found) == raw else None


def _is_ours(members: Sequence[zipfile.ZipInfo]) -> bool:
    """Tell whether the members can be ours: nothing is inflated, whatever its size."""
    sizes = [each.file_size for each in members]
    return (
        [each.filename for each in members] == [ORIGINAL, BUNDLE]
        and all(each.compress_type == zipfile.ZIP_STORED for each in members)
        and sizes[0] <= pdf.BYTES_MAX
        and sizes[1] <= bundles.BYTES_MAX
    )


def worse(printed: Verdict, data: Verdict, now: datetime) -> Verdict:
    """Return the verdict on both halves: they are one document, and the worse one rules."""
    if printed.document is None or data.document is None:
        return printed if severity(printed) <= severity(data) else data
    if (printed.document.id, printed.document.rev) != (data.document.id, data.document.rev):
        return verdict_of([invalid("CONTENT_MISMATCH")], now)
    if severity(data) < severity(printed):
        return msgspec.structs.replace(data, content_matches=printed.content_matches)
    return msgspec.structs.replace(printed, external_ids=data.external_ids, notice=data.notice)
