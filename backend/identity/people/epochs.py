"""Epochs of the keys that wrap people's keys.

Backups hold wrapped keys of people who were erased since. They stay readable as long as the key of
their epoch lives; so epochs are short, and the key of one is destroyed after the last backup that
was taken in it is gone.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from backend.identity.people.keys import kek, wrapping
from backend.kernel import Query, Statement, Transaction
from backend.kms import kms_of

_BATCH: Final = 500


class Epoch(msgspec.Struct, frozen=True, kw_only=True):
    """An epoch that is not over yet."""

    number: int
    began_at: datetime
    emptied_at: datetime | None


class Wrapped(msgspec.Struct, frozen=True, kw_only=True):
    """A subject's key as an older epoch has wrapped it."""

    subject_id: UUID
    wrapped: bytes
    kek_epoch: int


LOCK = Statement("select pg_advisory_xact_lock(hashtext('identity.kek_epoch'))")

LIVING = Query(
    Epoch,
    """
    select number, began_at, emptied_at
      from identity.kek_epoch
     where destroyed_at is null
     order by number
     limit 1000
    """,
)

BEGIN = Statement("insert into identity.kek_epoch (number, began_at) values ($1, $2)")
EMPTIED = Statement("update identity.kek_epoch set emptied_at = $2 where number = $1")
FILLED = Statement("update identity.kek_epoch set emptied_at = null where number = $1")
DESTROYED = Statement("update identity.kek_epoch set destroyed_at = $2 where number = $1")

OLD_KEYS = Query(
    Wrapped, "select subject_id, wrapped, kek_epoch from identity.keys_of_old_epochs($1)"
)

REWRAP = Statement("select identity.rewrap_key($1, $2, $3, $4)")


async def turn(tx: Transaction, *, lasts: timedelta, backups: timedelta) -> int:
    """Do what is due, some hundred keys at a time; return how many keys were wrapped anew.

    Whoever has just been given a key under an epoch that ended meanwhile is found the next time.

    `lasts` is how long an epoch wraps new keys, `backups` how long a backup is kept.
    """
    await tx.run(LOCK)
    epochs = await tx.all(LIVING)
    newest = epochs[-1]
    if tx.now >= newest.began_at + lasts:
        await begin(tx)
        return 0
    old = await tx.all(OLD_KEYS, _BATCH)
    for each in old:
        await _rewrap(tx, each, newest.number)
    if len(old) < _BATCH:
        await _bury(tx, epochs[:-1], {each.kek_epoch for each in old}, backups)
    return len(old)


async def begin(tx: Transaction) -> int:
    """Begin an epoch now, whatever the calendar says; return its number."""
    await tx.run(LOCK)
    number = (await tx.all(LIVING))[-1].number + 1
    await tx.run(BEGIN, number, tx.now)
    return number


async def _rewrap(tx: Transaction, each: Wrapped, epoch: int) -> None:
    kms, about = kms_of(tx), wrapping(each.subject_id)
    key = kms.unwrap(kek(each.kek_epoch), each.wrapped, about=about)
    wrapped = kms.wrap(kek(epoch), key, about=about)
    await tx.run(REWRAP, each.subject_id, each.wrapped, wrapped, epoch)


async def _bury(
    tx: Transaction, older: Sequence[Epoch], busy: set[int], backups: timedelta
) -> None:
    """Note which epochs hold no key any more, and destroy those that no backup needs either."""
    for epoch in older:
        if epoch.number in busy:
            await tx.run(FILLED, epoch.number)
        elif epoch.emptied_at is None:
            await tx.run(EMPTIED, epoch.number, tx.now)
        elif tx.now >= epoch.emptied_at + backups:
            kms_of(tx).destroy(kek(epoch.number))
            await tx.run(DESTROYED, epoch.number, tx.now)
