"""Work on its way to a system of the agency's own, and the machine that it moves by."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Literal
from uuid import UUID

import msgspec

from backend.kernel import t
from contracts.agency_systems import AgencySystem, Recall, SystemAnswer, WorkOrder
from modules.feedback.model.machine import Machine
from modules.feedback.model.views import AgencyCard


class HandoverState(StrEnum):
    """Where a hand-over stands."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    """Taken; its number is to follow."""
    ACKNOWLEDGED = "acknowledged"
    FAILED = "failed"
    """Nobody answered; it is tried again at `next_try_at`."""
    DEAD = "dead"
    """A person has to look: the system will not, or has not for a day."""
    CANCELLED = "cancelled"
    """It was not the agency's any more before it had gone."""


class HandoverCall(StrEnum):
    """What moves a hand-over."""

    OFFER = "offer"
    SEND = "send"
    RECEIPT = "receipt"
    ACKNOWLEDGEMENT = "acknowledgement"
    FAILURE = "failure"
    REPEAT = "repeat"
    SURRENDER = "surrender"
    RETRY = "retry"
    CANCELLATION = "cancellation"


class HandoverPart(StrEnum):
    """Who moves it."""

    HOUSE = "house"
    SYSTEM = "system"
    MODERATOR = "moderator"


_S, _C, _P = HandoverState, HandoverCall, HandoverPart
_NOT_THERE: Final = (_S.QUEUED, _S.FAILED, _S.DEAD)

HANDOVER: Final[Machine[HandoverState, HandoverCall, HandoverPart]] = Machine(
    ((None,), _S.QUEUED, _C.OFFER, _P.HOUSE),
    # From sending too: whoever was sending has died, and the same order goes once more.
    ((_S.QUEUED, _S.SENDING), _S.SENDING, _C.SEND, _P.HOUSE),
    ((_S.SENDING,), _S.SENT, _C.RECEIPT, _P.SYSTEM),
    # A system may speak of what it seemed not to have: the answer was lost, not the order.
    ((*_NOT_THERE, _S.SENDING, _S.SENT), _S.ACKNOWLEDGED, _C.ACKNOWLEDGEMENT, _P.SYSTEM),
    ((_S.SENDING,), _S.FAILED, _C.FAILURE, _P.HOUSE),
    ((_S.FAILED,), _S.QUEUED, _C.REPEAT, _P.HOUSE),
    ((_S.SENDING, _S.SENT), _S.DEAD, _C.SURRENDER, _P.HOUSE),
    ((_S.FAILED, _S.DEAD), _S.QUEUED, _C.RETRY, _P.MODERATOR),
    (_NOT_THERE, _S.CANCELLED, _C.CANCELLATION, _P.HOUSE),
)

TRIES_MAX: Final = 10
"""So many tries without an answer, over seventeen hours, and a person has to look."""

Errand = Literal["work", "recall"]
Failure = Literal["unanswered", "declined", "number-taken", "no-system"]


def pause(tries: int) -> timedelta:
    """Return how long a system is left alone after so many tries: 2ⁿ minutes."""
    return timedelta(minutes=2**tries)


class Handover(msgspec.Struct, frozen=True, kw_only=True):
    """A hand-over as it is kept. It holds nothing of what the report says."""

    id: UUID
    report_id: UUID
    commune_code: str
    assignment_id: UUID
    agency_id: UUID
    errand: Errand
    recalls: UUID | None
    """The hand-over whose work is recalled."""
    system: str
    state: HandoverState
    made_at: datetime
    state_at: datetime
    turn: int
    """Rises whenever it is to be looked after anew, so that what waits from before is void."""
    sends: int
    """How often it went out in all."""
    tries: int
    """How often in vain since a person last looked."""
    next_try_at: datetime | None
    failure: Failure | None
    token: str | None
    reference: str | None
    code: str
    """Of its report."""
    agency_name: str

    def card(self) -> "HandoverCard":
        """Return the hand-over as the desk reads it."""
        return HandoverCard(
            id=self.id,
            report_id=self.report_id,
            code=self.code,
            agency=AgencyCard(id=self.agency_id, name=self.agency_name),
            system=self.system,
            errand=self.errand,
            state=self.state,
            state_label=t(f"feedback.handovers.{self.state}"),
            state_at=self.state_at,
            made_at=self.made_at,
            sends=self.sends,
            next_try_at=self.next_try_at,
            failure=self.failure,
            reference=self.reference,
        )


class Sending(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be said to which system now; to none when the settings name it no more."""

    handover: Handover | None = None
    """None: nothing is to be said."""
    system: AgencySystem | None = None
    order: WorkOrder | None = None
    recall: Recall | None = None
    token: str | None = None


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What the system said; None when it was not asked."""

    answer: SystemAnswer | None = None
    failure: Failure | None = None


class HandoverCard(msgspec.Struct, frozen=True, kw_only=True):
    """A hand-over as the desk reads it."""

    id: UUID
    report_id: UUID
    code: str
    agency: AgencyCard
    system: str
    """As the settings name it."""
    errand: Errand
    """`work`: it is theirs to do; `recall`: not any more."""
    state: HandoverState
    state_label: str
    state_at: datetime
    made_at: datetime
    sends: int
    next_try_at: datetime | None
    failure: Failure | None
    """Why it is not there: no answer, a refusal, a number that another report has, or no such
    system in the settings any more."""
    reference: str | None
    """The number that it has there."""


class HandoverFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Which hand-overs the desk asks for."""

    states: Sequence[HandoverState]
    report_id: UUID | None = None


UNSETTLED: Final = (
    HandoverState.QUEUED,
    HandoverState.SENDING,
    HandoverState.SENT,
    HandoverState.FAILED,
    HandoverState.DEAD,
)
"""What the desk is shown when it does not say which states it wants."""
