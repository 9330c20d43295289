"""Who hears what of a report: its reporter, its followers, subscribers, officers and their heads.

Told by reactions to our own events, so that no call waits for it, and so that it happens once: the
same event told again finds its message there.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from backend.kernel import VIETNAM, Transaction, t
from backend.kernel.locale import LANGUAGES, language
from contracts.event import Event
from contracts.feedback import (
    AssignmentUnaccepted,
    HandoverFailed,
    ReopeningRequested,
    ReopeningUndecided,
    ReportAnswered,
    ReportAssigned,
    ReportDeclined,
    ReportDueSoon,
    ReportEscalated,
    ReportExtended,
    ReportFiled,
    ReportHidden,
    ReportMerged,
    ReportOverdue,
    ReportPlanned,
    ReportPublished,
    ReportQuestioned,
    ReportReopened,
    ReportResolved,
    ReportReturned,
    ReportUnmerged,
    ReturnRefused,
)
from contracts.notifications import Notifier, Recipient, ToPerson, ToRole, Words
from contracts.territory import CommuneRegister
from modules.feedback.model.clocks import last_day
from modules.feedback.model.following import Kept, Pace
from modules.feedback.model.machines import ReportState
from modules.feedback.model.places import Point
from modules.feedback.model.reports import Report
from modules.feedback.repository import following, public
from modules.feedback.repository import reports as repository
from modules.feedback.service import categories, clocks
from modules.feedback.service.contacts import recipient
from modules.feedback.service.following import reaches

Values = Mapping[str, str | Words]

_DESK_HEAD: Final = 2
_PACES: Final[Mapping[Pace, timedelta]] = {"daily": timedelta(days=1), "weekly": timedelta(days=7)}
_MONDAY: Final = 0


async def of_filing(tx: Transaction, event: ReportFiled) -> None:
    await _tell_reporter(tx, event, event.report_id, "received", ("due",))


async def of_question(tx: Transaction, event: ReportQuestioned) -> None:
    due = {"due": _day(event.answer_due_at)}
    await _tell_reporter(tx, event, event.report_id, "questioned", (), due)


async def of_assignment(tx: Transaction, event: ReportAssigned) -> None:
    await _tell_reporter(tx, event, event.report_id, "assigned", ("agency", "due"))
    await _tell_followers(tx, event, event.report_id)
    await _tell_officers(tx, event, event.report_id, "work-assigned", ("due",))


async def of_plan(tx: Transaction, event: ReportPlanned) -> None:
    day = {"day": f"{event.planned_for:%d/%m/%Y}"}
    await _tell_reporter(tx, event, event.report_id, "planned", ("agency",), day)


async def of_extension(tx: Transaction, event: ReportExtended) -> None:
    days = {"due_before": _day(event.due_before), "due": _day(event.due_after)}
    await _tell_reporter(tx, event, event.report_id, "extended", (), days)
    await _tell_followers(tx, event, event.report_id)
    due = {"due": days["due"]}
    await _tell_officers(tx, event, event.report_id, "work-decided", (), due)


async def of_result(tx: Transaction, event: ReportResolved) -> None:
    await _tell_reporter(tx, event, event.report_id, "resolved", ("agency",))
    await _tell_followers(tx, event, event.report_id)


async def of_declination(tx: Transaction, event: ReportDeclined) -> None:
    await _tell_reporter(tx, event, event.report_id, "declined", ())
    await _tell_followers(tx, event, event.report_id)


async def of_publication(tx: Transaction, event: ReportPublished) -> None:
    await _tell_reporter(tx, event, event.report_id, "published", ())
    await _tell_subscribers(tx, event)


async def of_hiding(tx: Transaction, event: ReportHidden) -> None:
    await _tell_reporter(tx, event, event.report_id, "hidden", ())


async def of_answer(tx: Transaction, event: ReportAnswered) -> None:
    await _tell_desk(tx, event, event.report_id, "work-answered", ())
    await _tell_officers(tx, event, event.report_id, "work-answered", ())


async def of_reopening(tx: Transaction, event: ReportReopened) -> None:
    await _tell_reporter(tx, event, event.report_id, "reopened", ("due",))
    await _tell_followers(tx, event, event.report_id)
    await _tell_officers(tx, event, event.report_id, "work-assigned", ("due",))


async def of_request(tx: Transaction, event: ReopeningRequested) -> None:
    due = {"due": _day(event.decide_by)}
    await _tell_desk(tx, event, event.report_id, "work-to-decide", (), due)


async def of_indecision(tx: Transaction, event: ReopeningUndecided) -> None:
    await _tell_desk(tx, event, event.report_id, "work-to-decide", ("due",))


async def of_return(tx: Transaction, event: ReportReturned) -> None:
    """Tell the desk, and the head of the agency that gave the report back."""
    await _tell_desk(tx, event, event.report_id, "work-returned", ())
    await _tell_head(tx, event, event.report_id, event.agency_id, "work-returned", ())


async def of_refused_return(tx: Transaction, event: ReturnRefused) -> None:
    """Tell the head of an agency that a report, which came back twice, stays with it now."""
    await _tell_head(tx, event, event.report_id, event.agency_id, "work-return-refused", ("due",))


async def of_silence(tx: Transaction, event: AssignmentUnaccepted) -> None:
    """Tell the head of an agency that what it was given lies there."""
    await _tell_head(tx, event, event.report_id, event.agency_id, "work-unaccepted", ("due",))


async def of_failed_handover(tx: Transaction, event: HandoverFailed) -> None:
    """Tell the desk that an agency's system has not got what it should: somebody has to look."""
    await _tell_desk(tx, event, event.report_id, "work-not-taken", ("agency",))


async def of_merge(tx: Transaction, event: ReportMerged) -> None:
    await _tell_reporter(tx, event, event.report_id, "merged", ())


async def of_unmerge(tx: Transaction, event: ReportUnmerged) -> None:
    await _tell_reporter(tx, event, event.report_id, "unmerged", ())


async def of_warning(tx: Transaction, event: ReportDueSoon) -> None:
    due = {"due": _day(event.due_at)}
    if event.clock == "handling":
        await _tell_officers(tx, event, event.report_id, "work-due-soon", (), due)
    else:
        await _tell_desk(tx, event, event.report_id, "work-due-soon", (), due)


async def of_delay(tx: Transaction, event: ReportOverdue) -> None:
    due = {"due": _day(event.due_at)}
    if event.clock == "handling":
        await _tell_officers(tx, event, event.report_id, "work-overdue", ("agency",), due)
    else:
        await _tell_desk(tx, event, event.report_id, "work-overdue", ("agency",), due)


async def of_escalation(tx: Transaction, event: ReportEscalated) -> None:
    """Tell the desk (level 2) or the province's office (3)."""
    report = await repository.find(tx, event.report_id)
    if report is None:
        return
    due = {"due": _day(event.due_at)}
    values = await _values(tx, report, ("agency",), due)
    area_code = report.commune_code
    if event.level > _DESK_HEAD:
        commune = await tx.ask(CommuneRegister).in_force(area_code, tx.today)
        area_code = area_code if commune is None else commune.province_code
    to = ToRole(role="moderator", area_code=area_code)
    await _tell(tx, to, event, "escalated", values, report.code)


async def of_pace(tx: Transaction, pace: Pace) -> None:
    """Tell whoever wants to hear once a day, or on Mondays, how much is new in their area."""
    notifier = tx.ask_maybe(Notifier)
    before = tx.now - _PACES[pace] + timedelta(hours=1)
    while batch := await following.to_tell(tx, pace, before):
        ids = [kept.id for kept in batch]
        news = await following.news(tx, ids)
        for kept in batch:
            if notifier is not None and kept.id in news:
                await notifier.tell(
                    ToPerson(person_id=kept.person_id),
                    "feedback.digest",
                    {"reports": str(news[kept.id])},
                    about="",
                    once=f"{kept.id}:{tx.today}",
                )
        await following.told(tx, ids)


async def of_morning(tx: Transaction) -> None:
    """Tell what is told at seven in the morning."""
    await of_pace(tx, "daily")
    if tx.today.weekday() == _MONDAY:
        await of_pace(tx, "weekly")


async def _tell_reporter(
    tx: Transaction,
    event: Event,
    report_id: UUID,
    what: str,
    wanted: Sequence[str],
    more: Values | None = None,
) -> None:
    report = await repository.find(tx, report_id)
    reporter = await repository.reporter(tx, report_id)
    to = None if reporter is None else recipient(reporter)
    if report is not None and to is not None:
        values = await _values(tx, report, wanted, more)
        await _tell(tx, to, event, what, values, report.code)


async def _tell_followers(tx: Transaction, event: Event, report_id: UUID) -> None:
    """Tell that a public report has moved; whoever reported it has been told more."""
    report = await repository.find(tx, report_id)
    if report is None or await public.find(tx, report.code) is None:
        return
    values = await _values(tx, report, ("state",), None)
    reporter = await repository.reporter(tx, report_id)
    own = None if reporter is None else reporter.person_id
    after: UUID | None = None
    while batch := await following.followers(tx, report_id, after):
        after = batch[-1].person_id
        for follower in batch:
            if follower.person_id != own:
                to = ToPerson(person_id=follower.person_id)
                await _tell(tx, to, event, "moved", values, report.code)


async def _tell_subscribers(tx: Transaction, event: ReportPublished) -> None:
    row = await public.find(tx, event.code)
    report = await repository.find(tx, event.report_id)
    if row is None or report is None:
        return
    point = None if row.lat is None or row.lon is None else Point(lat=row.lat, lon=row.lon)
    values = await _values(tx, report, (), None)
    last: Kept | None = None
    place = row.commune_code, point, row.category_code
    while batch := await following.hearing(tx, None if last is None else last.id, *place):
        last = batch[-1]
        for kept in batch:
            if reaches(kept, row.commune_code, point):
                to = ToPerson(person_id=kept.person_id)
                await _tell(tx, to, event, "nearby", values, report.code)


async def _tell_officers(
    tx: Transaction,
    event: Event,
    report_id: UUID,
    what: str,
    wanted: Sequence[str],
    more: Values | None = None,
) -> None:
    """Tell the agency that has the report: its officers of the commune, and its lead."""
    report = await repository.find(tx, report_id)
    if report is None or report.owner_agency_id is None:
        return
    values = await _values(tx, report, wanted, more)
    officers = ToRole(
        role="officer", agency_id=report.owner_agency_id, area_code=report.commune_code
    )
    lead = ToRole(role="lead", agency_id=report.owner_agency_id)
    for to in (officers, lead):
        await _tell(tx, to, event, what, values, report.code)


async def _tell_head(
    tx: Transaction,
    event: Event,
    report_id: UUID,
    agency_id: UUID,
    what: str,
    wanted: Sequence[str],
) -> None:
    report = await repository.find(tx, report_id)
    if report is not None:
        values = await _values(tx, report, wanted, None)
        to = ToRole(role="lead", agency_id=agency_id)
        await _tell(tx, to, event, what, values, report.code)


async def _tell_desk(
    tx: Transaction,
    event: Event,
    report_id: UUID,
    what: str,
    wanted: Sequence[str],
    more: Values | None = None,
) -> None:
    report = await repository.find(tx, report_id)
    if report is not None:
        values = await _values(tx, report, wanted, more)
        to = ToRole(role="moderator", area_code=report.commune_code)
        await _tell(tx, to, event, what, values, report.code)


async def _tell(
    tx: Transaction, to: Recipient, event: Event, what: str, values: Values, code: str
) -> None:
    notifier = tx.ask_maybe(Notifier)
    if notifier is not None:
        once = f"{event.__struct_config__.tag}:{_once(event)}:{what}"
        await notifier.tell(to, f"feedback.{what}", values, about=code, once=once)


def _once(event: Event) -> str:
    """Name the event among those of its report, so that the next one of its kind is told too."""
    values = [str(getattr(event, name)) for name in event.__struct_fields__]
    return ":".join(values)


async def _values(
    tx: Transaction, report: Report, wanted: Sequence[str], more: Values | None
) -> Values:
    found: dict[str, str | Words] = {"code": report.code, **(more or {})}
    version = await categories.of(tx, report)
    found["category"] = {"vi": version.label_vi, "en": version.label_en}
    if "agency" in wanted:
        found["agency"] = report.agency_name or ""
    if "due" in wanted:
        deadline = await clocks.deadline(tx, report.id)
        found["due"] = "" if deadline is None else _day(deadline.due_at)
    if "state" in wanted:
        found["state"] = _state(report.state)
    return found


def _state(state: ReportState) -> Words:
    spoken: dict[str, str] = {}
    for each in LANGUAGES:
        token = language.set(each)
        try:
            spoken[each] = t(f"feedback.states.{state}")
        finally:
            language.reset(token)
    return spoken


def _day(moment: datetime) -> str:
    """Write until when, as people say it: the last day; at night it is its end that counts."""
    return f"{last_day(moment.astimezone(VIETNAM)):%d/%m/%Y}"
