"""All that a school has issued of a pupil, in one document under its seal."""

from typing import Literal
from uuid import UUID

import msgspec

from backend.kernel import NotFound, Transaction
from contracts.documents import Defect, Documents, LinkTo, Reader, Refused, Standing
from modules.transcripts.errors import NotToBeIssued, RecordRefused
from modules.transcripts.model.content import AnyYear
from modules.transcripts.model.whole import WholeRecord, WholeTranscript, line_of
from modules.transcripts.repository import records as repository
from modules.transcripts.scopes import ISSUE
from modules.transcripts.service import closing, records
from modules.transcripts.service.closing import Record


class Leaving(msgspec.Struct, frozen=True, kw_only=True):
    """Why a pupil leaves, and where to."""

    reason: Literal["TRANSFER", "GRADUATION"]
    to_school: str | None
    amended_because: str | None


async def issue(tx: Transaction, pupil_id: UUID, leaving: Leaving) -> Standing:
    """Have the school seal all years that it has issued of a pupil; again, as an amendment.

    Raises `NotFound` where there is no year, `RecordRefused` where one is not issued yet.
    """
    agency = tx.principal.agency_id
    rows = await tx.all(repository.OF_SCHOOL, agency, pupil_id)
    found = [tx.check(ISSUE, each) for each in await closing.opened(tx, rows)]
    if agency is None or not found:
        raise NotFound
    issued = [await _issued(tx, place, each) for place, each in enumerate(found)]
    newest = issued[-1][0]
    content = WholeRecord(
        pupil=newest.pupil,
        school=newest.school,
        reason=leaving.reason,
        to_school=leaving.to_school,
        years=tuple(line_of(year, standing.code) for year, standing in issued),
        amended_because=leaving.amended_because,
    )
    links = [LinkTo(rel="year", document_id=standing.document_id) for _, standing in issued]
    begun = await _drafted(tx, agency, pupil_id, content, links)
    outcome = await tx.ask(Documents).freeze(begun.document_id)
    if isinstance(outcome, Refused):
        raise RecordRefused(defects=msgspec.to_builtins(outcome.defects))
    await records.note(tx, "write", *found)
    return outcome


async def _issued(tx: Transaction, place: int, record: Record) -> tuple[AnyYear, Standing]:
    """Return a year as it was signed, whatever the school's sheet says by now."""
    documents = tx.ask(Documents)
    if record.document_id is not None:
        standing = await documents.standing(record.document_id)
        year = await documents.content(record.document_id, type(record.content))
        if standing is not None and standing.state == "issued" and year is not None:
            return year, standing
    raise _refused(f"/years/{place}", "not-issued")


async def _drafted(
    tx: Transaction, agency: UUID, pupil_id: UUID, content: WholeRecord, links: list[LinkTo]
) -> Standing:
    documents, people = tx.ask(Documents), {WholeTranscript.SCHOOL: agency}
    begun = await documents.draft(
        WholeTranscript.name,
        content,
        people,
        readers=[Reader(person_id=pupil_id, relation="holder")],
        links=links,
        agency_id=agency,
        key=f"{agency} {pupil_id}",
    )
    if begun.state == "draft":
        return begun
    because = content.amended_because
    if begun.state == "issued" and because is None:
        raise _refused("/amended_because", "missing")
    revised = await documents.revise(
        begun.document_id, content, people, links=links, reason=because
    )
    if revised is None:
        raise NotToBeIssued
    return revised


def _refused(pointer: str, code: str) -> RecordRefused:
    defects = [Defect(pointer=pointer, code=code)]
    return RecordRefused(defects=msgspec.to_builtins(defects))
