"""Signing in with a passkey: the page asks, the authenticator answers, one form brings it back."""

from datetime import timedelta
from typing import Final

import msgspec

from backend.identity.login.method import (
    Asked,
    Declined,
    Form,
    Interaction,
    Proved,
    Visitor,
    Withdrawn,
)
from backend.identity.passkeys.ceremonies import (
    Expired,
    Refused,
    Suspect,
    Used,
    can_have_passkeys,
    judge_used,
    to_use,
)
from backend.kernel import Transaction
from backend.kernel.rate import Allowance, spend

TRIES_MAX: Final = 10
_LIFE: Final = timedelta(minutes=10)


class PasskeyLogin:
    """A key that is on the person's devices, and a finger, a face or a code that opens it.

    `ial` is what the session had proved in which the passkey was made.
    """

    name = "passkey"

    def offered_to(self, tx: Transaction, ix: Interaction) -> bool:  # noqa: ARG002 - to everybody
        return can_have_passkeys(tx.base_url)

    async def start(self, tx: Transaction, visitor: Visitor, form: Form) -> Asked:  # noqa: ARG002
        """Ask nothing more: the page itself carries the challenge."""
        return Asked()

    async def finish(self, tx: Transaction, visitor: Visitor, form: Form) -> Proved | Declined:
        """Judge the answer. A try is counted whatever comes of it."""
        tries = Allowance(
            name="identity: passkey", subject=str(visitor.ix.id), n=TRIES_MAX, per=_LIFE
        )
        if wait := await spend(tx, tries):
            raise Withdrawn(Declined(reason="passkey_tries", status=429, wait_seconds=wait))
        try:
            used = msgspec.json.decode(form.get("credential", ""), type=Used)
            kept = await judge_used(tx, visitor.kms, used, about=_about(visitor.ix))
        except Expired:
            return Declined(reason="passkey_expired")
        except Suspect:
            return Declined(reason="passkey_suspect")
        except (Refused, msgspec.MsgspecError, RecursionError):
            return Declined(reason="passkey_refused")
        if kept.person_id is None or kept.ial is None:  # an officer's opens the console alone
            return Declined(reason="passkey_refused")
        return Proved(person_id=kept.person_id, ial=kept.ial, acr="aal2", amr=("hwk", "user"))


def asked_of(tx: Transaction, visitor: Visitor) -> str:
    """Return what the page hands to the authenticator, as JSON."""
    if not can_have_passkeys(tx.base_url):
        return ""
    return msgspec.json.encode(to_use(tx, visitor.kms, about=_about(visitor.ix))).decode()


def _about(ix: Interaction) -> str:
    return f"login|{ix.id}"
