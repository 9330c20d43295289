"""What each part reads of a report, put together from its rows."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from msgspec.structs import replace

from backend.kernel import NotFound, Snapshot, t
from contracts.files import FileStore
from contracts.identity import Officers
from contracts.territory import Agency
from modules.feedback.model.clocks import window_end
from modules.feedback.model.machines import AssignmentState, Call, ReportState, Who, allowed
from modules.feedback.model.masks import redacted, spans
from modules.feedback.model.moderation import Decided
from modules.feedback.model.places import Point
from modules.feedback.model.queues import Mine, Offered, Queued
from modules.feedback.model.reports import Attachment, Report, excerpt
from modules.feedback.model.views import (
    AgencyCard,
    CoordinatorCard,
    DeskItem,
    DeskPhoto,
    DeskReport,
    DeskStep,
    OwnItem,
    OwnReport,
    Photo,
    WorkItem,
    WorkReport,
)
from modules.feedback.repository import extensions, history, moderation, public, questions, ratings
from modules.feedback.repository import reports as repository
from modules.feedback.repository import work as assignments
from modules.feedback.service import categories, clocks
from modules.feedback.service.timeline import at_desk, timeline
from modules.feedback.settings import Settings

LINK_SECONDS: Final = 600
"""How long an address of a photo is good for at least."""


async def report(snapshot: Snapshot, report_id: UUID) -> Report:
    """Return where a report stands. Raises `NotFound`; whose it is, the caller checks."""
    found = await repository.find(snapshot, report_id)
    if found is None:
        raise NotFound
    return found


async def own(snapshot: Snapshot, report: Report, *, store: FileStore) -> OwnReport:
    said = await history.said(snapshot, report.id)
    attachments = await repository.attachments(snapshot, report.id)
    is_resolved = report.assignment is AssignmentState.APPROVED
    results = {event.seq: event.text for event in said}
    shown = [
        attachment
        for attachment in attachments
        if attachment.role == "reported" or (is_resolved and attachment.seq == report.result_seq)
    ]
    return OwnReport(
        id=report.id,
        code=report.code,
        version=report.version,
        category=(await categories.of(snapshot, report)).card(),
        state=report.state,
        state_label=label(report.state),
        state_at=report.state_at,
        received_at=report.received_at,
        captured_at=report.captured_at,
        commune_code=report.commune_code,
        location=report.location,
        address=report.address,
        text=await repository.text(snapshot, report.id),
        answers=[each.shown() for each in await repository.answers(snapshot, report.id)],
        wish=report.wish,
        publication=report.publication,
        agency=report.agency_name,
        planned_for=report.planned_for,
        deadline=await clocks.deadline(snapshot, report.id),
        answer_due_at=report.answer_due_at,
        duplicate_of=await public.code_of(snapshot, report.canonical_id),
        result=results.get(report.result_seq or 0) if is_resolved else None,
        messages=await moderation.messages(snapshot, report.id),
        ratings=await ratings.of(snapshot, report.id),
        rating_until=_rating_until(snapshot, report),
        photos=[_photo(attachment, store) for attachment in shown],
        timeline=timeline(said, Who.REPORTER),
        allowed=report.own_calls(snapshot.now),
    )


async def desk(
    snapshot: Snapshot, report: Report, competent: Iterable[Agency], *, store: FileStore
) -> DeskReport:
    text = await repository.text(snapshot, report.id)
    category = await categories.of(snapshot, report)
    decided = await moderation.decided(snapshot, report.id)
    never = () if category.may_be_public(report.wish) else (Call.PUBLICATION,)
    steps, holder = await _by_whom(snapshot, report)
    return DeskReport(
        id=report.id,
        code=report.code,
        version=report.version,
        category=category.card(),
        state=report.state,
        state_label=label(report.state),
        state_at=report.state_at,
        received_at=report.received_at,
        captured_at=report.captured_at,
        commune_code=report.commune_code,
        location=report.location,
        accuracy_m=report.accuracy_m,
        address=report.address,
        text=text,
        answers=[each.shown() for each in await repository.answers(snapshot, report.id)],
        personal_data=spans(text),
        flags=report.flags,
        wish=report.wish,
        publication=report.publication,
        claimed_by=report.claimed_by,
        holder=holder,
        agency=_lead(report),
        assignment_id=report.assignment_id,
        assignment=report.assignment,
        planned_for=report.planned_for,
        deadline=await clocks.deadline(snapshot, report.id),
        answer_due_at=report.answer_due_at,
        extension=await extensions.asked(snapshot, report.id),
        inquiries=await questions.proposed(snapshot, report.id),
        coordinators=await _coordinators(snapshot, report.id),
        transferred_to=report.transferred_to,
        transferred_until=report.transferred_until,
        cycle=report.cycle,
        reopenings=report.reopenings,
        returns=report.returns,
        claimed_until=report.claimed_until,
        concerned_agency_id=report.concerned_agency_id,
        canonical_id=report.canonical_id,
        spans=decided.spans,
        left=decided.left,
        notes=await moderation.notes(snapshot, report.id, ("desk", "agencies")),
        drafts=await moderation.drafts(snapshot, report.id),
        messages=await moderation.messages(snapshot, report.id),
        ratings=await ratings.of(snapshot, report.id),
        competent=[AgencyCard(id=found.id, name=found.name) for found in competent],
        photos=await _desk_photos(snapshot, report.id, decided, store),
        timeline=steps,
        allowed=[call for call in allowed(report.standing, Who.MODERATOR) if call not in never],
    )


async def work(
    snapshot: Snapshot, report: Report, calls: Sequence[Call], *, store: FileStore
) -> WorkReport:
    if report.assignment is None:
        raise NotFound
    decided = await moderation.decided(snapshot, report.id)
    return WorkReport(
        id=report.id,
        code=report.code,
        version=report.version,
        category=(await categories.of(snapshot, report)).card(),
        state=report.state,
        assignment=report.assignment,
        assignment_label=t(f"feedback.assignments.{report.assignment}"),
        handler_id=report.handler_id,
        planned_for=report.planned_for,
        transferred_to=report.transferred_to,
        transferred_until=report.transferred_until,
        cycle=report.cycle,
        deadline=await clocks.deadline(snapshot, report.id),
        received_at=report.received_at,
        captured_at=report.captured_at,
        commune_code=report.commune_code,
        location=report.location,
        accuracy_m=report.accuracy_m,
        address=None if report.address is None else _redacted(report.address, decided, "address"),
        text=redacted(await repository.text(snapshot, report.id), decided.of(1)[0]),
        answers=[
            each.shown(lambda code, said: _redacted(said, decided, f"answer:{code}"))
            for each in await repository.answers(snapshot, report.id)
        ],
        notes=await moderation.notes(snapshot, report.id, ("agencies",)),
        messages=[
            replace(message, text=_redacted(message.text, decided, str(message.id)))
            for message in await moderation.messages(snapshot, report.id)
        ],
        photos=[
            _photo(attachment, store)
            for attachment in await repository.attachments(snapshot, report.id)
        ],
        timeline=timeline(await history.said(snapshot, report.id), Who.AGENCY, decided),
        allowed=calls,
    )


async def own_item(snapshot: Snapshot, row: Mine, *, store: FileStore) -> OwnItem:
    return OwnItem(
        id=row.report_id,
        code=row.code,
        version=row.version,
        category=await categories.card(snapshot, row.category_code, row.category_version),
        state=row.state,
        state_label=label(row.state),
        state_at=row.state_at,
        received_at=row.received_at,
        commune_code=row.commune_code,
        excerpt=excerpt(row.original),
        thumb_url=thumb(row.file_id, store),
    )


async def desk_item(snapshot: Snapshot, row: Queued, *, store: FileStore) -> DeskItem:
    return DeskItem(
        id=row.id,
        code=row.code,
        version=row.version,
        category=await categories.card(snapshot, row.category_code, row.category_version),
        state=row.state,
        state_label=label(row.state),
        state_at=row.state_at,
        received_at=row.received_at,
        commune_code=row.commune_code,
        wish=row.wish,
        publication=row.publication,
        agency=row.agency_name,
        claimed_by=row.claimed_by,
        due_at=row.due_at,
        flags=row.flags,
        excerpt=excerpt(row.original),
        thumb_url=thumb(row.file_id, store),
    )


async def work_item(snapshot: Snapshot, row: Offered, *, store: FileStore) -> WorkItem:
    return WorkItem(
        id=row.report_id,
        code=row.code,
        version=row.version,
        category=await categories.card(snapshot, row.category_code, row.category_version),
        state=row.state,
        assignment=row.assignment,
        assignment_label=t(f"feedback.assignments.{row.assignment}"),
        offered_at=row.offered_at,
        planned_for=row.planned_for,
        due_at=row.due_at,
        commune_code=row.commune_code,
        # Cut first, half a number would be left.
        excerpt=excerpt(redacted(row.original, row.own_words)),
        thumb_url=thumb(row.file_id, store),
    )


async def _by_whom(snapshot: Snapshot, report: Report) -> tuple[Sequence[DeskStep], str | None]:
    """Return what happened and who did it, and what colleagues call whoever has it in hand."""
    said = await history.said(snapshot, report.id)
    officers = {report.claimed_by, *(event.staff_id for event in said)}
    names = await snapshot.ask(Officers).names({each for each in officers if each is not None})
    holder = None if report.claimed_by is None else names.get(report.claimed_by)
    return at_desk(said, names), holder


def _lead(report: Report) -> AgencyCard | None:
    if report.owner_agency_id is None or report.agency_name is None:
        return None
    return AgencyCard(id=report.owner_agency_id, name=report.agency_name)


async def _coordinators(snapshot: Snapshot, report_id: UUID) -> Sequence[CoordinatorCard]:
    return [
        CoordinatorCard(
            id=each.id,
            agency=AgencyCard(id=each.owner_agency_id, name=each.agency_name),
            state=each.state,
        )
        for each in await assignments.coordinators(snapshot, report_id)
    ]


def _rating_until(snapshot: Snapshot, report: Report) -> datetime | None:
    if report.state not in (ReportState.RESOLVED, ReportState.DECLINED):
        return None
    return window_end(report.state_at, snapshot.ask(Settings).rating_days)


def label(state: ReportState) -> str:
    """Return what people call a state."""
    return t(f"feedback.states.{state}")


def _redacted(text: str, decided: Decided, about: str) -> str:
    return redacted(text, decided.own.get(about, ()))


def _photo(attachment: Attachment, store: FileStore) -> Photo:
    thumb_url = None
    if attachment.is_picture:
        thumb_url = store.link(attachment.file_id, "thumb", seconds=LINK_SECONDS)
    return Photo(
        role=attachment.role,
        media_type=attachment.media_type,
        url=store.link(attachment.file_id, "clean", seconds=LINK_SECONDS),
        thumb_url=thumb_url,
    )


async def _desk_photos(
    snapshot: Snapshot, report_id: UUID, decided: Decided, store: FileStore
) -> Sequence[DeskPhoto]:
    found = await repository.attachments(snapshot, report_id)
    return [_desk_photo(attachment, decided, store) for attachment in found]


def _desk_photo(attachment: Attachment, decided: Decided, store: FileStore) -> DeskPhoto:
    lat, lon = attachment.taken_lat, attachment.taken_lon
    return DeskPhoto(
        file_id=attachment.file_id,
        looked_at=attachment.looked_at,
        rectangles=[part for of, part in decided.rectangles if of == attachment.file_id],
        role=attachment.role,
        url=store.link(attachment.file_id, "clean", seconds=LINK_SECONDS),
        thumb_url=store.link(attachment.file_id, "thumb", seconds=LINK_SECONDS),
        taken_at=attachment.taken_at,
        taken_location=None if lat is None or lon is None else Point(lat=lat, lon=lon),
    )


def thumb(file_id: UUID | None, store: FileStore) -> str | None:
    """Return the address of a small picture, where there is one."""
    return None if file_id is None else store.link(file_id, "thumb", seconds=LINK_SECONDS)
