"""How many codes may be sent: by number, device, address, range of numbers, and in all.

Somebody who sends codes to strangers costs the province money and the strangers their sleep, so
all of this holds before a number is looked up, and alike for numbers that are known and unknown.
"""

import logging
from collections.abc import Iterator
from datetime import timedelta
from math import ceil
from typing import Final

import msgspec

from backend.identity.login import numbers, repository, work
from backend.identity.login.method import Declined, Withdrawn
from backend.identity.settings import Settings
from backend.kernel import Transaction
from backend.kernel.rate import Allowance, spend
from backend.kms import Digests

_LOG: Final = logging.getLogger("tinhs.identity")
_MINUTE: Final = timedelta(minutes=1)
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)

_FIRST_PAUSE: Final = timedelta(minutes=1)
_LONGEST_PAUSE: Final = timedelta(minutes=32)
YIELD_OVER: Final = timedelta(minutes=15)
YIELD_FROM: Final = 20
YIELD_MIN: Final = 0.3


class Asking(msgspec.Struct, frozen=True, kw_only=True):
    """Who causes a message."""

    device: str | None
    """The key of the device, or the account: whatever it is known by."""
    address: str
    is_crowded: bool
    """Whether thousands may share the address."""


async def spend_a_send(
    tx: Transaction, asking: Asking, phone: Digests, prefix: Digests
) -> tuple[str, ...]:
    """Use up one message of every budget it counts in. Raises `Withdrawn` when one is empty.

    Returns the providers that are not to carry it: hardly a code of theirs comes back from there.

    The order is the same for everybody, so that two who send wait for each other in one direction
    alone; what the whole province shares comes last and is held the shortest.
    """
    await numbers.lock(tx, phone)
    await _keep_pace(tx, phone)
    for allowance, reason in _allowances(tx, asking, phone.value.hex(), prefix.value.hex()):
        wait = await spend(tx, allowance)
        if wait:
            raise Withdrawn(Declined(reason=reason, status=429, wait_seconds=wait))
    return await _drained(tx, prefix)


def _allowances(
    tx: Transaction, asking: Asking, phone: str, prefix: str
) -> Iterator[tuple[Allowance, str]]:
    def limit(kind: str, subject: str, n: int, per: timedelta) -> Allowance:
        return Allowance(name=f"identity: sms {kind}", subject=subject, n=n, per=per)

    settings = tx.ask(Settings)
    yield limit("phone, minute", phone, 1, _MINUTE), "too_soon"
    yield limit("phone, hour", phone, 5, _HOUR), "too_soon"
    yield limit("phone, day", phone, 10, _DAY), "too_soon"
    if asking.device is not None:
        yield limit("device", asking.device, 3, 10 * _MINUTE), "too_soon"
    per_address = 500 if asking.is_crowded else 20
    yield limit("address", asking.address, per_address, _HOUR), "too_many"
    yield limit("prefix", prefix, 50, _HOUR), "too_many"
    for shared in work.budgets(settings):
        yield shared, "no_sms"


async def _keep_pace(tx: Transaction, phone: Digests) -> None:
    """Double the pause before each further code, until one comes back: 1, 2, 4, … 32 minutes."""
    pace = await tx.one(repository.PACE, phone.known, tx.now - _DAY)
    if pace.last_at is None:
        return
    pause = min(_FIRST_PAUSE * 2 ** (min(pace.sends, 10) - 1), _LONGEST_PAUSE)
    left = (pace.last_at + pause - tx.now).total_seconds()
    if left > 0:
        raise Withdrawn(Declined(reason="too_soon", status=429, wait_seconds=ceil(left)))


async def _drained(tx: Transaction, prefix: Digests) -> tuple[str, ...]:
    """Return by whom to send nothing to a range from which hardly any code returns (toll fraud).

    What nobody has carried yet counts for each of them. Raises `Withdrawn` when nobody is left.
    """
    senders = tx.ask(Settings).sms_senders
    found = await tx.all(repository.YIELD, prefix.known, tx.now - YIELD_OVER, senders)
    avoid = tuple(
        each.provider
        for each in found
        if each.sent >= YIELD_FROM and each.verified < YIELD_MIN * each.sent
    )
    if avoid:
        _LOG.error(
            "codes to one range of numbers do not come back; sending there is stopped by %s",
            ", ".join(avoid),
        )
    if avoid and set(avoid) >= set(senders):
        wait = int(YIELD_OVER.total_seconds())
        raise Withdrawn(Declined(reason="too_many", status=429, wait_seconds=wait))
    return avoid
