"""Signing in with a code that is sent to one's phone."""

import hmac
import secrets
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

from backend.identity import repository as people
from backend.identity.login import limits, numbers, repository, work
from backend.identity.login.method import (
    Asked,
    Declined,
    Form,
    Interaction,
    Proved,
    Visitor,
    Withdrawn,
)
from backend.identity.login.repository import Challenge, Holder
from backend.identity.login.sms import SEND, Envelope, sealed_letter
from backend.identity.settings import Settings
from backend.identity.upstream import linking
from backend.kernel import Transaction, t
from backend.kms import Digests, Kms
from contracts.identity import NumberClaimed

SENDS_MAX: Final = 3
GUESSES_MAX: Final = 5
LIFE: Final = timedelta(minutes=5)
CLAIM_WAITS: Final = timedelta(hours=24)
_DIGITS: Final = 6
_OTP: Final = "otp"


class PhoneCode:
    """Six digits, good for five minutes and five guesses.

    It proves that one holds the number, never whose it is: `ial` is 0 also for an account that
    has proved more.
    """

    name = "phone"

    def offered_to(self, tx: Transaction, ix: Interaction) -> bool:
        wanted = ix.wanted.acr_values
        is_enough = ix.upstream is not None or not wanted or "aal1" in wanted
        return bool(tx.ask(Settings).sms_senders) and is_enough

    async def start(self, tx: Transaction, visitor: Visitor, form: Form) -> Asked | Declined:
        """Have a code sent. It is the same work for a number that we know and for one we do not."""
        number = numbers.mobile(form.get("phone", ""))
        if number is None:
            return Declined(reason="not_mobile")
        ix, kms = visitor.ix, visitor.kms
        if await work.is_wanted(tx) and not work.is_done(visitor, form.get("work", "")):
            return Declined(reason="work", status=403)
        phone, prefix = numbers.indexed(kms, number), numbers.indexed_range(kms, number)
        kept = kms.wrap("interaction", number.encode(), about=str(ix.id))
        if not await tx.run(repository.COUNT_SEND, ix.id, kept, SENDS_MAX):
            return Declined(reason="sends_used", status=429)
        asking = limits.Asking(
            device=ix.dpop_jkt, address=visitor.address, is_crowded=visitor.is_crowded
        )
        avoid = await limits.spend_a_send(tx, asking, phone, prefix)
        challenge_id = tx.new_id()
        code = f"{secrets.randbelow(10**_DIGITS):0{_DIGITS}}"
        await tx.run(
            repository.ADD_CHALLENGE,
            challenge_id,
            phone.value,
            prefix.value,
            ix.id,
            _mac(kms, challenge_id, ix.id, code),
            tx.now,
            tx.now + LIFE,
        )
        host = urlsplit(tx.base_url).hostname or ""
        text = t("identity.sms.sign_in", code=code, host=host)
        sealed = sealed_letter(kms, challenge_id, to=number, text=text)
        envelope = Envelope(
            challenge_id=challenge_id, sealed=sealed, expires_at=tx.now + LIFE, avoid=avoid
        )
        await tx.enqueue(SEND, envelope)
        return Asked()

    async def finish(
        self, tx: Transaction, visitor: Visitor, form: Form
    ) -> Proved | Asked | Declined:
        """Compare a code; or, once it was right, take the answer to what had to be asked."""
        if visitor.ix.holder_id is not None:
            return await self._answered(tx, visitor, visitor.ix.holder_id, form)
        guess = form.get("code", "").replace(" ", "")
        if len(guess) != _DIGITS or not guess.isdecimal():
            return Declined(reason="wrong_code")
        ix = visitor.ix
        challenge = await tx.maybe(repository.COUNT_GUESS, ix.id, tx.now, GUESSES_MAX)
        if challenge is None:
            return await self._nothing_to_compare(tx, ix)
        if not _is_right(visitor.kms, challenge, ix.id, guess):
            return Declined(reason="wrong_code")
        await tx.run(repository.CONSUME, challenge.id, tx.now)
        return await self._signed_in(tx, visitor)

    async def _nothing_to_compare(self, tx: Transaction, ix: Interaction) -> Declined:
        counted = await tx.one(repository.GUESSES, ix.id)
        if counted.guesses >= GUESSES_MAX:
            return Declined(reason="guesses_used", status=429)
        return Declined(reason="code_expired")

    async def _signed_in(self, tx: Transaction, visitor: Visitor) -> Proved | Asked | Declined:
        """Find out whose the number is; who has long been away may have given it back."""
        ix = visitor.ix
        if ix.upstream is not None:
            return await linking.with_number(tx, visitor, number_of(visitor))
        # Two devices that prove one new number at once shall not become two persons.
        await numbers.lock(tx, _index_of(visitor))
        holder = await _holder(tx, visitor)
        if holder is None:
            return _proved(await _newcomer(tx, visitor))
        if not holder.is_living or (
            holder.ial == 0 and tx.now - holder.seen_at > numbers.DORMANT_AFTER
        ):
            await tx.run(repository.LET_SLEEP, holder.person_id)
            return await self._taken_over(tx, visitor, holder, "dormant")
        if holder.ial > 0 and not holder.is_known_device:
            await tx.run(repository.KEEP_HOLDER, ix.id, holder.person_id)
            return Asked()
        await tx.run(repository.PROVE_PHONE, holder.phone_id, tx.now)
        return _proved(holder.person_id)

    async def _answered(
        self, tx: Transaction, visitor: Visitor, holder_id: UUID, form: Form
    ) -> Proved | Asked | Declined:
        """Take the answer to: is this account yours, or is the number new to you?"""
        ix = visitor.ix
        if form.get("number") == "new":
            holder = await _holder(tx, visitor)
            if holder is None or holder.person_id != holder_id:
                raise Withdrawn(Declined(reason="code_expired"))
            return await self._taken_over(tx, visitor, holder, "new_holder")
        if form.get("number") == "mine" and ix.dpop_jkt is not None:
            ready_at = tx.now + CLAIM_WAITS
            if await tx.run(repository.CLAIM_DEVICE, holder_id, ix.dpop_jkt, tx.now, ready_at):
                await tx.publish(NumberClaimed(person_id=holder_id))
            return Declined(reason="claim_waits", status=202)
        return Asked()

    async def _taken_over(
        self, tx: Transaction, visitor: Visitor, holder: Holder, why: str
    ) -> Proved:
        """Let the number go from the person who had it to a new one."""
        await tx.run(repository.END_PHONE, holder.phone_id, tx.now, why)
        return _proved(await _newcomer(tx, visitor))


async def _newcomer(tx: Transaction, visitor: Visitor) -> UUID:
    number = number_of(visitor)
    person_id = tx.new_id()
    await tx.run(people.KEEP_PERSON, person_id, "unverified", 0, tx.now)
    await numbers.keep(tx, visitor.kms, person_id, number)
    return person_id


def _index_of(visitor: Visitor) -> Digests:
    return numbers.indexed(visitor.kms, number_of(visitor))


async def _holder(tx: Transaction, visitor: Visitor) -> Holder | None:
    known = _index_of(visitor).known
    return await tx.maybe(repository.HOLDER, known, visitor.ix.dpop_jkt, tx.now)


def number_of(visitor: Visitor) -> str:
    """Return the number that this visitor has typed."""
    ix = visitor.ix
    if ix.phone_enc is None:
        raise LookupError("no number was kept")
    return visitor.kms.unwrap("interaction", ix.phone_enc, about=str(ix.id)).decode()


def _proved(person_id: UUID) -> Proved:
    return Proved(person_id=person_id, ial=0, acr="aal1", amr=("otp",))


def _mac(kms: Kms, challenge_id: UUID, ix: UUID, code: str) -> bytes:
    return kms.mac(_OTP, challenge_id.bytes + ix.bytes + code.encode())


def _is_right(kms: Kms, challenge: Challenge, ix: UUID, guess: str) -> bool:
    """Compare with what we would have sent; the secret may have been rotated since."""
    message = challenge.id.bytes + ix.bytes + guess.encode()
    macs = [hmac.compare_digest(mac, challenge.mac) for mac in kms.macs(_OTP, message)]
    return any(macs)
