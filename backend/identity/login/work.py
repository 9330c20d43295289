"""Work that a browser has to do when messages run short: a person waits a second, a machine pays.

Asked for when most of what the whole province may send is used up. It is a number with which
SHA-256 of the challenge begins with sixteen zero bits, and counts for one message of one sign-in.
"""

from datetime import timedelta
from hashlib import sha256
from typing import Final

from backend.identity.jws import encoded
from backend.identity.login.method import Visitor
from backend.identity.settings import Settings
from backend.kernel import Transaction
from backend.kernel.rate import Allowance, used_share

BITS: Final = 16
_ANSWER_MAX: Final = 20


def budgets(settings: Settings) -> tuple[Allowance, Allowance]:
    """Return what the whole province may send, in an hour and in a day."""
    return (
        _budget("hour", settings.sms_per_hour, timedelta(hours=1)),
        _budget("day", settings.sms_per_day, timedelta(days=1)),
    )


def _budget(name: str, n: int, per: timedelta) -> Allowance:
    return Allowance(name=f"identity: sms province, {name}", subject="", n=n, per=per)


async def is_wanted(tx: Transaction) -> bool:
    """Tell whether messages run short; when there are none left, no work would help."""
    settings = tx.ask(Settings)
    used = await used_share(tx, budgets(settings))
    return settings.sms_work_from_percent <= 100 * used < 100


def challenge(visitor: Visitor) -> str:
    """Return what is to be worked on: another one for each message of each sign-in."""
    return _challenges(visitor)[0]


def _challenges(visitor: Visitor) -> list[str]:
    """Return it under each secret that is good now, the one in use first."""
    about = visitor.ix.id.bytes + visitor.ix.sends.to_bytes(2, "big")
    return [encoded(mac) for mac in visitor.kms.macs("otp-work", about)]


def is_done(visitor: Visitor, answer: str) -> bool:
    """Tell whether the work was done."""
    if not (answer.isascii() and answer.isdigit() and len(answer) <= _ANSWER_MAX):
        return False
    digests = [sha256(f"{each}.{answer}".encode()).digest() for each in _challenges(visitor)]
    return any(int.from_bytes(digest, "big") >> (256 - BITS) == 0 for digest in digests)
