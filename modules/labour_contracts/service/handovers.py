"""What both have signed goes to its provider within 24 hours, and is asked after until it has both
certification and number. Whoever is away is tried again; of whoever says no, a person is told.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from backend.kernel import Errand, Job, NotFound, Snapshot, Transaction
from contracts.documents import Documents
from contracts.econtract import (
    Certified,
    ContractPackage,
    Declined,
    EContractProvider,
    ProviderAnswer,
    Taken,
    Unanswered,
)
from contracts.notifications import NotificationKind, Notifier, Recipient, ToPerson, ToRole
from contracts.page import Page
from modules.labour_contracts.errors import NotToBeSent
from modules.labour_contracts.model.contract import LabourContract
from modules.labour_contracts.repository import contracts
from modules.labour_contracts.repository import handovers as repository
from modules.labour_contracts.repository.contracts import Row
from modules.labour_contracts.repository.handovers import Alarm, Failure, Handover
from modules.labour_contracts.scopes import WATCH
from modules.labour_contracts.service import certifying
from modules.labour_contracts.service.econtract import PATIENCE_SECONDS, provider
from modules.labour_contracts.settings import Settings

SENT_WITHIN: Final = timedelta(hours=24)
"""Decree 337/2025/NĐ-CP: after the last signature."""

_PAUSE_MAX: Final = timedelta(minutes=30)
_BOTH_ARE_TOLD_FROM: Final = 20
_OPEN: Final = ("queued", "sent", "certified")
_LATE: Final = "labour_contracts.not-certified"

WARNED: Final = "labour_contracts.warned"

KINDS: Final = (
    NotificationKind(name=WARNED, topic="contracts", values=("count",)),
    NotificationKind(name=_LATE, topic="contracts", values=("hours",), is_pressing=True),
)


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A hand-over to look after, unless it has had another turn since."""

    contract_id: UUID
    turn: int


class Sending(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be said to whom: a package to take, or a token to be asked by; or nothing."""

    handover: Handover | None = None
    provider: Any = None
    package: ContractPackage | None = None


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """What a provider answered; None where there was nobody to ask."""

    by: str = ""
    answer: ProviderAnswer | None = None


async def open_for(tx: Transaction, row: Row, rev: int, signed_at: datetime) -> None:
    """Queue what both have signed for its provider."""
    due_at = signed_at + SENT_WITHIN
    opened = await tx.one(repository.OPEN, row.document_id, rev, row.provider, due_at)
    await _look_after(tx, opened, tx.now)


async def note(tx: Transaction, contract_id: UUID, *, is_numbered: bool) -> None:
    """Note that a provider's own event was quicker than its answer to us."""
    row = await tx.maybe(repository.LOCK, contract_id)
    if row is not None and row.state != "numbered":
        await _move(tx, row, state="numbered" if is_numbered else "certified", failure=None)


async def listed(snapshot: Snapshot, cursor: str | None, limit: int) -> Page[Handover]:
    """Return what nobody has certified yet, or cannot number, the most urgent first."""
    return await snapshot.page(repository.LIST, cursor, limit)


async def late_count(snapshot: Snapshot) -> int:
    """Return how many have not been certified in time."""
    return (await snapshot.one(repository.LATE_COUNT, snapshot.now)).number


async def again(tx: Transaction, contract_id: UUID) -> Handover:
    """Try once more, now. Raises `NotFound`, `NotToBeSent`."""
    row = await tx.maybe(repository.LOCK, contract_id)
    if row is None:
        raise NotFound
    if row.state == "numbered" or (row.state == "certified" and row.failure is None):
        raise NotToBeSent
    state = "queued" if row.state == "refused" else row.state
    changed = await _move(tx, row, state=state, failure=None, turn=row.turn + 1, tries=0)
    await _look_after(tx, changed, tx.now)
    return changed


async def raise_alarms(tx: Transaction) -> None:
    """Tell the operator after 12, 20 and 24 hours, and both sides from 20 on."""
    notifier = tx.ask_maybe(Notifier)
    for alarm in await tx.all(repository.RAISE, tx.now):
        if notifier is not None:
            standing = await tx.ask(Documents).standing(alarm.contract_id)
            about = "" if standing is None else standing.code
            once = f"{alarm.contract_id} {alarm.hours}"
            for to in _told(alarm, tx.ask(Settings).province):
                await notifier.tell(to, _LATE, {"hours": str(alarm.hours)}, about=about, once=once)


def _told(alarm: Alarm, province: str) -> Sequence[Recipient]:
    operator = [ToRole(role=role, area_code=province) for role in sorted(WATCH.roles)]
    if alarm.hours < _BOTH_ARE_TOLD_FROM:
        return operator
    both = dict.fromkeys((alarm.employer_id, alarm.employee_id))
    return [*operator, *(ToPerson(person_id=each) for each in both)]


async def _look_after(tx: Transaction, row: Handover, at: datetime) -> None:
    waiting = Waiting(contract_id=row.contract_id, turn=row.turn)
    await tx.enqueue(HAND_OVER, waiting, at=at, key=f"{row.contract_id}:{row.turn}")


async def _move(tx: Transaction, row: Handover, **changes: Any) -> Handover:
    moved = replace(row, **{"next_try_at": None, **changes})
    told = (moved.state, moved.failure, moved.token, moved.turn, moved.tries, moved.next_try_at)
    await tx.run(repository.MOVE, row.contract_id, *told)
    return moved


async def _prepare(tx: Transaction, waiting: Waiting) -> Sending:
    row = await tx.maybe(repository.LOCK, waiting.contract_id)
    if row is None or row.turn != waiting.turn or row.state not in _OPEN:
        return Sending()
    found = provider(tx, row.provider)
    if found is None or row.token is not None:
        return Sending(handover=row, provider=found)
    packed = await tx.ask(Documents).packed(row.contract_id)
    contract = await tx.one(contracts.READ, row.contract_id)
    numbers = await tx.all(contracts.NUMBER_OF, [contract.of_contract or contract.document_id])
    package = ContractPackage(
        # The same at every try, whoever was killed between: a provider knows it again.
        ref=f"{row.contract_id}.{row.rev}",
        code=packed.code,
        platform_number=numbers[0].number if numbers else None,
        package=packed.package,
    )
    return Sending(handover=row, provider=found, package=package)


async def _call(sending: Sending) -> Said:
    row, asked = sending.handover, sending.provider
    if row is None or asked is None:
        return Said()
    try:
        async with asyncio.timeout(PATIENCE_SECONDS + 2):
            return Said(by=asked.name, answer=await _asked(asked, sending, row.token or ""))
    except (TimeoutError, OSError):
        return Said(by=asked.name, answer=Unanswered())


async def _asked(asked: EContractProvider, sending: Sending, token: str) -> ProviderAnswer:
    if sending.package is not None:
        return await asked.submit(sending.package)
    return await asked.poll(token)


async def _settle(tx: Transaction, sending: Sending, said: Said) -> None:
    seen = sending.handover
    row = None if seen is None else await tx.maybe(repository.LOCK, seen.contract_id)
    if row is None or seen is None or row.turn != seen.turn or row.state not in _OPEN:
        return
    match said.answer:
        case Certified() as answer:
            await _keep(tx, replace(row, provider=said.by), answer)
        case Taken(token=token):
            state = "sent" if row.state == "queued" else row.state
            await _ask_again(tx, row, state=state, token=token, failure=None)
        case Declined():
            await _move(tx, row, state="refused", failure="declined")
        case Unanswered():
            await _ask_again(tx, row, failure="unanswered")
        case None:
            await _move(tx, row, state="refused", failure="no-provider")


async def _keep(tx: Transaction, row: Handover, answer: Certified) -> None:
    by = row.provider or ""
    contract = await tx.one(contracts.LOCK, row.contract_id)
    if await certifying.certify(tx, contract, by, answer.certificate) is not None:
        # Somebody else's certification is there already: theirs stays, and nothing more is asked.
        await _move(tx, row, state="certified", failure=None)
        return
    if contract.kind != LabourContract.name:
        await _move(tx, row, state="certified", token=answer.token, failure=None)
        return
    if answer.platform_number is None:
        await _ask_again(tx, row, state="certified", token=answer.token, failure=None)
        return
    certified = replace(contract, certified_by=by)
    why = await certifying.number(tx, certified, by, answer.platform_number)
    state = "numbered" if why is None else "certified"
    await _move(tx, row, state=state, token=answer.token, failure=why)


async def _ask_again(tx: Transaction, row: Handover, *, failure: Failure | None, **to: Any) -> None:
    """Ask once more, later each time: nothing is given up while the provider only is away."""
    at = tx.now + min(timedelta(minutes=2 ** min(row.tries, 5)), _PAUSE_MAX)
    to |= {"failure": failure, "turn": row.turn + 1, "tries": row.tries + 1, "next_try_at": at}
    await _look_after(tx, await _move(tx, row, **to), at)


HAND_OVER: Final = Job(
    name="labour_contracts.hand-over",
    run=Errand(prepare=_prepare, call=_call, settle=_settle, seconds_max=PATIENCE_SECONDS + 10),
    payload=Waiting,
)
"""Says to a provider what is to be said to it next."""

ALARM: Final = Job(name="labour_contracts.alarm", run=raise_alarms, every=timedelta(minutes=5))
"""Tells of contracts that wait too long for their certification."""


class Kinds:
    """Provides `contracts.notifications.NotificationKinds`."""

    def __init__(self, _: object) -> None:
        pass

    def kinds(self) -> Sequence[NotificationKind]:
        return KINDS
