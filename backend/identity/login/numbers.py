"""Phone numbers: how people write them, and how we keep them without knowing them."""

import re
import secrets
from datetime import timedelta
from typing import Final
from uuid import UUID

from backend.identity.kms import Kms, sealed
from backend.identity.login import repository
from backend.kernel import Transaction

DORMANT_AFTER: Final = timedelta(days=180)
"""Who has not been seen for so long, and has proved no more, may have given the number back."""

_BLANKS: Final = re.compile(r"[\s.\-()]")
_MOBILE: Final = re.compile(r"(?:\+84|84|0)([35789][0-9]{8})")
_INDEX_BYTES: Final = 16
_RANGE_DIGITS: Final = 4
_KEK_EPOCH: Final = 1
_VERSION: Final = 1
_COLUMN: Final = "person_phone.value"


def mobile(text: str) -> str | None:
    """Return a Vietnamese mobile number in E.164, or None for anything else."""
    found = _MOBILE.fullmatch(_BLANKS.sub("", text))
    return None if found is None else f"+84{found[1]}"


def indexed(kms: Kms, number: str) -> bytes:
    """Return the blind index of a number: equal for equal numbers, and nothing else without us."""
    return kms.mac(f"index-{_COLUMN}", number.encode())[:_INDEX_BYTES]


def indexed_range(kms: Kms, number: str) -> bytes:
    """Return the same for the ten thousand numbers that begin alike."""
    return kms.mac(f"index-{_COLUMN}-range", number[:-_RANGE_DIGITS].encode())[:_INDEX_BYTES]


def masked(number: str) -> str:
    """Return what a page may show of a number that somebody has just typed."""
    return f"{number[:3]} ••• ••• {number[-3:]}"


async def lock(tx: Transaction, phone_bidx: bytes) -> None:
    """Let one transaction at a time decide about a number."""
    await tx.run(repository.LOCK_NUMBER, int.from_bytes(phone_bidx[:8], "big", signed=True))


async def keep(tx: Transaction, kms: Kms, person_id: UUID, number: str) -> None:
    """Keep a number under the person's own key; who has none yet is given one."""
    about = f"person_key|{person_id}"
    made = kms.wrap(f"kek-{_KEK_EPOCH}", secrets.token_bytes(32), about=about)
    await tx.run(repository.ADD_PERSON_KEY, person_id, made, _KEK_EPOCH)
    kept = await tx.one(repository.PERSON_KEY, person_id)
    key = kms.unwrap(f"kek-{kept.kek_epoch}", kept.wrapped, about=about)
    value = sealed(key, number.encode(), about=f"person_phone|value_enc|{person_id}|{_VERSION}")
    await tx.run(repository.ADD_PHONE, tx.new_id(), person_id, value, indexed(kms, number), tx.now)
