"""Challenges that need no row: signed by us, good for five minutes, for one thing, once.

A stranger who asks for thousands leaves nothing behind; only one that was answered is remembered.
"""

import hmac
import secrets
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from backend.identity.oauth.repository import NOTE_ONCE
from backend.kernel import Transaction
from backend.kms import Kms

LIFE: Final = timedelta(minutes=5)

_KEY: Final = "passkey-challenge"
_SECOND_BYTES: Final = 8
_RANDOM_BYTES: Final = 16
_SEED_BYTES: Final = _SECOND_BYTES + _RANDOM_BYTES


def made(kms: Kms, about: str, now: datetime) -> bytes:
    """Return a challenge that only what is `about` the same may answer."""
    seed = int(now.timestamp()).to_bytes(_SECOND_BYTES, "big") + secrets.token_bytes(_RANDOM_BYTES)
    return seed + kms.mac(_KEY, seed + about.encode())


async def took(tx: Transaction, kms: Kms, challenge: bytes, about: str) -> bool:
    """Tell whether the challenge is ours, of now and about this, and use it up."""
    seed, mac = challenge[:_SEED_BYTES], challenge[_SEED_BYTES:]
    ours = kms.macs(_KEY, seed + about.encode())
    if len(seed) != _SEED_BYTES or not any(hmac.compare_digest(mac, each) for each in ours):
        return False
    age = tx.now.timestamp() - int.from_bytes(seed[:_SECOND_BYTES], "big")
    if age > LIFE.total_seconds():
        return False
    digest = sha256(challenge).digest()
    return await tx.run(NOTE_ONCE, "passkey", digest, tx.now + 2 * LIFE) == 1
