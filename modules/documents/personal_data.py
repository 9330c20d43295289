"""What documents keep of people: `contracts.personal_data.PersonalData`."""

from collections.abc import Sequence
from typing import ClassVar, Final
from uuid import UUID

from backend.kernel import Transaction
from contracts.keys import DataKeys
from contracts.personal_data import DataItem, Exported, ExportedFile, Hold
from modules.documents.repository import personal_data as repository
from modules.documents.repository import revisions
from modules.documents.service import closing, files

_LAW: Final = "Law 20/2023/QH15 on electronic transactions, article 13"
_KEPT: Final = {
    "access": "as long as the document",
    "document": "as long as its kind asks for",
    "party": "as long as the document",
    "subject": "as long as a certificate",
    "enrolment": "P1D",
    "certificate": "as long as what it signed",
    "signing_session": "P1D",
    "lease": "PT10M",
    "share": "P30D after its end",
    "paper_copy": "as long as the document",
    "run_item": "until it is frozen or refused",
}


class SignedPapers:
    """Provides `PersonalData`. What was issued is evidence for others too, and held by law."""

    module: ClassVar[str] = "documents"

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def inventory(self) -> Sequence[DataItem]:
        return [
            DataItem(
                table=f"documents.{table}",
                kind="basic",
                purpose="documents.keeping",
                basis=_LAW,
                retention=retention,
            )
            for table, retention in _KEPT.items()
        ]

    async def export(self, person_id: UUID) -> Sequence[Exported]:
        papers = await self._tx.all(repository.OF_PERSON, person_id)
        rows = tuple(
            {"code": each.code, "kind": each.kind, "drafted_at": each.drafted_at.isoformat()}
            for each in papers
        )
        return [Exported(table="documents.document", rows=rows, files=await self._files(person_id))]

    async def _files(self, person_id: UUID) -> tuple[ExportedFile, ...]:
        """Return the words of each document as they are signed, and its PDF once it is sealed."""
        found: list[ExportedFile] = []
        tx = self._tx
        for each in await tx.all(repository.READABLE, person_id):
            row = await tx.one(revisions.REVISION, each.document_id, each.rev)
            for paper in await closing.papers(tx, [row]):
                found.append(ExportedFile(name=f"{each.code}.json", content=paper.content))
                if paper.pdf_sha256 is not None:
                    pdf = files.read(tx.data_dir, paper.pdf_sha256, paper.key)
                    found.append(ExportedFile(name=f"{each.code}.pdf", content=pdf))
        return tuple(found)

    async def holds(self, person_id: UUID) -> Sequence[Hold]:
        if await self._tx.maybe(repository.HELD, person_id) is None:
            return ()
        return (Hold(table="documents.document", basis=_LAW, until=None),)

    async def erase(self, person_id: UUID, receipt: UUID) -> None:  # noqa: ARG002 - see `holds`
        tx = self._tx
        drafts = [each.document_id for each in await tx.all(repository.ABANDONED, person_id)]
        await tx.ask(DataKeys).destroy(drafts)
        for forget in (
            repository.FORGET_REVISIONS,
            repository.FORGET_ACCESS,
            repository.FORGET_DOCUMENTS,
        ):
            await tx.run(forget, drafts)
        await tx.run(repository.FORGET_ENROLMENTS, person_id)

    async def merge(self, old_id: UUID, new_id: UUID) -> None:
        for move in (
            repository.MOVE_ACCESS,
            repository.MOVE_PARTY,
            repository.MOVE_SUBJECT,
            repository.MOVE_CERTIFICATE,
            repository.MOVE_SESSION,
        ):
            await self._tx.run(move, old_id, new_id)
        for drop in (
            repository.DROP_ACCESS,
            repository.DROP_SUBJECT,
            repository.FORGET_ENROLMENTS,
            repository.FREE_LEASE,
        ):
            await self._tx.run(drop, old_id)
