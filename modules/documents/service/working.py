"""A document's PDF while it is being signed: the base, and on it the signatures so far."""

import asyncio
from collections.abc import Sequence

from backend.kernel import Snapshot
from modules.documents.model import pdf, printing
from modules.documents.model.canonical import accepted_as
from modules.documents.model.envelope import Envelope
from modules.documents.repository import signing
from modules.documents.repository.documents import Revision
from modules.documents.repository.signing import Signed
from modules.documents.service import files


def fields(envelope: Envelope) -> list[str]:
    """Return the names of the fields that the base of a document has."""
    return [*map(printing.field_of, range(len(envelope.parties))), pdf.TIMESTAMP_FIELD]


async def file_so_far(snapshot: Snapshot, revision: Revision) -> tuple[bytes, pdf.Shape]:
    """Return the PDF with every signature that was taken until now."""
    names = fields(accepted_as(revision.content, Envelope))
    base = files.read(snapshot, revision.base_sha256 or b"")
    rows = await snapshot.all(signing.SIGNATURES, revision.document_id, revision.rev)
    return await asyncio.to_thread(_signed, base, names, rows)


def _signed(base: bytes, names: Sequence[str], rows: Sequence[Signed]) -> tuple[bytes, pdf.Shape]:
    raw, shape = base, pdf.reopened(base, names)
    for row in sorted(rows, key=lambda each: each.place or 0):
        if row.claimed_at is not None and row.cms is not None:
            slot = pdf.prepared(raw, shape, printing.field_of(row.seq), row.claimed_at)
            raw, shape = pdf.filled(slot, row.cms), slot.shape
    return raw, shape
