"""Numbers that others have given issued documents, as they travel and as verdicts tell them."""

from hashlib import sha256
from uuid import UUID

from backend.kernel import NotFound, Snapshot, Transaction
from contracts.documents import AwaitsNumber
from modules.documents.model import entries, external
from modules.documents.model.bundle import ExternalId
from modules.documents.model.findings import ExternalIdVerdict, Verdict
from modules.documents.repository import external as repository
from modules.documents.repository import placements
from modules.documents.service import kinds, log


async def keep(tx: Transaction, document_id: UUID, name: str, salt: str, value: str) -> None:
    """Have the log remember a number of the revision that counts; the first of a name stays.

    Raises `NotFound` where nothing is issued.
    """
    found = await tx.maybe(placements.CURRENT_HASH, document_id)
    if found is None or tx.principal.kind != "job":
        raise NotFound
    digest, entry_id = found.content_sha256, tx.new_id()
    if await tx.run(repository.KEEP, entry_id, digest, name, salt, value):
        word = external.line(name, salt, value)
        await log.enter(tx, entry_id, entries.of_event(digest.hex(), word, tx.now))


async def remember(tx: Transaction, document_id: UUID, event: str) -> None:
    """Have the log remember what became of the revision that counts, which no number tells."""
    found = await tx.maybe(placements.CURRENT_HASH, document_id)
    if found is not None:
        entry = entries.of_event(found.content_sha256.hex(), event, tx.now)
        await log.enter(tx, tx.new_id(), entry)


async def evidence(snapshot: Snapshot, content_sha256: bytes) -> tuple[ExternalId, ...]:
    """Return the numbers of a content with their proofs, as far as a checkpoint covers them."""
    rows = await snapshot.all(repository.OF_CONTENT, content_sha256)
    if not rows:
        return ()
    proofs = await log.evidence_of(snapshot, [each.entry_id for each in rows])
    return tuple(
        ExternalId(name=each.name, salt=each.salt, value=each.value, log=proofs[each.entry_id])
        for each in rows
        if each.entry_id in proofs
    )


async def known(snapshot: Snapshot, content_sha256: bytes) -> list[ExternalIdVerdict]:
    """Return the numbers of a content that the log holds."""
    rows = await snapshot.all(repository.LOGGED, content_sha256)
    return [ExternalIdVerdict(name=row.name, value=row.value, index=row.index) for row in rows]


async def told(snapshot: Snapshot, verdict: Verdict, content: bytes) -> Verdict:
    """Return a verdict with what the house knows by now, which a file of before cannot say."""
    awaited_by = awaited(snapshot)
    if verdict.document is None or verdict.document.kind not in awaited_by:
        return verdict
    ids = await known(snapshot, sha256(content).digest())
    return external.told(verdict, ids, awaited_by)


async def of_document(
    snapshot: Snapshot, document_id: UUID, kind: str
) -> tuple[list[ExternalIdVerdict], str | None]:
    """Return the numbers of an issued revision, and the notice while the awaited one is missing."""
    found = await snapshot.maybe(placements.CURRENT_HASH, document_id)
    if found is None:
        return [], None
    ids = await known(snapshot, found.content_sha256)
    name, notice = awaited(snapshot).get(kind, ("", None))
    return ids, None if name in {each.name for each in ids} else notice


def awaited(snapshot: Snapshot) -> dict[str, tuple[str, str]]:
    """Return, for each kind that awaits a number, its name and what is said while it is missing."""
    waiting = (each for each in kinds.every(snapshot) if isinstance(each, AwaitsNumber))
    return {each.name: (each.awaits, each.notice) for each in waiting}
