"""The offline kit: everything a verifier believes, in one file that can be pinned by its hash."""

import zipfile
import zlib
from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256
from io import BytesIO
from typing import Final
from uuid import UUID

import msgspec

from backend.transparency import notes
from modules.documents.model import statuses
from modules.documents.model.bundle import LogEvidence
from modules.documents.model.findings import Found, Trust
from modules.documents.model.jws import Jwk, NotGenuine
from modules.documents.model.printing import Template
from modules.documents.model.statuses import Status

BYTES_MAX: Final = 64 << 20
_MEMBER: Final = "kit.json"
_EARLIEST: Final = (1980, 1, 1, 0, 0, 0)
_INFLATED_IN_STEPS: Final = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
"""Of other methods Python's reader unpacks all that is there at once, however little is asked."""
_CLOSED: Final = 1
"""The flag of a member that wants a password."""


class NotAKit(Exception):
    """The file is not a kit."""


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """Where the log holds a document: `note` is its checkpoint's number among those of the part."""

    content_sha256: str
    entry: str
    index: int
    note: int
    proof: tuple[str, ...]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """What the log holds of an organisation's documents, or a part of it; or of one document."""

    organisation: UUID | None
    """Null in the kit of a single document."""
    checkpoints: tuple[str, ...]
    lines: tuple[Line, ...]
    next: UUID | None
    """Behind which line the next part begins; none: this is the last."""


class Kit(msgspec.Struct, frozen=True, kw_only=True):
    """Trust, the keys of the status lists, their tokens as published last, and the forms."""

    trust: Trust
    status_keys: tuple[Jwk, ...]
    status_tokens: tuple[str, ...]
    house_keys: tuple[Jwk, ...] = ()
    """The keys of printed codes and seals."""
    issuing_keys: tuple[Jwk, ...] = ()
    """The keys that issue credentials, and nothing else."""
    forms: tuple[Template, ...] = ()
    """Every printed form there ever was, to print a document anew and compare."""
    part: Part | None = None
    """Of documents whose PDFs alone are judged too: they do not say where the log holds them."""


def part(
    organisation: UUID | None, proofs: Sequence[tuple[bytes, LogEvidence]], following: UUID | None
) -> Part:
    """Return what the log has of these contents, by their SHA-256: many share a checkpoint."""
    notes_of = {evidence.checkpoint: None for _, evidence in proofs}
    places = {note: place for place, note in enumerate(notes_of)}
    lines = (
        Line(
            content_sha256=digest.hex(),
            entry=evidence.entry,
            index=evidence.index,
            note=places[evidence.checkpoint],
            proof=evidence.proof,
        )
        for digest, evidence in proofs
    )
    return Part(
        organisation=organisation,
        checkpoints=tuple(places),
        lines=tuple(lines),
        next=following,
    )


def evidence(kit: Kit, content: bytes) -> LogEvidence | None:
    """Return where the log holds a content, if the kit knows it."""
    if kit.part is None:
        return None
    digest = sha256(content).hexdigest()
    line = next((each for each in kit.part.lines if each.content_sha256 == digest), None)
    if line is None or not 0 <= line.note < len(kit.part.checkpoints):
        return None
    return LogEvidence(
        checkpoint=kit.part.checkpoints[line.note],
        entry=line.entry,
        index=line.index,
        proof=line.proof,
    )


def packed(kit: Kit) -> bytes:
    """Return the kit as a zip, the same bytes for the same kit."""
    target = BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(_MEMBER, _EARLIEST), msgspec.json.encode(kit))
    return target.getvalue()


def unpacked(raw: bytes) -> Kit:
    """Return the kit of these bytes. Raises `NotAKit`."""
    try:
        with zipfile.ZipFile(BytesIO(raw)) as archive:
            member = archive.getinfo(_MEMBER)
            if member.compress_type not in _INFLATED_IN_STEPS or member.flag_bits & _CLOSED:
                raise NotAKit
            with archive.open(member) as file:
                content = file.read(BYTES_MAX + 1)  # what it claims to have is not believed
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, NotImplementedError) as error:
        raise NotAKit from error
    if len(content) > BYTES_MAX:
        raise NotAKit
    try:
        return msgspec.json.decode(content, type=Kit)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise NotAKit from error


class Published(msgspec.Struct, frozen=True, kw_only=True):
    """Whose keys sign the log and its witness, and what they signed last, as somebody tells it."""

    log_keys: tuple[str, ...]
    witness_keys: tuple[str, ...]
    checkpoint: str | None


def differences(kit: Kit, told: Published) -> list[str]:
    """Return in which way a kit does not believe what is published; nothing if it does.

    A kit made for one victim has keys of its own: no document of the real log is genuine by it,
    or whatever its maker signs is.
    """
    found: list[str] = []
    trust = kit.trust
    if [trust.log, *trust.earlier_logs] != [*told.log_keys]:
        found.append("the keys of the log differ")
    if {*trust.witnesses} != {*told.witness_keys}:
        found.append("the keys of the witnesses differ")
    if trust.log is None or told.checkpoint is None:
        return [*found, "there is no checkpoint to compare"]
    if not _has_signed(told.checkpoint, trust.log):
        found.append("the kit's log has not signed the checkpoint")
    if not any(_has_seen(told.checkpoint, each) for each in trust.witnesses):
        found.append("no witness of the kit has seen the checkpoint")
    return found


def _has_signed(checkpoint: str, key: str) -> bool:
    try:
        notes.opened(checkpoint, notes.verifier(key))
    except notes.NotSigned:
        return False
    return True


def _has_seen(checkpoint: str, key: str) -> bool:
    try:
        return notes.seen_at(checkpoint, notes.verifier(key)) is not None
    except notes.NotSigned:
        return False


def look(kit: Kit, now: datetime) -> Callable[[str, int], Found | None]:
    """Return what tells a document's status by the kit's tokens, as long as they are fresh."""
    keys = {str(jwk.kid): jwk for jwk in kit.status_keys}
    lists: dict[str, tuple[int, bytes]] = {}
    for token in kit.status_tokens:
        try:
            claims = statuses.opened(token, keys)
            is_fresh = claims.iat - 300 <= now.timestamp() < claims.exp
            # An older list beside a newer one, both good for today, would hide what came since.
            if is_fresh and claims.iat >= lists.get(claims.sub, (0, b""))[0]:
                lists[claims.sub] = claims.iat, statuses.inflated(claims.status_list.lst)
        except NotGenuine:
            continue

    def found(uri: str, index: int) -> Found | None:
        try:
            return Found(status=Status(statuses.at(lists[uri][1], index)))
        except (KeyError, NotGenuine):
            return None

    return found
