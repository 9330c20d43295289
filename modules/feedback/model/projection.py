"""What everybody may see of a report."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from modules.feedback.model.categories import Version
from modules.feedback.model.clocks import Deadline
from modules.feedback.model.machines import AssignmentState, Call
from modules.feedback.model.masks import masked
from modules.feedback.model.places import snapped
from modules.feedback.model.queues import Projected
from modules.feedback.model.reports import Attachment, Report, Said


def projection(
    report: Report,
    category: Version,
    text: str,
    said: Sequence[Said],
    attachments: Sequence[Attachment],
    deadline: Deadline | None,
) -> Projected:
    """Return the public copy: masked, coarsened, with approved results and nobody's name."""
    point = snapped(report.location, category.precision)
    is_resolved = report.assignment is AssignmentState.APPROVED
    spoken = {event.seq: event.text for event in said}
    declined = [event.text for event in said if event.kind == Call.DECLINATION]
    result = spoken.get(report.result_seq) if is_resolved and report.result_seq else None
    reason = declined[-1] if declined else None
    return Projected(
        report_id=report.id,
        code=report.code,
        category_code=report.category_code,
        category_version=report.category_version,
        group_code=category.group_code,
        commune_code=report.commune_code,
        agency_id=report.owner_agency_id,
        agency_name=report.agency_name,
        state=report.state,
        state_at=report.state_at,
        filed_at=report.received_at,
        lat=None if point is None else point.lat,
        lon=None if point is None else point.lon,
        body=masked(text),
        result=None if result is None else masked(result),
        reason=None if reason is None else masked(reason),
        photos=_photos(attachments, report.result_seq if is_resolved else None),
        original_due_at=None if deadline is None else deadline.original_due_at,
        due_at=None if deadline is None else deadline.due_at,
        dhashes=[each.dhash for each in attachments if each.dhash is not None],
    )


def _photos(attachments: Iterable[Attachment], result_seq: int | None) -> list[UUID]:
    return [
        attachment.file_id
        for attachment in attachments
        if attachment.role == "reported" or attachment.seq == result_seq
    ]
