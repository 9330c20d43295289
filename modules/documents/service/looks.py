"""Who looked at a document: told to its holders in the house's one log of looks at people."""

from typing import Final
from uuid import UUID

from backend.kernel import NotFound, Snapshot, Transaction
from contracts.page import Page
from contracts.personal_data import AccessLog, AccessLogEntry, Look
from modules.documents.model.sharing import Sealed
from modules.documents.repository import documents
from modules.documents.service import reading

READING: Final = "documents.reading"
SHARING: Final = "documents.sharing"


def about(code: str) -> str:
    """Return how the log calls a document."""
    return f"documents.document {code}"


async def holders(tx: Transaction, document_id: UUID) -> tuple[UUID, ...]:
    """Return whose document it is. Nobody else learns who may see it."""
    return (await tx.one(documents.HOLDERS, document_id)).person_ids


async def note(tx: Transaction, document_id: UUID, *seen: str) -> None:
    """Tell the holders that the caller has seen parts of a document. Their own looks are nobody's.

    Raises nothing for a document without a holder: nobody is told.
    """
    people = await holders(tx, document_id)
    if not people:
        return
    code = (await tx.one(documents.STANDING, document_id)).code
    await tx.ask(AccessLog).note(
        *(Look(subject_id=each, purpose=READING, about=about(code), fields=seen) for each in people)
    )


async def through_share(tx: Transaction, opened: Sealed) -> None:
    """Tell the holders that somebody has opened what was shared; `basis` names the share."""
    extract = opened.extract
    looks = [
        Look(
            subject_id=each,
            purpose=SHARING,
            about=about(extract.code),
            fields=tuple(extract.fields),
            basis=f"consent {opened.share_id}",
        )
        for each in opened.subject_ids
    ]
    await tx.ask(AccessLog).note(*looks)


async def told(
    snapshot: Snapshot, document_id: UUID, cursor: str | None, limit: int
) -> Page[AccessLogEntry]:
    """Return who looked at a document, to its holder alone. Raises `NotFound` for all others."""
    access = await reading.allowed(snapshot, document_id, "full")
    if access.relation != "holder":
        raise NotFound
    code = (await snapshot.one(documents.STANDING, document_id)).code
    return await snapshot.ask(AccessLog).told(about(code), cursor, limit)
