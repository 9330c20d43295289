"""What one can report: the next version of a category, tried before it counts."""

from collections.abc import Sequence

from backend.kernel import Snapshot, Transaction, VersionStale
from contracts.calendar import WorkingCalendar
from contracts.territory import AgencyRegister, CommuneRegister
from modules.feedback.errors import DayInThePast, UnknownCategory, UnknownCommune, UnknownGroup
from modules.feedback.model.categories import Version
from modules.feedback.model.setup.categories import (
    Candidate,
    CategoryDraft,
    CategoryEnd,
    CategoryOutlook,
    CategoryTrial,
)
from modules.feedback.repository import categories as catalogue
from modules.feedback.repository.setup import categories as repository
from modules.feedback.repository.setup import changes
from modules.feedback.service import clocks, routing


async def versions(snapshot: Snapshot, code: str | None = None) -> Sequence[Version]:
    """Return every version, those of other days included. Raises `UnknownCategory`."""
    found = [each for each in await catalogue.versions(snapshot) if code in (None, each.code)]
    if code is not None and not found:
        raise UnknownCategory
    return found


async def write(tx: Transaction, code: str, draft: CategoryDraft, *, seen: int) -> Version:
    """Add the next version of a category, or the first of a new one.

    Raises `VersionStale` unless `seen` is the newest one's number, `DayInThePast`, or
    `UnknownGroup` for a new category without one.
    """
    before = await _newest(tx, code)
    if seen != (0 if before is None else before.number):
        raise VersionStale(current_version=0 if before is None else before.number)
    if draft.valid_from < tx.today:
        raise DayInThePast
    if before is None:
        if draft.group is None or not await repository.has_group(tx, draft.group):
            raise UnknownGroup
        await repository.add_category(tx, code, draft.group)
    await repository.end(tx, code, draft.valid_from)
    if not await repository.add(tx, code, seen + 1, draft):
        raise VersionStale
    (*_, written) = await versions(tx, code)
    await changes.add(tx, "category", code, draft.reason, before=before, after=written)
    return written


async def end(tx: Transaction, code: str, ending: CategoryEnd, *, seen: int) -> Version:
    """Let nobody report under a category from a day on. Raises as `write` does."""
    before = await _newest(tx, code)
    if before is None:
        raise UnknownCategory
    if seen != before.number:
        raise VersionStale(current_version=before.number)
    if ending.on < tx.today:
        raise DayInThePast
    await repository.end(tx, code, ending.on)
    (*_, ended) = await versions(tx, code)
    await changes.add(tx, "category", code, ending.reason, before=before, after=ended)
    return ended


async def tried(
    snapshot: Snapshot,
    code: str,
    trial: CategoryTrial,
    *,
    agencies: AgencyRegister,
    communes: CommuneRegister,
    calendar: WorkingCalendar,
) -> CategoryOutlook:
    """Return what a version would ask, whom it would reach and by when, and keep nothing."""
    draft, day = trial.draft, trial.draft.valid_from
    if await communes.in_force(trial.commune_code, day) is None:
        raise UnknownCommune
    known = await _newest(snapshot, code)
    group = draft.group if known is None else known.group_code
    if group is None or not await repository.has_group(snapshot, group):
        raise UnknownGroup
    subject, found = await routing.answering(code, group, trial.commune_code, day, agencies)
    filed_at = trial.filed_at or snapshot.now
    triage, handling = [
        await clocks.begun(snapshot, kind, draft.deadline_class, filed_at, calendar=calendar)
        for kind in ("triage", "handling")
    ]
    return CategoryOutlook(
        questions=[question.shown() for question in draft.questions],
        subject=subject,
        route=[Candidate(id=agency.id, name=agency.name) for agency in found],
        triage_due_at=triage,
        handling_due_at=handling,
        open_reports=await repository.open_reports(snapshot, code),
    )


async def _newest(snapshot: Snapshot, code: str) -> Version | None:
    numbers = [each for each in await catalogue.versions(snapshot) if each.code == code]
    return max(numbers, key=lambda version: version.number, default=None)
