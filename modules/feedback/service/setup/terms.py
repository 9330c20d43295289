"""Terms of the classes: from a day on, for what begins to run then."""

from datetime import datetime
from typing import Final, get_args

from backend.kernel import VIETNAM, Snapshot, Transaction
from contracts.calendar import WorkingCalendar
from modules.feedback.errors import DayInThePast, DayTaken
from modules.feedback.model.categories import DeadlineClass
from modules.feedback.model.setup.terms import (
    ClassTerm,
    ClassTerms,
    Shift,
    TermDraft,
    TermOutlook,
)
from modules.feedback.repository.setup import changes
from modules.feedback.repository.setup import terms as repository
from modules.feedback.service import clocks
from modules.feedback.settings import Settings

CLASSES: Final[tuple[DeadlineClass, ...]] = get_args(DeadlineClass)


async def listed(snapshot: Snapshot) -> ClassTerms:
    """Return every term that was set up, and those of the settings behind them."""
    settings = snapshot.ask(Settings)
    return ClassTerms(
        items=[
            *await repository.all_terms(snapshot),
            *(clocks.terms_of_settings(settings, each) for each in CLASSES),
        ]
    )


async def write(tx: Transaction, of: DeadlineClass, draft: TermDraft) -> ClassTerm:
    """Set up terms from tomorrow at the earliest. Raises `DayInThePast` or `DayTaken`."""
    if draft.valid_from <= tx.today:
        raise DayInThePast
    before = await _in_force(tx, of, draft)
    if not await repository.add(tx, of, draft):
        raise DayTaken
    after = _written(of, draft)
    await changes.add(tx, "class", of, draft.reason, before=before, after=after)
    return after


async def tried(
    snapshot: Snapshot, of: DeadlineClass, draft: TermDraft, *, calendar: WorkingCalendar
) -> TermOutlook:
    """Return what terms would do to the reports that are open, and keep nothing."""
    if draft.valid_from <= snapshot.today:
        raise DayInThePast
    before, after = await _in_force(snapshot, of, draft), _written(of, draft)
    shifts: list[Shift] = []
    for waiting in await repository.waiting(snapshot, of):
        noon = datetime.combine(waiting.received_on, datetime.min.time().replace(hour=12), VIETNAM)
        dues = [
            await clocks.due_by(terms.of("handling"), noon, calendar=calendar)
            for terms in (before, after)
        ]
        shifts.append(
            Shift(
                received_on=waiting.received_on,
                reports=waiting.reports,
                due_before=dues[0],
                due_after=dues[1],
            )
        )
    return TermOutlook(running=await repository.running(snapshot, of), shifts=shifts)


async def _in_force(snapshot: Snapshot, of: DeadlineClass, draft: TermDraft) -> ClassTerm:
    """Return what would count on the draft's first day without it."""
    for each in await repository.all_terms(snapshot):
        if each.deadline_class == of and each.valid_from and each.valid_from <= draft.valid_from:
            return each
    return clocks.terms_of_settings(snapshot.ask(Settings), of)


def _written(of: DeadlineClass, draft: TermDraft) -> ClassTerm:
    return ClassTerm(
        deadline_class=of,
        valid_from=draft.valid_from,
        triage_days=draft.triage_days,
        triage_minutes=draft.triage_minutes,
        handling_days=draft.handling_days,
        handling_hours=draft.handling_hours,
    )
