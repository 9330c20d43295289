"""A document's PDF while it is being signed: the base, and on it the signatures so far."""

import asyncio
from collections.abc import Sequence

from backend.kernel import Snapshot
from modules.documents.model import pdf, printing
from modules.documents.model.canonical import accepted_as
from modules.documents.model.envelope import Envelope
from modules.documents.repository import signing
from modules.documents.repository.sealing import Made
from modules.documents.repository.signing import Signed
from modules.documents.service import files
from modules.documents.service.closing import Paper


async def file_so_far(snapshot: Snapshot, paper: Paper) -> tuple[bytes, pdf.Shape]:
    """Return the PDF with every signature that was taken until now."""
    names = printing.fields(accepted_as(paper.content, Envelope))
    base = files.read(snapshot.data_dir, paper.base_sha256 or b"", paper.key)
    rows = await snapshot.all(signing.SIGNATURES, paper.document_id, paper.rev)
    return await asyncio.to_thread(signed, base, names, rows)


def signed(
    base: bytes, names: Sequence[str], rows: Sequence[Signed | Made]
) -> tuple[bytes, pdf.Shape]:
    """Return a base with these signatures, in the order in which they were made."""
    raw, shape = base, pdf.reopened(base, names)
    for row in sorted(rows, key=lambda each: each.place or 0):
        if row.claimed_at is not None and row.cms is not None:
            slot = pdf.prepared(raw, shape, printing.field_of(row.seq), row.claimed_at)
            raw, shape = pdf.filled(slot, row.cms), slot.shape
    return raw, shape
