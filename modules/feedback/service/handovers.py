"""Work handed to a system of the agency's own: queued with the assignment, sent as an errand, tried
again until somebody has it or a person has to look, and recalled when it is not theirs any more.
"""

import asyncio
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from backend.kernel import Errand, Job, Later, Transaction
from contracts.agency_systems import (
    Acknowledged,
    AgencySystem,
    Declined,
    SystemAnswer,
    Taken,
    Unanswered,
)
from contracts.feedback import HandoverFailed
from modules.feedback.model.handovers import (
    HANDOVER,
    TRIES_MAX,
    Failure,
    Handover,
    HandoverCall,
    HandoverState,
    Said,
    Sending,
    pause,
)
from modules.feedback.model.queues import LIVE
from modules.feedback.model.reports import Report
from modules.feedback.repository import handovers as repository
from modules.feedback.repository import reports
from modules.feedback.service.agency_systems import PATIENCE_SECONDS, system_for, system_named
from modules.feedback.service.orders import recall_of, work_of

_C, _S = HandoverCall, HandoverState
_GONE: Final = frozenset({_S.SENDING, _S.SENT, _S.ACKNOWLEDGED})
"""States in which the system has the work, or may have it."""
_SETTLED: Final = frozenset({_S.ACKNOWLEDGED, _S.DEAD, _S.CANCELLED})


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A hand-over to look after, unless it has had another turn since."""

    handover_id: UUID
    turn: int


async def offer(tx: Transaction, report: Report, assignment_id: UUID, agency_id: UUID) -> None:
    """Queue the work for the agency's system, if it has one."""
    system = system_for(tx, agency_id)
    if system is not None:
        queued = repository.Queued(
            assignment_id=assignment_id, agency_id=agency_id, system=system.name
        )
        await _queue(tx, report, queued)


async def drop(tx: Transaction, assignment_id: UUID) -> Handover | None:
    """Let the work of an assignment not go out any more; return it when it may be gone already."""
    found = await repository.of_assignment(tx, assignment_id)
    if found is None or found.state in _GONE:
        return found
    await _move(tx, found, _C.CANCELLATION)
    return None


async def call_off(tx: Transaction, report: Report, assignment_id: UUID) -> None:
    """Let the work not go out, or recall it from where it has gone."""
    gone = await drop(tx, assignment_id)
    if gone is not None:
        queued = repository.Queued(
            assignment_id=assignment_id,
            agency_id=gone.agency_id,
            system=gone.system,
            recalls=gone.id,
        )
        await _queue(tx, report, queued)


async def pass_on(tx: Transaction, report: Report, assignment_id: UUID, agency_id: UUID) -> None:
    """Let the work be where its agency looks: that may be another one by now, with its own system.

    What another system has is recalled; what is there already stays, and again changes nothing.
    """
    system = system_for(tx, agency_id)
    found = await repository.of_assignment(tx, assignment_id)
    had = None if found is None else found.system
    if had == (None if system is None else system.name):
        return
    if had is not None:
        await call_off(tx, report, assignment_id)
    if system is not None:
        await offer(tx, report, assignment_id, agency_id)


async def speak(tx: Transaction, assignment_id: UUID) -> None:
    """Note that the agency's system spoke of the work: so it has it, whatever it answered."""
    found = await repository.of_assignment(tx, assignment_id)
    if found is not None and found.state is not _S.ACKNOWLEDGED:
        await _move(tx, found, _C.ACKNOWLEDGEMENT)


async def again(tx: Transaction, row: Handover) -> Handover:
    """Send once more, now, what failed or was given up. Raises ValueError for anything else."""
    moved = await _move(tx, row, _C.RETRY, tries=0)
    await _look_after(tx, moved, tx.now)
    return moved


async def _queue(tx: Transaction, report: Report, queued: repository.Queued) -> None:
    waiting = Waiting(handover_id=await repository.add(tx, report, queued), turn=0)
    await tx.enqueue(HAND_OVER, waiting, key=f"{waiting.handover_id}:0")


async def _look_after(tx: Transaction, row: Handover, at: datetime) -> None:
    waiting = Waiting(handover_id=row.id, turn=row.turn)
    await tx.enqueue(HAND_OVER, waiting, at=at, key=f"{row.id}:{row.turn}")


async def _move(tx: Transaction, row: Handover, call: HandoverCall, **changes: Any) -> Handover:
    """Move a hand-over as its machine says, which is a turn unless it is on its way.

    Raises ValueError where the machine does not.
    """
    target = HANDOVER.target(row.state, call)
    if target is None or not HANDOVER.may(row.state, call):
        raise ValueError(f"{call} from {row.state}")
    turn = row.turn + (call not in (_C.SEND, _C.REPEAT))
    cleared = {"next_try_at": None, "failure": None}
    moved = replace(row, state=target, turn=turn, **{**cleared, **changes})
    await repository.move(tx, row.state, moved)
    return moved


async def _prepare(tx: Transaction, waiting: Waiting) -> Sending:
    row = await repository.find(tx, waiting.handover_id)
    if row is None or row.turn != waiting.turn or row.state in _SETTLED:
        return Sending()
    if row.state is _S.SENT:
        return Sending(handover=row, system=system_named(tx, row.system), token=row.token)
    if row.state is _S.FAILED:
        row = await _move(tx, row, _C.REPEAT)
    return await (_recall(tx, row) if row.errand == "recall" else _order(tx, row))


async def _order(tx: Transaction, row: Handover) -> Sending:
    report = await reports.find(tx, row.report_id)
    is_theirs = report is not None and report.assignment_id == row.assignment_id
    if report is None or not is_theirs or report.assignment not in LIVE:
        await _let_go(tx, row)
        return Sending()
    sent = await _move(tx, row, _C.SEND, sends=row.sends + 1)
    order = await work_of(tx, row, report)
    return Sending(handover=sent, system=system_named(tx, row.system), order=order)


async def _recall(tx: Transaction, row: Handover) -> Sending:
    work = None if row.recalls is None else await repository.find(tx, row.recalls)
    if work is not None and work.state in (_S.SENDING, _S.SENT):
        raise Later(pause(0))  # its number is on the way
    if work is None or work.reference is None:
        await _let_go(tx, row)
        return Sending()
    sent = await _move(tx, row, _C.SEND, sends=row.sends + 1)
    recall = recall_of(row, work.reference, tx.now)
    return Sending(handover=sent, system=system_named(tx, row.system), recall=recall)


async def _let_go(tx: Transaction, row: Handover) -> None:
    """Send nothing any more. Of what died while it was sent nobody knows, so the desk looks."""
    if row.state is _S.SENDING:
        await _give_up(tx, row, "unanswered")
    else:
        await _move(tx, row, _C.CANCELLATION)


async def _call(sending: Sending) -> Said:
    if sending.handover is None:
        return Said()
    if sending.system is None:
        return Said(failure="no-system")
    try:
        async with asyncio.timeout(PATIENCE_SECONDS + 2):
            return Said(answer=await _asked(sending, sending.system))
    except (TimeoutError, OSError):
        return Said(answer=Unanswered())


async def _asked(sending: Sending, system: AgencySystem) -> SystemAnswer:
    if sending.order is not None:
        return await system.give(sending.order)
    if sending.recall is not None:
        return await system.recall(sending.recall)
    return await system.reference_of(sending.token or "")


async def _settle(tx: Transaction, sending: Sending, said: Said) -> None:
    seen = sending.handover
    row = None if seen is None else await repository.find(tx, seen.id)
    if row is None or seen is None or row.turn != seen.turn:
        return  # nothing was asked, or the system has spoken of it meanwhile
    match said.answer:
        case Acknowledged(reference=reference):
            if await repository.is_anothers(tx, row.system, reference, row.report_id):
                await _give_up(tx, row, "number-taken")
            else:
                await _move(tx, row, _C.ACKNOWLEDGEMENT, reference=reference)
        case Taken(token=token) if row.state is _S.SENDING:
            moved = await _move(tx, row, _C.RECEIPT, token=token, tries=0)
            await _look_after(tx, moved, tx.now + pause(0))
        case Declined():
            await _give_up(tx, row, "declined")
        case _:
            await _fail(tx, row, said.failure or "unanswered")


async def _fail(tx: Transaction, row: Handover, failure: Failure) -> None:
    """Try again, later each time, until a person has to look."""
    tries = row.tries + 1
    if tries >= TRIES_MAX or failure == "no-system":
        await _give_up(tx, row, failure)
        return
    at = tx.now + pause(tries)
    if row.state is _S.SENT:  # it was taken, and its number was asked for in vain
        moved = replace(row, tries=tries, turn=row.turn + 1)
        await repository.move(tx, row.state, moved)
    else:
        moved = await _move(tx, row, _C.FAILURE, tries=tries, next_try_at=at, failure=failure)
    await _look_after(tx, moved, at)


async def _give_up(tx: Transaction, row: Handover, failure: Failure) -> None:
    """Leave it to the desk, which is told."""
    await _move(tx, row, _C.SURRENDER, failure=failure)
    await tx.publish(
        HandoverFailed(
            report_id=row.report_id,
            handover_id=row.id,
            agency_id=row.agency_id,
            turn=row.turn,
        )
    )


HAND_OVER: Final = Job(
    name="feedback.hand-over",
    run=Errand(prepare=_prepare, call=_call, settle=_settle, seconds_max=PATIENCE_SECONDS + 10),
    payload=Waiting,
)
"""Say to a system of an agency what is to be said to it next."""
