"""What lies closed: drafts and contents, each with the key of its document.

Destroying the key takes away what the document says, its files and every copy of both; what the
log, the lists and the signatures hold are hashes of it, and stay.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from backend.kernel import NotFound, Snapshot, Transaction
from contracts.documents import State
from contracts.keys import DataKey, DataKeys, NotOpened
from modules.documents.repository.bulk import Item
from modules.documents.repository.revisions import Draft, Live, Revision


class Paper(msgspec.Struct, frozen=True, kw_only=True):
    """A frozen revision that lies open before us, and the key of its files.

    It has none while it is one of those of before.
    """

    document_id: UUID
    rev: int
    state: State
    content: bytes
    content_sha256: bytes
    base_sha256: bytes | None
    pdf_sha256: bytes | None
    collect_until: datetime
    log_id: UUID | None
    key: DataKey | None


async def key(tx: Transaction, document_id: UUID) -> DataKey:
    """Return the key of a document, made at the first use. Raises `NotFound` once destroyed."""
    found = await tx.ask(DataKeys).given([document_id])
    if document_id not in found:
        raise NotFound
    return found[document_id]


async def paper(snapshot: Snapshot, row: Revision | None) -> Paper:
    """Return a revision opened. Raises `NotFound` where there is none, or its key is destroyed."""
    if row is None:
        raise NotFound
    (found,) = await papers(snapshot, [row]) or [None]
    if found is None:
        raise NotFound
    return found


async def papers(snapshot: Snapshot, rows: Sequence[Revision]) -> list[Paper]:
    """Return revisions opened, without those of which the key is destroyed."""
    closed = {row.document_id for row in rows if row.content_enc is not None}
    keys = await snapshot.ask(DataKeys).of(closed)
    found = [_opened(row, keys.get(row.document_id)) for row in rows]
    return [each for each in found if each is not None]


def _opened(row: Revision, key: DataKey | None) -> Paper | None:
    content = row.content
    if row.content_enc is not None:
        if key is None:
            return None
        try:
            content = key.open(row.content_enc, about=_content_of(row.document_id, row.rev))
        except NotOpened as error:
            raise NotFound from error
    return Paper(
        document_id=row.document_id,
        rev=row.rev,
        state=row.state,
        content=content or b"",
        content_sha256=row.content_sha256,
        base_sha256=row.base_sha256,
        pdf_sha256=row.pdf_sha256,
        collect_until=row.collect_until,
        log_id=row.log_id,
        key=None if row.content_enc is None else key,
    )


async def draft(snapshot: Snapshot, document_id: UUID, live: Live) -> Draft | None:
    """Return what is being written; None once it is frozen. Raises `NotFound` as `paper` does."""
    if live.draft_enc is None:
        return live.data
    keys = await snapshot.ask(DataKeys).of([document_id])
    return _draft(keys.get(document_id), document_id, live.draft_enc)


async def drafts(snapshot: Snapshot, items: Sequence[Item]) -> dict[int, Draft]:
    """Return what is to be printed, by its number in the run."""
    closed = [item.document_id for item in items if item.draft_enc is not None]
    keys = await snapshot.ask(DataKeys).of(closed)
    found: dict[int, Draft] = {}
    for item in items:
        if item.draft_enc is not None:
            key = keys.get(item.document_id)
            found[item.seq] = _draft(key, item.document_id, item.draft_enc)
        elif item.draft is not None:
            found[item.seq] = item.draft
    return found


def closed_draft(key: DataKey, document_id: UUID, draft: Draft) -> bytes:
    """Return a draft closed."""
    return key.seal(msgspec.json.encode(draft), about=_draft_of(document_id))


def closed_content(key: DataKey, document_id: UUID, rev: int, content: bytes) -> bytes:
    """Return content closed."""
    return key.seal(content, about=_content_of(document_id, rev))


def _draft(key: DataKey | None, document_id: UUID, closed: bytes) -> Draft:
    if key is None:
        raise NotFound
    try:
        return msgspec.json.decode(key.open(closed, about=_draft_of(document_id)), type=Draft)
    except NotOpened as error:
        raise NotFound from error


def _draft_of(document_id: UUID) -> str:
    return f"documents.revision.draft_enc {document_id}"


def _content_of(document_id: UUID, rev: int) -> str:
    return f"documents.revision.content_enc {document_id} {rev}"
