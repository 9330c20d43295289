"""Breaking the glass: a facility opens a book for a while, and the patient is told at once."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from backend.kernel import Transaction
from contracts.keys import DataKeys
from contracts.notifications import NotificationKind, Notifier, ToPerson
from contracts.personal_data import AccessLog, Look
from modules.health_books.repository import openings as repository
from modules.health_books.scopes import CARE
from modules.health_books.service.openings import Opening, about

_OPEN_FOR: Final = timedelta(hours=4)
_TOLD: Final = "health_books.opened-in-emergency"

KINDS: Final = (NotificationKind(name=_TOLD, topic="health", is_pressing=True),)


async def open_book(tx: Transaction, agency_id: UUID, person_id: UUID, reason: str) -> Opening:
    """Open a person's book to one's facility for four hours; the person is told.

    Whether there is anything in it, or such a person, is not told here.
    """
    made = Opening(
        id=tx.new_id(),
        agency_id=agency_id,
        basis="emergency",
        reason=reason,
        opened_at=tx.now,
        until=tx.now + _OPEN_FOR,
    )
    key = (await tx.ask(DataKeys).given([made.id]))[made.id]
    closed = key.seal(reason.encode(), about=about(made.id))
    whose = (made.id, person_id, agency_id, tx.principal.staff_id)
    await tx.run(repository.OPEN, *whose, made.basis, closed, made.opened_at, made.until)
    look = Look(subject_id=person_id, purpose=CARE, basis="break-glass", action="write")
    await tx.ask(AccessLog).note(look)
    notifier = tx.ask_maybe(Notifier)
    if notifier is not None:
        to = ToPerson(person_id=person_id)
        await notifier.tell(to, _TOLD, {}, about="SSK", once=str(made.id))
    return made


class Kinds:
    """Provides `contracts.notifications.NotificationKinds`."""

    def __init__(self, _: object) -> None:
        pass

    def kinds(self) -> Sequence[NotificationKind]:
        return KINDS
