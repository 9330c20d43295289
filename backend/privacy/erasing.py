"""Erasing somebody: everywhere, but what a law holds, which is listed with its reason."""

from collections.abc import Sequence
from datetime import date
from typing import Final
from uuid import UUID

from backend.identity.people import personal_data
from backend.kernel import NotFound, Transaction
from backend.privacy import journal, repository
from backend.privacy.errors import ErasureUnderWay, NothingToWithdraw
from backend.privacy.model import Erasure, Held, JournalLine, LegalHold, written
from backend.privacy.settings import Settings
from contracts.personal_data import PersonalData, PersonErased, PersonRestricted

_LAST: Final = "identity"
"""Who somebody is goes after all that is kept of them."""


async def ask(tx: Transaction, person_id: UUID, settings: Settings) -> Erasure:
    """Begin to erase the caller: nothing happens until the cooling time is over.

    Raises `ErasureUnderWay`.
    """
    due = tx.now + settings.cooling
    made = await tx.maybe(
        repository.ADD_ERASURE, tx.new_id(), person_id, tx.new_id(), "cooling", tx.now, due
    )
    if made is None:
        raise ErasureUnderWay
    return await own(tx, person_id)


async def own(tx: Transaction, person_id: UUID) -> Erasure:
    """Return the latest erasure of a person. Raises `NotFound`."""
    found = await tx.maybe(repository.ERASURE_OF, person_id)
    if found is None:
        raise NotFound
    return found


async def withdraw(tx: Transaction, person_id: UUID) -> None:
    """Take it back while it is cooling. Raises `NothingToWithdraw`."""
    if not await tx.run(repository.WITHDRAW_ERASURE, person_id, tx.now):
        raise NothingToWithdraw


async def held_up(tx: Transaction, person_id: UUID) -> UUID | None:
    """Return the erasure of a person that waits for a hold to end."""
    found = await tx.maybe(repository.HELD_UP, person_id)
    return None if found is None else found.id


async def foresee(tx: Transaction, erasure_id: UUID) -> None:
    """Note what would stay if it were done today, for the person to see while it is cooling."""
    erasure = await tx.maybe(repository.ERASURE, erasure_id)
    if erasure is None or erasure.state != "cooling":
        return
    legal = await tx.all(repository.HOLDS_OF, erasure.person_id, tx.today)
    held = [
        each
        for provider in in_order(tx)
        for each in await _held(provider, erasure.person_id, legal)
    ]
    await tx.run(repository.FORESEEN, erasure_id, written(held))


async def erase(tx: Transaction, erasure_id: UUID) -> date | None:
    """Erase what nothing holds; what does is listed. Return on which day there is more to erase.

    Safe to repeat. The key of the person dies when nothing is held any more.
    """
    erasure = await tx.maybe(repository.ERASURE, erasure_id)
    if erasure is None or erasure.state in {"done", "withdrawn"}:
        return None
    if erasure.state == "cooling" and erasure.due_at > tx.now:
        return None
    person_id, receipt = erasure.person_id, erasure.receipt
    legal = await tx.all(repository.HOLDS_OF, person_id, tx.today)
    held: list[Held] = []
    for provider in in_order(tx):
        held += await _held(provider, person_id, legal)
        if not any(hold.module == provider.module for hold in legal):
            await provider.erase(person_id, receipt)
    ends = [each.until for each in held if each.until is not None]
    state, until = ("restricted", min(ends, default=None)) if held else ("done", None)
    done_at = None if held else tx.now
    await tx.run(repository.ERASED, erasure_id, state, written(held), until, done_at)
    if not held:
        await tx.run(personal_data.DESTROY_KEY, person_id, tx.now)
        await tx.publish(PersonErased(person_id=person_id, receipt=receipt))
    elif erasure.state == "cooling":
        await tx.publish(PersonRestricted(person_id=person_id))
    line = JournalLine(person_id=person_id, receipt=receipt, at=tx.now)
    file = journal.file_of(tx)
    if line.receipt not in {known.receipt for known in journal.lines(file)}:
        journal.note(file, line)
    return until


async def replay(tx: Transaction) -> int:
    """Erase again whom the journal knows as erased and the database does not; return how many.

    Runs after a restore, before the house is ready.
    """
    missing = await journal.forgotten(tx)
    for line in missing:
        known = await tx.maybe(repository.ERASURE_OF, line.person_id)
        erasure_id = known.id if known is not None and known.receipt == line.receipt else None
        if erasure_id is None:
            await tx.run(repository.DROP_ERASURE, line.person_id, tx.now)
            erasure_id = tx.new_id()
            await tx.run(
                repository.ADD_ERASURE,
                erasure_id,
                line.person_id,
                line.receipt,
                "cooling",
                line.at,
                line.at,
            )
        else:
            await tx.run(repository.HURRY, erasure_id, tx.now)
        await erase(tx, erasure_id)
    return len(missing)


def in_order(tx: Transaction) -> Sequence[PersonalData]:
    """Return all who keep something of people, identity last: it holds the keys of the others."""
    return sorted(tx.ask_all(PersonalData), key=lambda provider: provider.module == _LAST)


async def _held(provider: PersonalData, person_id: UUID, legal: Sequence[LegalHold]) -> list[Held]:
    """Return what this module may not erase today: by its own law, or by an order of the desk."""
    ordered = [
        Held(module=hold.module, table="*", basis=hold.basis, until=hold.until)
        for hold in legal
        if hold.module == provider.module
    ]
    by_law = [
        Held(module=provider.module, table=hold.table, basis=hold.basis, until=hold.until)
        for hold in await provider.holds(person_id)
    ]
    return ordered + by_law
