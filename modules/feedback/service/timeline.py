"""What happened to a report, as each part reads it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from backend.kernel import t
from modules.feedback.model.machines import Call, Who
from modules.feedback.model.masks import redacted
from modules.feedback.model.moderation import Decided
from modules.feedback.model.reports import Said
from modules.feedback.model.views import DeskStep, Step

UNDECIDED: Final = Decided()

_TOLD: Final[dict[Who, frozenset[Call]]] = {
    Who.REPORTER: frozenset(
        {
            Call.DECLINATION,
            Call.CLASS,
            Call.EXTENSION_DECISION,
            Call.QUESTION,
            Call.ANSWER,
            Call.TRANSFER,
            Call.RATING,
            Call.REOPENING,
            Call.REOPENING_GRANTED,
            Call.REOPENING_REFUSED,
            Call.MERGE,
        }
    ),
    Who.AGENCY: frozenset(
        {
            Call.RESULT,
            Call.REFUSAL,
            Call.CLASS,
            Call.EXTENSION,
            Call.EXTENSION_DECISION,
            Call.QUESTION,
            Call.ANSWER,
            Call.RETURN,
            Call.RECALL,
            Call.HANDLER,
            Call.INQUIRY,
            Call.TRANSFER,
            Call.CONTRIBUTION,
            Call.RATING,
            Call.REOPENING,
            Call.REOPENING_GRANTED,
            Call.REOPENING_REFUSED,
        }
    ),
    Who.MODERATOR: frozenset(Call) - {Call.FILING},
    Who.COORDINATOR: frozenset(),
    Who.HOUSE: frozenset(),
}
"""Whose words each part reads in the timeline. What happened they all see."""

_OF_THE_DESK: Final = frozenset({Call.RELEASE, Call.IDLE, Call.MASKING, Call.SEALING, Call.CONCERN})

_UNSEEN: Final[dict[Who, frozenset[Call]]] = {
    Who.REPORTER: _OF_THE_DESK
    | {
        Call.REFUSAL,
        Call.EXTENSION,
        Call.HANDLER,
        Call.INQUIRY,
        Call.CONTRIBUTION,
        Call.WAIVER,
    },
    Who.AGENCY: _OF_THE_DESK | {Call.HIDING, Call.PUBLICATION},
    Who.MODERATOR: frozenset(),
    Who.COORDINATOR: frozenset(),
    Who.HOUSE: frozenset(),
}
"""What stays between others: the desk and the agency, or the desk and the public."""


def timeline(said: Iterable[Said], who: Who, decided: Decided = UNDECIDED) -> Sequence[Step]:
    """Return what happened, with the words that this part may read."""
    return [
        Step(
            at=event.at,
            kind=Call(event.kind),
            label=t(f"feedback.calls.{event.kind}"),
            state=event.target,
            codes=event.codes,
            text=_told(event, who, decided),
        )
        for event in said
        if event.kind not in _UNSEEN[who]
    ]


def at_desk(said: Iterable[Said], names: Mapping[UUID, str]) -> Sequence[DeskStep]:
    """Return what happened as the desk reads it: with whoever did it."""
    return [
        DeskStep(
            at=event.at,
            kind=Call(event.kind),
            label=t(f"feedback.calls.{event.kind}"),
            state=event.target,
            codes=event.codes,
            text=_told(event, Who.MODERATOR, UNDECIDED),
            version=event.seq,
            by=None if event.staff_id is None else names.get(event.staff_id),
        )
        for event in said
    ]


def _told(event: Said, who: Who, decided: Decided) -> str | None:
    if event.text is None or event.kind not in _TOLD[who]:
        return None
    # A reporter may answer with a name and a number; agencies get neither.
    return redacted(event.text, decided.of(event.seq)[0]) if who is Who.AGENCY else event.text
