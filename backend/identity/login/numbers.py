"""Phone numbers: how people write them, and how we keep them without knowing them."""

import re
from datetime import timedelta
from typing import Final
from uuid import UUID

from backend.identity.login import repository
from backend.identity.people import repository as people
from backend.identity.people.keys import fresh, kek, seal_field, wrapping
from backend.identity.people.register import PHONE
from backend.kernel import Snapshot, Transaction
from backend.kms import Digests, Kms

DORMANT_AFTER: Final = timedelta(days=180)
"""Who has not been seen for so long, and has proved no more, may have given the number back."""

_BLANKS: Final = re.compile(r"[\s.\-()]")
_MOBILE: Final = re.compile(r"(?:\+84|84|0)([35789][0-9]{8})")
_RANGE_DIGITS: Final = 4
COLUMN: Final = "person_phone.value"
"""What numbers are indexed as."""

_INDEX: Final = f"index-{COLUMN}"
_RANGE_INDEX: Final = f"{_INDEX}-range"


def mobile(text: str) -> str | None:
    """Return a Vietnamese mobile number in E.164, or None for anything else."""
    found = _MOBILE.fullmatch(_BLANKS.sub("", text))
    return None if found is None else f"+84{found[1]}"


def indexed(kms: Kms, number: str) -> Digests:
    """Return the blind index of a number: equal for equal numbers, and nothing else without us."""
    return kms.digests(_INDEX, number.encode())


def indexed_range(kms: Kms, number: str) -> Digests:
    """Return the same for the ten thousand numbers that begin alike."""
    return kms.digests(_RANGE_INDEX, number[:-_RANGE_DIGITS].encode())


def masked(number: str) -> str:
    """Return what a page may show of a number that somebody has just typed."""
    return f"{number[:3]} ••• ••• {number[-3:]}"


async def lock(tx: Transaction, index: Digests) -> None:
    """Let one transaction at a time decide about a number."""
    await tx.run(repository.LOCK_NUMBER, int.from_bytes(index.first[:8], "big", signed=True))


async def key_of(tx: Transaction, kms: Kms, person_id: UUID) -> bytes:
    """Return the person's own key, for the house itself; who has none yet is given one."""
    epoch = (await tx.one(people.EPOCH)).number
    made = kms.wrap(kek(epoch), fresh(), about=wrapping(person_id))
    await tx.run(people.KEEP_KEY, person_id, made, epoch)
    return await kept_key(tx, kms, person_id)


async def kept_key(snapshot: Snapshot, kms: Kms, person_id: UUID) -> bytes:
    """Return the key that a person has."""
    kept = await snapshot.one(repository.SUBJECT_KEY, person_id)
    return kms.unwrap(kek(kept.kek_epoch), kept.wrapped, about=wrapping(person_id))


async def keep(tx: Transaction, kms: Kms, person_id: UUID, number: str) -> None:
    """Keep a number under the person's own key."""
    key = await key_of(tx, kms, person_id)
    value = seal_field(key, person_id, PHONE, number)
    index = indexed(kms, number)
    if len(index.known) > 1:  # one number has one live row, whichever link has indexed it
        await tx.run(repository.CARRY_PHONE, index.value, index.known)
    await tx.run(repository.ADD_PHONE, tx.new_id(), person_id, value, index.value, tx.now)
