"""The status list: places given out, changes written down, tokens published."""

import hmac
import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Final
from uuid import UUID

from backend.kernel import NotFound, Snapshot, Transaction
from modules.documents.model import entries, statuses
from modules.documents.model.envelope import StatusPlace
from modules.documents.model.findings import Found
from modules.documents.model.jws import thumbprint
from modules.documents.model.statuses import Status
from modules.documents.repository import statuses as repository
from modules.documents.service import keys, log

_RENEWED_AFTER: Final = timedelta(hours=6)
_HALF: Final = 10
_MASK: Final = (1 << _HALF) - 1


def uri(base_url: str, number: int) -> str:
    """Return where a list is published."""
    return f"{base_url}/v1/documents/trust/status-lists/{number}"


def spot(told: StatusPlace) -> tuple[int, int]:
    """Return number and index of a place in a list of ours, wherever that was published then."""
    return int(told.uri.rsplit("/", 1)[-1]), told.idx


async def place(tx: Transaction) -> tuple[int, int]:
    """Give out a place: the number of the list, and an index that tells nothing of the order."""
    (given,) = await places(tx, 1)
    return given


async def places(tx: Transaction, count: int) -> list[tuple[int, int]]:
    """Give out places of one list. Others wait for the list until this transaction ends."""
    taken = await tx.maybe(repository.TAKE_PLACES, count)
    if taken is None:
        await tx.run(repository.OPEN_LIST, secrets.token_bytes(32))
        taken = await tx.one(repository.TAKE_PLACES, count)
    numbers = range(taken.first, taken.first + count)
    return [(taken.number, permuted(taken.secret, each)) for each in numbers]


def permuted(secret: bytes, number: int) -> int:
    """Return a number below 2^20 for each number below 2^20: a Feistel network of four rounds."""
    left, right = number >> _HALF, number & _MASK
    for turn in range(4):
        mixed = hmac.digest(secret, bytes((turn, right >> 8, right & 0xFF)), sha256)
        left, right = right, left ^ int.from_bytes(mixed[:2], "big") & _MASK
    return left << _HALF | right


async def change(
    tx: Transaction,
    spot: tuple[int, int],
    content_sha256: bytes,
    status: Status,
    *,
    entry_id: UUID,
    successor: bytes | None = None,
) -> None:
    """Write down that a document stands differently, in the list and in the log."""
    await tx.run(repository.CHANGE, *spot, int(status), successor, tx.now)
    entry = entries.of_status(content_sha256.hex(), status.name, tx.now)
    await log.enter(tx, entry_id, entry)


async def standing(snapshot: Snapshot, asked: tuple[str, int]) -> Found | None:
    """Return what a list of ours says now; None for a list that is not ours."""
    address, index = asked
    number = address.removeprefix(uri(snapshot.base_url, 0)[:-1])
    if not number.isascii() or not number.isdigit() or len(number) > 6:
        return None
    if not 0 <= index < statuses.CAPACITY:
        return None
    found = await snapshot.maybe(repository.LISTED, int(number), index)
    if found is None:
        return None
    successor = None if found.successor is None else found.successor.hex()
    return Found(status=Status(found.value or 0), successor=successor)


async def standing_at(
    snapshot: Snapshot, spots: Sequence[tuple[int, int]]
) -> Mapping[tuple[int, int], Found]:
    """Return what these places of our lists say now."""
    numbers, indices = [each[0] for each in spots], [each[1] for each in spots]
    return {
        (row.list, row.place): Found(
            status=Status(row.value or 0),
            successor=None if row.successor is None else row.successor.hex(),
        )
        for row in await snapshot.all(repository.STANDING_AT, numbers, indices)
    }


async def publish(tx: Transaction) -> None:
    """Sign every list that has changed, or whose token is six hours old."""
    for due in await tx.all(repository.DUE, tx.now - _RENEWED_AFTER):
        key = await keys.signing(tx, "status")
        bits = await tx.all(repository.STANDINGS, due.number)
        token = statuses.issued(
            key,
            thumbprint(key.public_key()),
            uri(tx.base_url, due.number),
            {each.place: each.value for each in bits},
            int(tx.now.timestamp()),
        )
        await tx.run(repository.PUBLISH, due.number, token, due.latest, tx.now)


async def token(snapshot: Snapshot, number: int) -> str:
    """Return a list as published. Raises `NotFound`."""
    found = await snapshot.maybe(repository.TOKEN, number)
    if found is None:
        raise NotFound
    return found.token
