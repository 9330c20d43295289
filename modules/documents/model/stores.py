"""Document security stores (EN 319 142-1 §5.4.2), as the house writes them into a PDF."""

import re
from typing import Final, NamedTuple

_STREAM: Final = re.compile(
    rb"(\d{1,7}) 0 obj\n<</Length (\d{1,7})/Kind/(Cert|OCSP|CRL)>>\nstream\n"
)


class Evidence(NamedTuple):
    """What somebody needs to check signatures years later, DER each."""

    certificates: tuple[bytes, ...] = ()
    ocsp_responses: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()


def read_at(raw: bytes, place: int) -> Evidence:
    """Return the store whose first object begins at a place; an empty one where none does."""
    kinds: dict[bytes, list[bytes]] = {b"Cert": [], b"OCSP": [], b"CRL": []}
    while found := _STREAM.match(raw, place):
        start, length = found.end(), int(found[2])
        kinds[found[3]].append(raw[start : start + length])
        place = start + length + len(b"\nendstream\nendobj\n")
    return Evidence(*(tuple(blobs) for blobs in kinds.values()))


def read_after(raw: bytes, unsigned: int) -> Evidence:
    """Return the store of a file of ours, whose signatures begin after so many bytes."""
    first = _STREAM.search(raw, unsigned)
    return Evidence() if first is None else read_at(raw, first.start())
