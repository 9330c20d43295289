"""What may become of a report: four machines, never mixed, each a table of its moves.

A call is allowed when every machine that it concerns has a move for it. What is not in these
tables does not happen: the service asks `after` and does nothing else.
"""

from enum import StrEnum
from typing import Final, TypeAlias

import msgspec

from modules.feedback.model.machine import Machine


class ReportState(StrEnum):
    """Where a report stands."""

    RECEIVED = "received"
    """Chờ tiếp nhận."""
    IN_REVIEW = "in_review"
    """Đang xem xét."""
    NEEDS_INFO = "needs_info"
    """Yêu cầu bổ sung."""
    WITH_AGENCY = "with_agency"
    """Đang xử lý."""
    AWAITING_APPROVAL = "awaiting_approval"
    """Chờ duyệt kết quả."""
    REOPEN_REQUESTED = "reopen_requested"
    """Đề nghị xử lý lại."""
    RESOLVED = "resolved"
    """Đã xử lý."""
    DECLINED = "declined"
    """Từ chối."""
    DUPLICATE = "duplicate"
    """Trùng."""
    WITHDRAWN = "withdrawn"
    """Đã rút."""
    CLOSED = "closed"
    """Đóng."""


class AssignmentState(StrEnum):
    """Where the work of an agency on a report stands."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    WORKING = "working"
    """Planned for a day, or with somebody outside until one."""
    DONE = "done"
    APPROVED = "approved"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class PublicationState(StrEnum):
    """Whether everybody may see a report."""

    PRIVATE = "private"
    DRAFTED = "drafted"
    """The desk has begun to decide what is masked."""
    PUBLIC = "public"
    HIDDEN = "hidden"
    SEALED = "sealed"
    """A denunciation: only the identity desk reads it (Law 25/2018/QH14). For ever."""


class RatingState(StrEnum):
    """Whether the reporter may say, or has said, how it went in this cycle."""

    OPEN = "open"
    GIVEN = "given"
    LOCKED = "locked"


class Call(StrEnum):
    """What somebody does to a report; also the kind of the event that its history keeps."""

    FILING = "filing"
    CLAIM = "claim"
    RELEASE = "release"
    IDLE = "idle"
    """Whoever had claimed it did nothing for a while."""
    ASSIGNMENT = "assignment"
    WAIVER = "waiver"
    """The desk does without an agency that was to help."""
    RECALL = "recall"
    """The desk takes a report back from its agency."""
    ACCEPTANCE = "acceptance"
    HANDLER = "handler"
    RETURN = "return"
    INQUIRY = "inquiry"
    """An agency would have something asked; the desk asks it, or does not."""
    PLAN = "plan"
    TRANSFER = "transfer"
    """Somebody outside does it, with a reference there and a day."""
    CONTRIBUTION = "contribution"
    """An agency that was to help has done its part."""
    RESULT = "result"
    APPROVAL = "approval"
    REFUSAL = "refusal"
    DECLINATION = "declination"
    WITHDRAWAL = "withdrawal"
    PUBLICATION = "publication"
    HIDING = "hiding"
    SEALING = "sealing"
    MASKING = "masking"
    QUESTION = "question"
    ANSWER = "answer"
    ATTACHMENT = "attachment"
    """Photos that were announced with the report, sent after it."""
    SILENCE = "silence"
    CLASS = "class"
    CATEGORY = "category"
    PLACE = "place"
    CONCERN = "concern"
    """Which agency a report is about; it is neither given nor shown to that one."""
    EXTENSION = "extension"
    EXTENSION_DECISION = "extension_decision"
    MERGE = "merge"
    UNMERGE = "unmerge"
    RATING = "rating"
    REOPENING = "reopening"
    REOPENING_GRANTED = "reopening_granted"
    REOPENING_REFUSED = "reopening_refused"
    REOPENING_LAPSE = "reopening_lapse"
    """The desk did not decide in time, and so the report goes back to work."""
    CLOSING = "closing"


class Who(StrEnum):
    """In which part somebody calls."""

    REPORTER = "reporter"
    MODERATOR = "moderator"
    AGENCY = "agency"
    COORDINATOR = "coordinator"
    """An agency that helps the one that leads."""
    HOUSE = "house"
    """Nobody: time has passed."""


_R, _A, _P, _G = ReportState, AssignmentState, PublicationState, RatingState
_BEFORE: Final = (None,)
_TRIAGE: Final = (_R.RECEIVED, _R.IN_REVIEW)
_OPEN: Final = (*_TRIAGE, _R.WITH_AGENCY)
_RATED: Final = (_R.RESOLVED, _R.DECLINED)
_AT_WORK: Final = (_A.ACCEPTED, _A.WORKING)
_LIVE: Final = (_A.OFFERED, *_AT_WORK)
_SHOWABLE: Final = (_P.PRIVATE, _P.DRAFTED, _P.PUBLIC)
_RATABLE: Final = (_G.OPEN, _G.GIVEN)

ReportMachine: TypeAlias = Machine[ReportState, Call, Who]

REPORT: Final[ReportMachine] = Machine(
    (_BEFORE, _R.RECEIVED, Call.FILING, Who.REPORTER),
    ((_R.RECEIVED,), _R.IN_REVIEW, Call.CLAIM, Who.MODERATOR),
    ((_R.IN_REVIEW,), _R.RECEIVED, Call.RELEASE, Who.MODERATOR),
    ((_R.IN_REVIEW,), _R.RECEIVED, Call.IDLE, Who.HOUSE),
    (_OPEN, _R.NEEDS_INFO, Call.QUESTION, Who.MODERATOR),
    # Or wherever the question was asked: `after` knows.
    ((_R.NEEDS_INFO,), _R.IN_REVIEW, Call.ANSWER, Who.REPORTER),
    ((_R.NEEDS_INFO,), _R.IN_REVIEW, Call.SILENCE, Who.HOUSE),
    (_TRIAGE, _R.WITH_AGENCY, Call.ASSIGNMENT, Who.MODERATOR),
    ((_R.WITH_AGENCY,), _R.IN_REVIEW, Call.RETURN, Who.AGENCY),
    ((_R.WITH_AGENCY,), _R.IN_REVIEW, Call.RECALL, Who.MODERATOR),
    ((_R.WITH_AGENCY,), _R.AWAITING_APPROVAL, Call.RESULT, Who.AGENCY),
    ((_R.AWAITING_APPROVAL,), _R.WITH_AGENCY, Call.REFUSAL, Who.MODERATOR),
    ((_R.AWAITING_APPROVAL,), _R.RESOLVED, Call.APPROVAL, Who.MODERATOR),
    (_TRIAGE, _R.DECLINED, Call.DECLINATION, Who.MODERATOR),
    (_OPEN, _R.DUPLICATE, Call.MERGE, Who.MODERATOR),
    # Or wherever it was merged: `after` knows.
    ((_R.DUPLICATE,), _R.IN_REVIEW, Call.UNMERGE, Who.MODERATOR),
    ((*_OPEN, _R.NEEDS_INFO), _R.WITHDRAWN, Call.WITHDRAWAL, Who.REPORTER),
    ((*_OPEN, _R.NEEDS_INFO), None, Call.ATTACHMENT, Who.REPORTER),
    (_RATED, None, Call.RATING, Who.REPORTER),
    (_RATED, _R.REOPEN_REQUESTED, Call.REOPENING, Who.REPORTER),
    ((_R.REOPEN_REQUESTED,), _R.WITH_AGENCY, Call.REOPENING_GRANTED, Who.MODERATOR),
    ((_R.REOPEN_REQUESTED,), _R.WITH_AGENCY, Call.REOPENING_LAPSE, Who.HOUSE),
    ((_R.REOPEN_REQUESTED,), _R.CLOSED, Call.REOPENING_REFUSED, Who.MODERATOR),
    (_RATED, _R.CLOSED, Call.CLOSING, Who.HOUSE),
    # What stays where it is, and may only be done there.
    (_OPEN, None, Call.CLASS, Who.MODERATOR),
    (_TRIAGE, None, Call.CATEGORY, Who.MODERATOR),
    (_TRIAGE, None, Call.PLACE, Who.MODERATOR),
    (_TRIAGE, None, Call.CONCERN, Who.MODERATOR),
    ((_R.WITH_AGENCY,), None, Call.WAIVER, Who.MODERATOR),
    ((_R.WITH_AGENCY,), None, Call.CONTRIBUTION, Who.COORDINATOR),
    ((_R.WITH_AGENCY,), None, Call.INQUIRY, Who.AGENCY),
    ((*_OPEN, _R.NEEDS_INFO), None, Call.SEALING, Who.MODERATOR),
)

ASSIGNMENT: Final[Machine[AssignmentState, Call, Who]] = Machine(
    (_BEFORE, _A.OFFERED, Call.ASSIGNMENT, Who.MODERATOR),
    ((_A.OFFERED,), _A.ACCEPTED, Call.ACCEPTANCE, Who.AGENCY),
    (_LIVE, None, Call.HANDLER, Who.AGENCY),
    (_LIVE, _A.RETURNED, Call.RETURN, Who.AGENCY),
    (_LIVE, _A.CANCELLED, Call.RECALL, Who.MODERATOR),
    (_AT_WORK, None, Call.INQUIRY, Who.AGENCY),
    (_AT_WORK, _A.WORKING, Call.PLAN, Who.AGENCY),
    (_AT_WORK, _A.WORKING, Call.TRANSFER, Who.AGENCY),
    (_AT_WORK, None, Call.EXTENSION, Who.AGENCY),
    (_AT_WORK, None, Call.EXTENSION_DECISION, Who.MODERATOR),
    (_AT_WORK, _A.DONE, Call.RESULT, Who.AGENCY),
    ((_A.DONE,), _A.WORKING, Call.REFUSAL, Who.MODERATOR),
    ((_A.DONE,), _A.APPROVED, Call.APPROVAL, Who.MODERATOR),
    (_LIVE, _A.CANCELLED, Call.MERGE, Who.MODERATOR),
    (_LIVE, _A.CANCELLED, Call.WITHDRAWAL, Who.REPORTER),
    # The work of the cycle before stays approved; this is that of the next.
    ((None, _A.APPROVED), _A.OFFERED, Call.REOPENING_GRANTED, Who.MODERATOR),
    ((None, _A.APPROVED), _A.OFFERED, Call.REOPENING_LAPSE, Who.HOUSE),
    follows=frozenset({Call.WITHDRAWAL, Call.MERGE}),
)

PUBLICATION: Final[Machine[PublicationState, Call, Who]] = Machine(
    (_BEFORE, _P.PRIVATE, Call.FILING, Who.REPORTER),
    ((_P.PRIVATE, _P.DRAFTED), _P.DRAFTED, Call.MASKING, Who.MODERATOR),
    ((_P.PUBLIC, _P.HIDDEN), None, Call.MASKING, Who.MODERATOR),
    ((_P.PRIVATE, _P.DRAFTED, _P.HIDDEN), _P.PUBLIC, Call.PUBLICATION, Who.MODERATOR),
    (_SHOWABLE, _P.HIDDEN, Call.HIDING, Who.MODERATOR),
    ((_P.PUBLIC,), _P.HIDDEN, Call.WITHDRAWAL, Who.REPORTER),
    ((*_SHOWABLE, _P.HIDDEN), _P.SEALED, Call.SEALING, Who.MODERATOR),
    follows=frozenset({Call.WITHDRAWAL}),
)

RATING: Final[Machine[RatingState, Call, Who]] = Machine(
    ((None, _G.LOCKED), _G.OPEN, Call.APPROVAL, Who.MODERATOR),
    ((None, _G.LOCKED), _G.OPEN, Call.DECLINATION, Who.MODERATOR),
    (_RATABLE, _G.GIVEN, Call.RATING, Who.REPORTER),
    (_RATABLE, _G.LOCKED, Call.REOPENING_GRANTED, Who.MODERATOR),
    (_RATABLE, _G.LOCKED, Call.REOPENING_LAPSE, Who.HOUSE),
    (_RATABLE, _G.LOCKED, Call.REOPENING_REFUSED, Who.MODERATOR),
    (_RATABLE, _G.LOCKED, Call.CLOSING, Who.HOUSE),
    follows=frozenset(Call) - {Call.RATING},
)

MACHINES: Final = (REPORT, ASSIGNMENT, PUBLICATION, RATING)

ENDED: Final = frozenset({_R.RESOLVED, _R.DECLINED, _R.DUPLICATE, _R.WITHDRAWN, _R.CLOSED})
"""States in which nobody has to do anything any more."""

SHOWN: Final = frozenset(_R) - {_R.RECEIVED, _R.NEEDS_INFO, _R.DUPLICATE, _R.WITHDRAWN}
"""States in which a report may become public: somebody of the desk has looked at it."""

_GIVES_WORK: Final = frozenset({Call.ASSIGNMENT, Call.REOPENING_GRANTED, Call.REOPENING_LAPSE})
_OVER: Final = frozenset({_A.RETURNED, _A.CANCELLED})


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where the machines of one report stand together."""

    report: ReportState | None = None
    assignment: AssignmentState | None = None
    """Of the agency that leads in this cycle."""
    publication: PublicationState | None = None
    rating: RatingState | None = None
    asked_from: ReportState | None = None
    """Where the report stood when its reporter was asked something that is not answered yet."""
    merged_from: ReportState | None = None
    merged_work: AssignmentState | None = None
    """Where the report and its agency's work stood before it became a duplicate."""


FILED: Final = Standing(report=_R.RECEIVED, publication=_P.PRIVATE)
"""Where every report begins."""


def after(standing: Standing, call: Call) -> Standing | None:
    """Return where the call leads, or None when it is not allowed from here."""
    work = None if standing.assignment in _OVER else standing.assignment
    may = (
        REPORT.may(standing.report, call)
        and ASSIGNMENT.may(work, call)
        and PUBLICATION.may(standing.publication, call)
        and RATING.may(standing.rating, call)
    )
    if not may or _is_kept_back(standing, call):
        return None
    report = REPORT.target(standing.report, call)
    led_work = ASSIGNMENT.target(work, call)
    if call in (Call.ANSWER, Call.SILENCE):
        report = standing.asked_from or report
    if call is Call.UNMERGE:
        report, led_work = standing.merged_from or report, standing.merged_work
    is_merged = report is _R.DUPLICATE
    return Standing(
        report=report,
        assignment=led_work,
        publication=PUBLICATION.target(standing.publication, call),
        rating=RATING.target(standing.rating, call),
        asked_from=(standing.asked_from or standing.report) if report is _R.NEEDS_INFO else None,
        merged_from=(standing.merged_from or standing.report) if is_merged else None,
        merged_work=(standing.merged_work or work) if is_merged else None,
    )


def _is_kept_back(standing: Standing, call: Call) -> bool:
    """Tell whether a rule between the machines forbids a call that each of them would allow."""
    if call is Call.PUBLICATION:
        return standing.report not in SHOWN
    if call is Call.SEALING:  # what an agency has read cannot be sealed from it
        return standing.assignment in (*_LIVE, _A.DONE)
    if standing.publication is _P.SEALED:
        return call in _GIVES_WORK or call is Call.MERGE
    return False


def allowed(standing: Standing, who: Who) -> tuple[Call, ...]:
    """Return what somebody in this part may do from here."""
    theirs = {move.call for machine in MACHINES for move in machine.moves if move.who is who}
    return tuple(call for call in Call if call in theirs and after(standing, call) is not None)


def led(source: Standing, target: Standing, call: Call) -> tuple[str | None, str]:
    """Return from where to where a call led, in the machine that it mainly concerns."""
    for machine, began, ended in (
        (REPORT, source.report, target.report),
        (ASSIGNMENT, source.assignment, target.assignment),
        (PUBLICATION, source.publication, target.publication),
    ):
        if machine.concerns(call) and ended is not None:
            return began, ended
    raise ValueError(call)
