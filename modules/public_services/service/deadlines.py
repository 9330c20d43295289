"""Until when an authority has, where it does not say so itself; and when it has to answer first."""

from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

from backend.kernel import VIETNAM, Snapshot, Transaction
from contracts.calendar import WorkingCalendar
from modules.public_services.model.deadlines import Term, after_office_hours, pauses, spans, term_of
from modules.public_services.repository import catalogue
from modules.public_services.repository import dossiers as repository
from modules.public_services.repository.deliveries import Kept, promise
from modules.public_services.settings import Settings

_CLOSES: Final = time(17)
_DAYS: Final = 30


async def compute(tx: Transaction, dossier: Kept) -> None:
    """Date a dossier for which no agency named a day, by the catalogue of the day it came in.

    The first date stays what it was; the present one moves with each time the clock stood.
    """
    if dossier.due_source == "agency" or dossier.received_at is None or not dossier.procedure_code:
        return
    day = dossier.received_at.astimezone(VIETNAM).date()
    version = await catalogue.on(tx, dossier.procedure_code, day)
    if version is None:
        return
    kept = await catalogue.profile(tx, version.procedure_no, tx.ask(Settings).province)
    term = term_of(version.body, None if kept is None else kept.profile)
    if term is None:
        return
    calendar = tx.ask(WorkingCalendar)
    first = await _last_day(calendar, day, term, 0)
    stood = await _stood(tx, calendar, dossier.id, term)
    due = first if not stood else await _last_day(calendar, day, term, stood)
    await promise(tx, dossier.id, _closing(first), _closing(due))


async def _last_day(calendar: WorkingCalendar, day: date, term: Term, stood: int) -> date:
    if term.working_days is None:
        return term.after(day) + timedelta(days=stood)
    return await calendar.add(day, min(term.working_days + stood, 1000))


async def _stood(tx: Transaction, calendar: WorkingCalendar, dossier_id: UUID, term: Term) -> int:
    """Return for how many days the clock has stood, in the days that the term counts."""
    total = 0
    for stopped, resumed in pauses(await repository.moments(tx, [dossier_id])):
        first, last = (each.astimezone(VIETNAM).date() for each in (stopped, resumed))
        in_working_days = term.working_days is not None
        total += await calendar.between(first, last) if in_working_days else (last - first).days
    return total


def _closing(day: date) -> datetime:
    return datetime.combine(day, _CLOSES, VIETNAM)


async def answer_due(snapshot: Snapshot, submitted_at: datetime | None) -> datetime | None:
    """Return until when somebody says whether a dossier is accepted, counted in office hours."""
    settings = snapshot.ask(Settings)
    if submitted_at is None or not settings.acceptance_hours:
        return None
    calendar, start = snapshot.ask(WorkingCalendar), submitted_at.astimezone(VIETNAM)
    days = [await calendar.add(start.date(), number) for number in range(_DAYS)]
    length = timedelta(hours=settings.acceptance_hours)
    return after_office_hours(start, length, spans(settings.office_hours), days)
