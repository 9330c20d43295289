"""A document's PDF while it is being signed: the base, and on it the signatures so far."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from backend.kernel import Snapshot
from modules.documents.model import pdf, printing
from modules.documents.repository import sealing
from modules.documents.repository.sealing import Made
from modules.documents.service import files
from modules.documents.service.closing import Paper


async def files_so_far(
    snapshot: Snapshot, papers: Sequence[Paper]
) -> dict[UUID, tuple[bytes, pdf.Shape]]:
    """Return the PDF of each with every signature that was taken until now."""
    at = [each.document_id for each in papers], [each.rev for each in papers]
    made = await snapshot.all(sealing.MADE, *at)
    return await asyncio.to_thread(_files, snapshot.data_dir, papers, made)


def _files(
    data_dir: Path, papers: Sequence[Paper], made: Sequence[Made]
) -> dict[UUID, tuple[bytes, pdf.Shape]]:
    return {
        each.document_id: signed(
            files.read(data_dir, each.base_sha256 or b"", each.key),
            [row for row in made if row.document_id == each.document_id],
        )
        for each in papers
    }


def signed(base: bytes, rows: Sequence[Made]) -> tuple[bytes, pdf.Shape]:
    """Return a base with these signatures, in the order in which they were made."""
    raw, shape = base, pdf.reopened(base)
    for row in sorted(rows, key=lambda each: each.place or 0):
        if row.claimed_at is not None and row.cms is not None:
            slot = pdf.prepared(raw, shape, printing.field_of(row.seq), row.claimed_at)
            raw, shape = pdf.filled(slot, row.cms), slot.shape
    return raw, shape
