"""Summing up a book: what was signed of a patient, for the facility's seal to stand under."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import GiveUp, Job, Later, NotFound, Transaction
from contracts.documents import Documents, LinkTo, Reader, Refused, Standing
from modules.health_books.model import book as books
from modules.health_books.model.book import BOOK, Book, VisitLine
from modules.health_books.model.content import Facility
from modules.health_books.repository import openings, visits
from modules.health_books.service import closing

_SOON: Final = timedelta(seconds=30)
_BECAUSE: Final = "Lập lại theo sổ sức khỏe hiện tại"


class Ordered(msgspec.Struct, frozen=True, kw_only=True):
    """That a summary is being made; the patient finds it among their documents."""

    ordered_at: datetime


class BookWish(msgspec.Struct, frozen=True, kw_only=True):
    """Whose book is to be summed up, by whom."""

    person_id: UUID
    agency_id: UUID
    facility: Facility


async def order(tx: Transaction, agency_id: UUID, person_id: UUID, facility: Facility) -> Ordered:
    """Have a book summed up under one's facility's seal, while its patient is there and agrees.

    Raises `NotFound` where nobody has come, or nothing is signed.
    """
    live = await tx.maybe(openings.LIVE, person_id, [agency_id], tx.now)
    if live is None or live.basis != "check-in":
        raise NotFound
    await tx.run(openings.LOOK_IN, tx.now)
    if not await tx.all(visits.SEEN, person_id, []):
        raise NotFound
    wish = BookWish(person_id=person_id, agency_id=agency_id, facility=facility)
    await tx.enqueue(SUM_UP, wish, key=str(tx.new_id()))
    return Ordered(ordered_at=tx.now)


async def _sum_up(tx: Transaction, wish: BookWish) -> None:
    """Write the summary: the house may name what other facilities have signed."""
    rows = await closing.opened(tx, await tx.all(visits.SEEN, wish.person_id, []))
    entries = [(each.visit_id, each.kind, each.body) for each in rows]
    told = books.told(entries)
    if told is None:
        return
    found = books.lines(entries)
    papers = await tx.all(visits.PAPERS, [visit_id for visit_id, _ in found])
    documents = {each.id: each.document_id for each in papers}
    content = Book(
        patient=told.patient,
        history=told.history,
        visits=tuple([await _named(tx, line, documents[visit_id]) for visit_id, line in found]),
        facility=wish.facility,
    )
    links = [LinkTo(rel="visit", document_id=documents[visit_id]) for visit_id, _ in found]
    begun = await _drafted(tx, wish, content, links)
    outcome = await tx.ask(Documents).freeze(begun.document_id)
    if isinstance(outcome, Refused):
        raise GiveUp


async def _named(tx: Transaction, line: VisitLine, document_id: UUID) -> VisitLine:
    """Return a visit with the code by which anybody can ask for its document."""
    standing = await tx.ask(Documents).standing(document_id)
    code = None if standing is None else standing.code
    return msgspec.structs.replace(line, code=code)


async def _drafted(tx: Transaction, wish: BookWish, content: Book, links: list[LinkTo]) -> Standing:
    """Begin the facility's summary of the patient, or its next revision: there is one of each."""
    documents, people = tx.ask(Documents), {BOOK.FACILITY: wish.agency_id}
    begun = await documents.draft(
        BOOK.name,
        content,
        people,
        readers=[Reader(person_id=wish.person_id, relation="holder")],
        links=links,
        agency_id=wish.agency_id,
        key=f"{wish.agency_id} {wish.person_id}",
    )
    if begun.state == "draft":
        return begun
    revised = await documents.revise(
        begun.document_id, content, people, links=links, reason=_BECAUSE
    )
    if revised is None:  # the one before is being sealed
        raise Later(_SOON)
    return revised


SUM_UP: Final = Job(name="health_books.sum-up", run=_sum_up, payload=BookWish)
"""Writes the summary of a book and leaves it to the facility's seal."""
