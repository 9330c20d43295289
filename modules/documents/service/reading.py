"""What the people of a document read of it."""

from uuid import UUID

from backend.kernel import NotFound, Snapshot
from contracts.documents import Standing
from contracts.page import Page
from modules.documents.model import bundle
from modules.documents.model.bundle import Bundle, Evidence
from modules.documents.model.jws import Signature, encoded
from modules.documents.repository import documents, signing
from modules.documents.scopes import READ
from modules.documents.service import log


async def listed(snapshot: Snapshot, cursor: str | None, limit: int) -> Page[Standing]:
    """Return the caller's documents, the newest first."""
    return await snapshot.page(documents.LIST, cursor, limit, snapshot.principal.person_id)


async def standing(snapshot: Snapshot, document_id: UUID) -> Standing:
    """Return where a document's newest revision stands."""
    await _allowed(snapshot, document_id)
    return await snapshot.one(documents.STANDING, document_id)


async def content(snapshot: Snapshot, document_id: UUID) -> bytes:
    """Return the bytes that are signed, of the newest revision that is frozen."""
    await _allowed(snapshot, document_id)
    frozen = await snapshot.maybe(documents.FROZEN, document_id)
    if frozen is None:
        raise NotFound
    return frozen.content


async def bundled(snapshot: Snapshot, document_id: UUID) -> bytes:
    """Return the newest sealed revision as it travels, with the evidence there is by now."""
    await _allowed(snapshot, document_id)
    revision = await snapshot.maybe(documents.FROZEN, document_id)
    if revision is None or revision.log_id is None:
        revision = await snapshot.maybe(documents.CURRENT, document_id)
    if revision is None or revision.log_id is None:
        raise NotFound
    rows = await snapshot.all(signing.SIGNATURES, document_id, revision.rev)
    return bundle.written(
        Bundle(
            evidence=Evidence(
                certificates=tuple(encoded(row.certificate) for row in rows),
                log=await log.evidence(snapshot, revision.log_id),
            ),
            payload=encoded(revision.content),
            signatures=tuple(
                Signature(protected=row.protected, signature=row.signature) for row in rows
            ),
        )
    )


async def _allowed(snapshot: Snapshot, document_id: UUID) -> None:
    person_id = snapshot.principal.person_id
    snapshot.check(READ, await snapshot.maybe(documents.ALLOWED, document_id, person_id))
