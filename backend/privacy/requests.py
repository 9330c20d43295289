"""Requests about one's data, and the clocks that run on them."""

import secrets
from datetime import timedelta
from typing import Final
from uuid import UUID

from backend.kernel import NotFound, Snapshot, Transaction
from backend.privacy import repository
from backend.privacy.errors import AlreadyExtended, LawMissing, RequestIsOver
from backend.privacy.model import MOVES, OPEN, Asked, DataRequest, Decision, Request, days_for
from backend.privacy.settings import Settings
from contracts.calendar import WorkingCalendar
from contracts.page import Page
from contracts.personal_data import Look, SubjectErased, Vault

NOTE: Final = "privacy.request.note_enc"
PURPOSE: Final = "privacy.request"
_ALPHABET: Final = "2346789CDFGHJKMNPQRTVWX"


async def ask(tx: Transaction, person_id: UUID, asked: Asked, settings: Settings) -> DataRequest:
    """Take a request; it is answered within working days, and finished within days."""
    sealed = None
    if asked.note:
        kept = await tx.ask(Vault).seal(person_id, {NOTE: asked.note}, purpose=PURPOSE)
        sealed = kept[NOTE]
    answer_due = await tx.ask(WorkingCalendar).add(tx.today, settings.answer_working_days)
    finish_due = tx.today + timedelta(days=days_for(asked.kind, settings))
    request_id = tx.new_id()
    code = f"DL-{''.join(secrets.choice(_ALPHABET) for _ in range(6))}"
    await tx.run(
        repository.ADD_REQUEST,
        request_id,
        code,
        person_id,
        asked.kind,
        sealed,
        tx.now,
        answer_due,
        max(answer_due, finish_due),
    )
    return DataRequest.of(await tx.one(repository.REQUEST, request_id), tx.now, asked.note or None)


async def own(snapshot: Snapshot, cursor: str | None, limit: int) -> Page[DataRequest]:
    """Return the caller's requests, the newest first, with what they wrote."""
    page = await snapshot.page(repository.OWN_REQUESTS, cursor, limit)
    items = [DataRequest.of(each, snapshot.now, await _note(snapshot, each)) for each in page.items]
    return Page(items=items, next_cursor=page.next_cursor)


async def withdraw(tx: Transaction, person_id: UUID, request_id: UUID) -> DataRequest:
    """Take a request back. Raises `NotFound` or `RequestIsOver`."""
    kept = await tx.maybe(repository.REQUEST, request_id)
    if kept is None or kept.person_id != person_id:
        raise NotFound
    return DataRequest.of(await _moved(tx, kept, "withdrawn"), tx.now)


async def waiting(snapshot: Snapshot, cursor: str | None, limit: int) -> Page[DataRequest]:
    """Return the open requests, the most urgent first, without what people wrote."""
    page = await snapshot.page(repository.OPEN_REQUESTS, cursor, limit)
    items = [DataRequest.of(each, snapshot.now) for each in page.items]
    return Page(items=items, next_cursor=page.next_cursor)


async def read(tx: Transaction, request_id: UUID) -> DataRequest:
    """Return a request to the desk with what the person wrote: a look, and noted as one."""
    kept = await _kept(tx, request_id)
    return DataRequest.of(kept, tx.now, await _note(tx, kept))


async def decide(
    tx: Transaction, request_id: UUID, decision: Decision, settings: Settings
) -> DataRequest:
    """Move a request on. Raises `NotFound`, `RequestIsOver`, `AlreadyExtended`, `LawMissing`."""
    kept = await _kept(tx, request_id)
    if decision.state == "refused" and not decision.law:
        raise LawMissing
    longer = None
    if decision.state == "extended":
        if kept.extended_to is not None:
            raise AlreadyExtended
        if not decision.words:
            raise LawMissing
        longer = kept.finish_due + timedelta(days=days_for(kept.kind, settings))
    moved = await tx.maybe(
        repository.MOVE_REQUEST,
        request_id,
        decision.state,
        sorted(MOVES[decision.state]),
        tx.now,
        decision.words or None,
        decision.law or None,
        longer,
    )
    if moved is None:
        raise RequestIsOver
    return DataRequest.of(moved, tx.now)


async def _kept(tx: Transaction, request_id: UUID) -> Request:
    kept = await tx.maybe(repository.REQUEST, request_id)
    if kept is None:
        raise NotFound
    return kept


async def _moved(tx: Transaction, kept: Request, state: str) -> Request:
    moved = await tx.maybe(
        repository.MOVE_REQUEST, kept.id, state, sorted(OPEN), tx.now, None, None, None
    )
    if moved is None:
        raise RequestIsOver
    return moved


async def _note(snapshot: Snapshot, kept: Request) -> str | None:
    if kept.note_enc is None:
        return None
    look = Look(subject_id=kept.person_id, purpose=PURPOSE, about=f"privacy.request {kept.code}")
    try:
        opened = await snapshot.ask(Vault).open(look, {NOTE: kept.note_enc})
    except SubjectErased:
        return None
    return opened[NOTE]
