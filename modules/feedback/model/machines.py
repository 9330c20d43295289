"""What may become of a report: three machines, never mixed, each a table of its moves.

A call is allowed when every machine that it concerns has a move for it. What is not in these
tables does not happen: the service asks `after` and does nothing else.
"""

from enum import StrEnum
from typing import Final, Generic, TypeVar

import msgspec


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
    RESOLVED = "resolved"
    """Đã xử lý."""
    DECLINED = "declined"
    """Từ chối."""
    WITHDRAWN = "withdrawn"
    """Đã rút."""


class AssignmentState(StrEnum):
    """Where the work of an agency on a report stands."""

    OFFERED = "offered"
    ACCEPTED = "accepted"
    WORKING = "working"
    DONE = "done"
    APPROVED = "approved"
    CANCELLED = "cancelled"


class PublicationState(StrEnum):
    """Whether everybody may see a report."""

    PRIVATE = "private"
    PUBLIC = "public"
    HIDDEN = "hidden"


class Call(StrEnum):
    """What somebody does to a report; also the kind of the event that its history keeps."""

    FILING = "filing"
    CLAIM = "claim"
    ASSIGNMENT = "assignment"
    ACCEPTANCE = "acceptance"
    PLAN = "plan"
    RESULT = "result"
    APPROVAL = "approval"
    REFUSAL = "refusal"
    DECLINATION = "declination"
    WITHDRAWAL = "withdrawal"
    PUBLICATION = "publication"
    HIDING = "hiding"
    QUESTION = "question"
    ANSWER = "answer"
    SILENCE = "silence"
    CLASS = "class"
    EXTENSION = "extension"
    EXTENSION_DECISION = "extension_decision"


class Who(StrEnum):
    """In which part somebody calls."""

    REPORTER = "reporter"
    MODERATOR = "moderator"
    AGENCY = "agency"
    HOUSE = "house"
    """Nobody: time has passed."""


State = TypeVar("State", bound=StrEnum)


class Move(msgspec.Struct, Generic[State], frozen=True, kw_only=True):
    """One line of a machine: from where to where, by which call, of whom."""

    source: State | None
    """None: before it begins."""
    target: State
    call: Call
    who: Who


class Machine(Generic[State]):
    """All the moves there are. No two of them leave the same state by the same call."""

    def __init__(
        self,
        *lines: tuple[State | None, State, Call, Who],
        follows: frozenset[Call] = frozenset(),
    ) -> None:
        self.moves = tuple(
            Move(source=source, target=target, call=call, who=who)
            for source, target, call, who in lines
        )
        self.follows = follows
        """Calls that move this machine where it can be moved, and need not."""
        self._targets = {(move.source, move.call): move.target for move in self.moves}
        self._calls = {move.call for move in self.moves}

    def concerns(self, call: Call) -> bool:
        """Tell whether the call cannot be without a move of this machine."""
        return call in self._calls - self.follows

    def may(self, source: State | None, call: Call) -> bool:
        """Tell whether this machine lets the call through from here."""
        return not self.concerns(call) or (source, call) in self._targets

    def target(self, source: State | None, call: Call) -> State | None:
        """Return where the call leads; where it stands when the call does not move it."""
        return self._targets.get((source, call), source)


_R, _A, _P = ReportState, AssignmentState, PublicationState

REPORT: Final[Machine[ReportState]] = Machine(
    (None, _R.RECEIVED, Call.FILING, Who.REPORTER),
    (_R.RECEIVED, _R.IN_REVIEW, Call.CLAIM, Who.MODERATOR),
    (_R.RECEIVED, _R.WITH_AGENCY, Call.ASSIGNMENT, Who.MODERATOR),
    (_R.IN_REVIEW, _R.WITH_AGENCY, Call.ASSIGNMENT, Who.MODERATOR),
    (_R.WITH_AGENCY, _R.AWAITING_APPROVAL, Call.RESULT, Who.AGENCY),
    (_R.AWAITING_APPROVAL, _R.WITH_AGENCY, Call.REFUSAL, Who.MODERATOR),
    (_R.AWAITING_APPROVAL, _R.RESOLVED, Call.APPROVAL, Who.MODERATOR),
    (_R.RECEIVED, _R.DECLINED, Call.DECLINATION, Who.MODERATOR),
    (_R.IN_REVIEW, _R.DECLINED, Call.DECLINATION, Who.MODERATOR),
    (_R.RECEIVED, _R.NEEDS_INFO, Call.QUESTION, Who.MODERATOR),
    (_R.IN_REVIEW, _R.NEEDS_INFO, Call.QUESTION, Who.MODERATOR),
    (_R.WITH_AGENCY, _R.NEEDS_INFO, Call.QUESTION, Who.MODERATOR),
    # Or wherever the question was asked: `after` knows.
    (_R.NEEDS_INFO, _R.IN_REVIEW, Call.ANSWER, Who.REPORTER),
    (_R.NEEDS_INFO, _R.IN_REVIEW, Call.SILENCE, Who.HOUSE),
    (_R.NEEDS_INFO, _R.WITHDRAWN, Call.WITHDRAWAL, Who.REPORTER),
    (_R.RECEIVED, _R.RECEIVED, Call.CLASS, Who.MODERATOR),
    (_R.IN_REVIEW, _R.IN_REVIEW, Call.CLASS, Who.MODERATOR),
    (_R.WITH_AGENCY, _R.WITH_AGENCY, Call.CLASS, Who.MODERATOR),
    (_R.RECEIVED, _R.WITHDRAWN, Call.WITHDRAWAL, Who.REPORTER),
    (_R.IN_REVIEW, _R.WITHDRAWN, Call.WITHDRAWAL, Who.REPORTER),
    (_R.WITH_AGENCY, _R.WITHDRAWN, Call.WITHDRAWAL, Who.REPORTER),
)

ASSIGNMENT: Final[Machine[AssignmentState]] = Machine(
    (None, _A.OFFERED, Call.ASSIGNMENT, Who.MODERATOR),
    (_A.OFFERED, _A.ACCEPTED, Call.ACCEPTANCE, Who.AGENCY),
    (_A.ACCEPTED, _A.WORKING, Call.PLAN, Who.AGENCY),
    (_A.WORKING, _A.WORKING, Call.PLAN, Who.AGENCY),
    (_A.ACCEPTED, _A.ACCEPTED, Call.EXTENSION, Who.AGENCY),
    (_A.WORKING, _A.WORKING, Call.EXTENSION, Who.AGENCY),
    (_A.ACCEPTED, _A.ACCEPTED, Call.EXTENSION_DECISION, Who.MODERATOR),
    (_A.WORKING, _A.WORKING, Call.EXTENSION_DECISION, Who.MODERATOR),
    (_A.ACCEPTED, _A.DONE, Call.RESULT, Who.AGENCY),
    (_A.WORKING, _A.DONE, Call.RESULT, Who.AGENCY),
    (_A.DONE, _A.WORKING, Call.REFUSAL, Who.MODERATOR),
    (_A.DONE, _A.APPROVED, Call.APPROVAL, Who.MODERATOR),
    (_A.OFFERED, _A.CANCELLED, Call.WITHDRAWAL, Who.REPORTER),
    (_A.ACCEPTED, _A.CANCELLED, Call.WITHDRAWAL, Who.REPORTER),
    (_A.WORKING, _A.CANCELLED, Call.WITHDRAWAL, Who.REPORTER),
    follows=frozenset({Call.WITHDRAWAL}),
)

PUBLICATION: Final[Machine[PublicationState]] = Machine(
    (None, _P.PRIVATE, Call.FILING, Who.REPORTER),
    (_P.PRIVATE, _P.PUBLIC, Call.PUBLICATION, Who.MODERATOR),
    (_P.HIDDEN, _P.PUBLIC, Call.PUBLICATION, Who.MODERATOR),
    (_P.PRIVATE, _P.HIDDEN, Call.HIDING, Who.MODERATOR),
    (_P.PUBLIC, _P.HIDDEN, Call.HIDING, Who.MODERATOR),
    (_P.PUBLIC, _P.HIDDEN, Call.WITHDRAWAL, Who.REPORTER),
    follows=frozenset({Call.WITHDRAWAL}),
)

SHOWN: Final = frozenset(
    {_R.IN_REVIEW, _R.WITH_AGENCY, _R.AWAITING_APPROVAL, _R.RESOLVED, _R.DECLINED}
)
"""States in which a report may be public: somebody of the desk has looked at it."""


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where the three machines of one report stand together."""

    report: ReportState | None = None
    assignment: AssignmentState | None = None
    publication: PublicationState | None = None
    asked_from: ReportState | None = None
    """Where the report stood when its reporter was asked something that is not answered yet."""


FILED: Final = Standing(report=_R.RECEIVED, publication=_P.PRIVATE)
"""Where every report begins."""


def after(standing: Standing, call: Call) -> Standing | None:
    """Return where the call leads, or None when it is not allowed from here."""
    may = (
        REPORT.may(standing.report, call)
        and ASSIGNMENT.may(standing.assignment, call)
        and PUBLICATION.may(standing.publication, call)
    )
    if not may or (call is Call.PUBLICATION and standing.report not in SHOWN):
        return None
    report = REPORT.target(standing.report, call)
    if call in (Call.ANSWER, Call.SILENCE):
        report = standing.asked_from or report
    waits = report is ReportState.NEEDS_INFO
    return Standing(
        report=report,
        asked_from=(standing.asked_from or standing.report) if waits else None,
        assignment=ASSIGNMENT.target(standing.assignment, call),
        publication=PUBLICATION.target(standing.publication, call),
    )


def allowed(standing: Standing, who: Who) -> tuple[Call, ...]:
    """Return what somebody in this part may do from here."""
    theirs = {
        move.call
        for machine in (REPORT, ASSIGNMENT, PUBLICATION)
        for move in machine.moves
        if move.who is who
    }
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
