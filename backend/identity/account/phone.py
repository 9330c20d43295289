"""`/v1/account/phone`: changing one's number, which takes a code and then a day."""

import hmac
import secrets
from datetime import datetime, timedelta
from typing import Annotated, Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import msgspec
from litestar import Request, delete, get, post
from litestar.params import JSONBody
from msgspec import Meta

from backend.identity.account import repository
from backend.identity.entry import AS_SIGN_IN
from backend.identity.errors import CodeWrong, NotMobile
from backend.identity.handlers import authority_of
from backend.identity.login import limits, numbers
from backend.identity.login import repository as login
from backend.identity.login.method import Withdrawn
from backend.identity.login.sms import SEND, Envelope, sealed_letter
from backend.identity.people import turning
from backend.identity.people.keys import open_field, seal_field
from backend.identity.people.register import PHONE
from backend.identity.scopes import PHONE as MAY_CHANGE
from backend.identity.scopes import READ, WRITE
from backend.kernel import (
    VIETNAM,
    Injected,
    NotFound,
    Origin,
    Snapshot,
    StepUpNeeded,
    TooManyRequests,
    Transaction,
    Tries,
    Unauthenticated,
    at_most,
    refuses,
    requires,
    t,
)
from backend.kms import Kms, kms_of
from contracts.identity import PersonMerged, PhoneChanged, PhoneChanging

LIFE: Final = timedelta(minutes=5)
HOLD: Final = timedelta(hours=24)
GUESSES: Final = at_most(5, per=timedelta(hours=1))
_DIGITS: Final = 6
_SEALED: Final = "interaction"
_OTP: Final = "otp"


class NewNumber(msgspec.Struct, frozen=True, kw_only=True):
    """The number to change to."""

    phone: Annotated[str, Meta(min_length=9, max_length=24, examples=["0912 345 678"])]


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """What was sent there."""

    code: Annotated[str, Meta(pattern="^[0-9]{6}$", examples=["123456"])]


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """A code was sent; the same answer for every number."""

    code_good_until: datetime


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """The number is proved, and is the account's after a day."""

    ready_at: datetime


class Phone(msgspec.Struct, frozen=True, kw_only=True):
    """A number of the account; most of it is hidden."""

    masked: str
    ready_at: datetime | None
    """When it will be the account's; None when it is."""


class Phones(msgspec.Struct, frozen=True, kw_only=True):
    """The number of the account, and one that waits."""

    items: tuple[Phone, ...]


@get(
    "/v1/account/phone",
    operation_id="readPhone",
    tags=["identity"],
    guards=[requires(READ)],
    opt={AS_SIGN_IN: True},
)
async def read_phone(snapshot: Injected[Snapshot]) -> Phones:
    """Read the end of your number, and of one that is to take its place."""
    return await phones_of(snapshot)


async def phones_of(snapshot: Snapshot) -> Phones:
    """Return the caller's number, and one that is to take its place."""
    person_id = _person(snapshot)
    return Phones(
        items=tuple(
            Phone(masked=numbers.masked(number), ready_at=until)
            for number, until in await _numbers(snapshot, person_id)
        )
    )


@post(
    "/v1/account/phone",
    operation_id="changePhone",
    tags=["identity"],
    guards=[requires(MAY_CHANGE)],
    status_code=202,
    opt={AS_SIGN_IN: True},
    responses=refuses(NotMobile, TooManyRequests, StepUpNeeded),
)
async def change_phone(
    request: Request[Any, Any, Any],
    data: JSONBody[NewNumber],
    origin: Injected[Origin],
    tx: Injected[Transaction],
) -> Asked:
    """Have a code sent to the number that you want to use from now on."""
    return await ask(tx, authority_of(request).kms, origin, data.phone)


async def ask(tx: Transaction, kms: Kms, origin: Origin, typed: str) -> Asked:
    """Send a code to the number that somebody wants to use.

    Raises `NotMobile`, or `TooManyRequests` as a sign-in would.
    """
    person_id = _person(tx)
    number = numbers.mobile(typed)
    if number is None:
        raise NotMobile
    phone, prefix = numbers.indexed(kms, number), numbers.indexed_range(kms, number)
    asking = limits.Asking(
        device=str(person_id), address=origin.address, is_crowded=origin.is_shared
    )
    try:
        avoid = await limits.spend_a_send(tx, asking, phone, prefix)
    except Withdrawn as withdrawn:
        wait = str(withdrawn.declined.wait_seconds)
        raise TooManyRequests(headers={"Retry-After": wait}) from withdrawn
    change_id, challenge_id = tx.new_id(), tx.new_id()
    code = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"
    mac, until = _mac(kms, change_id, code), tx.now + LIFE
    sealed = kms.wrap(_SEALED, number.encode(), about=str(change_id))
    indexed = phone.value, prefix.value
    await tx.run(login.ADD_CHALLENGE, challenge_id, *indexed, change_id, mac, tx.now, until)
    await tx.run(
        repository.ASK_CHANGE, person_id, change_id, sealed, phone.value, mac, tx.now, until
    )
    text = t("identity.sms.change_phone", code=code, host=urlsplit(tx.base_url).hostname or "")
    await _send(tx, kms, challenge_id, number, text, until, avoid)
    return Asked(code_good_until=until)


@post(
    "/v1/account/phone/code",
    operation_id="provePhone",
    tags=["identity"],
    guards=[requires(MAY_CHANGE)],
    status_code=202,
    opt={AS_SIGN_IN: True},
    responses=refuses(CodeWrong, TooManyRequests, StepUpNeeded),
)
async def prove_phone(
    request: Request[Any, Any, Any],
    data: JSONBody[Code],
    tries: Injected[Tries],
    tx: Injected[Transaction],
) -> Held:
    """Type the code. The number is yours after 24 hours, unless you cancel; you are told there."""
    return await prove(tx, authority_of(request).kms, tries, data.code)


async def prove(tx: Transaction, kms: Kms, tries: Tries, typed: str) -> Held:
    """Let the proved number wait for its day, and tell the old one. Raises `CodeWrong`."""
    await tries.spend(GUESSES)
    person_id = _person(tx)
    change = await tx.maybe(repository.CHANGE, person_id, tx.now)
    if change is None or not _is_right(kms, change, typed):
        raise CodeWrong
    number = kms.unwrap(_SEALED, change.phone_enc, about=str(change.id)).decode()
    ready_at = tx.now + HOLD
    await tx.run(login.CONSUME_OF, change.id, tx.now)
    await tx.run(repository.FORGET_CHANGE, person_id)
    await tx.run(repository.END_HELD, person_id, tx.now, "replaced")
    key = await numbers.key_of(tx, kms, person_id)
    value = seal_field(key, person_id, PHONE, number)
    index = numbers.indexed(kms, number).value
    await tx.run(repository.HOLD, tx.new_id(), person_id, value, index, tx.now, ready_at)
    await tx.publish(PhoneChanging(person_id=person_id, ready_at=ready_at))
    day = ready_at.astimezone(VIETNAM)
    text = t("identity.sms.phone_changing", day=f"{day:%d/%m}", hour=f"{day:%H:%M}")
    for old, until in await _numbers(tx, person_id):
        if until is None:
            await _send(tx, kms, tx.new_id(), old, text, ready_at)
    return Held(ready_at=ready_at)


@delete(
    "/v1/account/phone",
    operation_id="cancelPhoneChange",
    tags=["identity"],
    guards=[requires(WRITE)],
    opt={AS_SIGN_IN: True},
    responses=refuses(NotFound),
)
async def cancel_change(tx: Injected[Transaction]) -> None:
    """Keep your number: whatever waits to take its place is forgotten."""
    await keep_number(tx)


async def keep_number(tx: Transaction) -> None:
    """Forget whatever waits to take the place of the caller's number. Raises `NotFound`."""
    person_id = _person(tx)
    asked = await tx.run(repository.FORGET_CHANGE, person_id)
    held = await tx.run(repository.END_HELD, person_id, tx.now, "cancelled")
    if not asked + held:
        raise NotFound


async def settle(tx: Transaction) -> None:
    """Give people the numbers whose day is over, once equal numbers have equal digests."""
    if not await turning.rests(tx, numbers.COLUMN):
        return
    for settled in await tx.all(repository.SETTLE, tx.now):
        await tx.publish(PhoneChanged(person_id=settled.person_id))
        if settled.merged_id is not None:
            await tx.publish(PersonMerged(old_id=settled.merged_id, new_id=settled.person_id))


async def _numbers(snapshot: Snapshot, person_id: UUID) -> list[tuple[str, datetime | None]]:
    kept = await snapshot.all(repository.NUMBERS, person_id)
    if not kept:
        return []
    key = await numbers.kept_key(snapshot, kms_of(snapshot), person_id)
    return [(open_field(key, person_id, PHONE, each.value_enc), each.hold_until) for each in kept]


async def _send(
    tx: Transaction,
    kms: Kms,
    challenge_id: UUID,
    number: str,
    text: str,
    until: datetime,
    avoid: tuple[str, ...] = (),
) -> None:
    sealed = sealed_letter(kms, challenge_id, to=number, text=text)
    envelope = Envelope(challenge_id=challenge_id, sealed=sealed, expires_at=until, avoid=avoid)
    await tx.enqueue(SEND, envelope)


def _mac(kms: Kms, change_id: UUID, code: str) -> bytes:
    return kms.mac(_OTP, change_id.bytes + code.encode())


def _is_right(kms: Kms, change: repository.Change, code: str) -> bool:
    """Compare with what we would have sent; the secret may have been rotated since."""
    macs = kms.macs(_OTP, change.id.bytes + code.encode())
    return any(hmac.compare_digest(mac, change.mac) for mac in macs)


def _person(snapshot: Snapshot) -> UUID:
    if snapshot.principal.person_id is None:
        raise Unauthenticated
    return snapshot.principal.person_id


PHONES: Final[tuple[Any, ...]] = (read_phone, change_phone, prove_phone, cancel_change)
