"""Allowances that hold exactly over all processes: the generic cell rate algorithm (GCRA, I.371).

One number for each caller: the moment at which all that they have used will have been given back.
A quota may be used up at once; after that it comes back evenly, one call at a time.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import blake2b
from math import ceil
from typing import TYPE_CHECKING, Final

import msgspec

from backend.kernel.statements import Query, Statement

if TYPE_CHECKING:
    from backend.kernel.database import Transaction


class Spent(msgspec.Struct, frozen=True, kw_only=True):
    """Whether one call was granted, and when nothing will be owed any more."""

    granted: bool
    owed_until: datetime


# One round trip; a refused call changes nothing, so hammering does not lengthen the wait.
SPEND: Final = Query(
    Spent,
    """
    with spent as (
        insert into kernel.rate as rate (key, owed_until)
        values ($1, $2::timestamptz + $3::interval)
            on conflict (key) do update
           set owed_until = greatest(rate.owed_until, $2) + $3
         where greatest(rate.owed_until, $2) + $3 <= $2 + $4::interval
        returning rate.owed_until
    )
    select true as granted, owed_until
      from spent
     union all
    select false as granted, owed_until
      from kernel.rate
     where key = $1 and not exists (select from spent)
    """,
)
"""Parameters: key, now, the interval of one call, the time in which the quota comes back."""


GIVE_BACK: Final = Statement("""
    update kernel.rate
       set owed_until = owed_until - $2::interval
     where key = $1
""")
"""Parameters: key, the interval of one call."""


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """How much of an allowance is used up: from 0, nothing, to 1."""

    share: float


USED: Final = Query(
    Used,
    """
    select coalesce(max(
               extract(epoch from rate.owed_until - $3::timestamptz)
               / extract(epoch from allowed.per)), 0)::float8 as share
      from unnest($1::bytea[], $2::interval[]) as allowed (key, per)
      join kernel.rate on rate.key = allowed.key
    """,
)
"""Parameters: keys, the time in which each quota comes back, now."""


class Allowance(msgspec.Struct, frozen=True, kw_only=True):
    """At most `n` times `per` a time, for one `subject`, of what `name` says."""

    name: str
    subject: str
    n: int
    per: timedelta

    @property
    def key(self) -> bytes:
        """A digest, so that the table names neither persons nor addresses."""
        return blake2b(f"{self.name}\n{self.subject}".encode(), digest_size=16).digest()

    @property
    def interval(self) -> timedelta:
        """How long one call takes to be given back."""
        return self.per / self.n


def seconds_left(allowance: Allowance, spent: Spent | None, now: datetime) -> int:
    """Return how many seconds a refused caller has to wait: what `Retry-After` says."""
    # No row: another process made it a moment ago, too late for the statement's snapshot.
    wait = (
        allowance.interval
        if spent is None
        else spent.owed_until + allowance.interval - now - allowance.per
    )
    return max(1, ceil(wait.total_seconds()))


async def spend(tx: "Transaction", allowance: Allowance) -> int:
    """Use up one call inside a transaction; return 0, or the seconds to wait when none is left.

    Until the transaction ends, others who spend from the same allowance wait for it: callers that
    spend several take them in one order.
    """
    spent = await tx.maybe(SPEND, allowance.key, tx.now, allowance.interval, allowance.per)
    if spent is not None and spent.granted:
        return 0
    return seconds_left(allowance, spent, tx.now)


async def used_share(tx: "Transaction", allowances: Sequence[Allowance]) -> float:
    """Return how much of the fullest of these is used up, from 0 to 1."""
    keys, pers = [each.key for each in allowances], [each.per for each in allowances]
    return (await tx.one(USED, keys, pers, tx.now)).share
