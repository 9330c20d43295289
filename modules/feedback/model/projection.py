"""What everybody may see of a report."""

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final

import msgspec

from modules.feedback.model.categories import Version
from modules.feedback.model.clocks import Deadline
from modules.feedback.model.machines import AssignmentState, Call
from modules.feedback.model.masks import redacted
from modules.feedback.model.moderation import Decided
from modules.feedback.model.places import snapped
from modules.feedback.model.queues import Projected, PublicStep
from modules.feedback.model.reports import Attachment, Report, Said

TOLD: Final = frozenset(
    {
        Call.FILING,
        Call.CLAIM,
        Call.ASSIGNMENT,
        Call.ACCEPTANCE,
        Call.PLAN,
        Call.EXTENSION_DECISION,
        Call.RESULT,
        Call.APPROVAL,
        Call.DECLINATION,
        Call.REOPENING,
        Call.REOPENING_GRANTED,
        Call.CLOSING,
    }
)
"""What everybody may know to have happened; questions to the reporter are the reporter's."""


class Sources(msgspec.Struct, frozen=True, kw_only=True):
    """What a public copy is made of."""

    text: str
    said: Sequence[Said]
    attachments: Sequence[Attachment]
    decided: Decided
    deadline: Deadline | None


def projection(report: Report, category: Version, sources: Sources) -> Projected:
    """Return the public copy: masked, coarsened, with approved results and nobody's name."""
    point = snapped(report.location, category.precision)
    is_resolved = report.assignment is AssignmentState.APPROVED
    deadline = sources.deadline
    reasons = [
        event.seq
        for event in sources.said
        if event.kind in (Call.DECLINATION, Call.REOPENING_REFUSED) and event.text is not None
    ]
    photos = _photos(sources.attachments, report.result_seq if is_resolved else None)
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
        body=redacted(sources.text, *sources.decided.of(1)),
        result=_said(sources, report.result_seq if is_resolved else None),
        reason=_said(sources, reasons[-1] if reasons else None),
        photos=[photo.public_file_id or photo.file_id for photo in photos],
        original_due_at=None if deadline is None else deadline.original_due_at,
        due_at=None if deadline is None else deadline.due_at,
        dhashes=[photo.dhash for photo in photos if photo.dhash is not None],
        steps=[
            PublicStep(at=event.at, kind=Call(event.kind), state=event.target)
            for event in sources.said
            if event.kind in TOLD
        ],
    )


def digest(row: Projected) -> str:
    """Return the digest of what a publisher looks at: words, photos, place and category."""
    seen = (row.body, row.result, row.reason, row.photos, row.lat, row.lon, row.category_code)
    return sha256(msgspec.json.encode(seen)).hexdigest()


def _said(sources: Sources, seq: int | None) -> str | None:
    for event in sources.said:
        if event.seq == seq and event.text is not None:
            return redacted(event.text, *sources.decided.of(event.seq))
    return None


def _photos(attachments: Iterable[Attachment], result_seq: int | None) -> list[Attachment]:
    """Return the photos that somebody of the desk has looked at; nobody sees any other."""
    return [
        attachment
        for attachment in attachments
        if attachment.looked_at is not None
        and attachment.is_picture
        and (attachment.role == "reported" or attachment.seq == result_seq)
    ]
