"""How much one may send, and who may not for a while."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

from backend.kernel import NotFound, Origin, Snapshot, TooManyRequests, Transaction
from backend.kernel.rate import Allowance, spend
from contracts.keys import SecretKeys
from contracts.page import Page
from modules.feedback.errors import Blocked, UntilInThePast
from modules.feedback.model.senders import Block, Blocking, BlockKind, Sender
from modules.feedback.repository import blocks as repository
from modules.feedback.repository import tracking
from modules.feedback.settings import Settings

KEY: Final = "feedback-senders"
OPEN311_MINUTELY: Final = 60
"""Reports of one Open311 program in a minute: it speaks for many people."""
_MINUTE: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


def sender(snapshot: Snapshot, origin: Origin, device: str | None) -> Sender:
    """Return who is at the other end of this request."""
    person_id = snapshot.principal.person_id
    address = _mac(snapshot, "address", origin.address.encode()) if origin.address else None
    if person_id is not None:
        return Sender(
            origin="account",
            person_id=person_id,
            account_mac=_mac(snapshot, "account", person_id.bytes),
            address_mac=address,
            is_shared=origin.is_shared,
        )
    return Sender(
        origin="anonymous",
        device=device,
        device_mac=None if device is None else _mac(snapshot, "device", device.encode()),
        address_mac=address,
        is_shared=origin.is_shared,
    )


async def admit(tx: Transaction, sender: Sender) -> None:
    """Let one more report of this sender in. Raises `Blocked` or `TooManyRequests`.

    What is spent is spent with the report: a filing that is refused later costs nothing.
    """
    block = await repository.in_force(tx, sender.macs)
    if block is not None:
        raise Blocked(until=block.until.isoformat(), reason=block.reason)
    for allowance in _allowances(sender, tx.ask(Settings)):
        seconds = await spend(tx, allowance)
        if seconds:
            raise TooManyRequests(headers={"Retry-After": str(seconds)})


async def block(tx: Transaction, blocking: Blocking) -> Sequence[Block]:
    """Let whoever sent a report send no more for a while, by every kind of mark that we have.

    Nobody learns who it is: the marks are digests, and are read for this alone. Raises `NotFound`
    where none of them was kept.
    """
    if blocking.until <= tx.now:
        raise UntilInThePast
    await tracking.show(tx, blocking.report_id)
    marks = await repository.marks(tx, blocking.report_id)
    if marks is None:
        raise NotFound
    account = None if marks.person_id is None else _mac(tx, "account", marks.person_id.bytes)
    known: dict[BlockKind, bytes | None] = {
        "account": account,
        "device": marks.device_mac,
        "address": marks.address_mac,
    }
    made = [
        await repository.add(tx, kind, mac, reason=blocking.reason, until=blocking.until)
        for kind in blocking.kinds
        if (mac := known[kind]) is not None
    ]
    if not made:
        raise NotFound
    return made


async def blocks(snapshot: Snapshot, cursor: str | None, limit: int) -> Page[Block]:
    """Return the blocks that are in force."""
    return await repository.listed(snapshot, cursor, limit)


async def lift(tx: Transaction, block_id: UUID) -> None:
    """End a block before its time. Raises `NotFound`."""
    if not await repository.lift(tx, block_id):
        raise NotFound


def _allowances(sender: Sender, settings: Settings) -> Iterator[Allowance]:
    if sender.client:
        yield _allowed("open311", sender.client, OPEN311_MINUTELY, _MINUTE)
        return
    if sender.account_mac is not None:
        account = sender.account_mac.hex()
        yield _allowed("account-hour", account, settings.account_hourly, _HOUR)
        yield _allowed("account-day", account, settings.account_daily, _DAY)
        return
    # Without a key of the device the household counts as one.
    device = sender.device_mac or (None if sender.is_shared else sender.address_mac)
    if device is not None:
        yield _allowed("device-hour", device.hex(), settings.device_hourly, _HOUR)
        yield _allowed("device-day", device.hex(), settings.device_daily, _DAY)
    if sender.address_mac is not None:
        most = settings.shared_address_hourly if sender.is_shared else settings.address_hourly
        yield _allowed("address-hour", sender.address_mac.hex(), most, _HOUR)


def _allowed(name: str, subject: str, n: int, per: timedelta) -> Allowance:
    return Allowance(name=f"feedback.{name}", subject=subject, n=n, per=per)


def _mac(snapshot: Snapshot, kind: BlockKind, mark: bytes) -> bytes:
    return snapshot.ask(SecretKeys).mac(KEY, kind.encode() + b"\n" + mark)
