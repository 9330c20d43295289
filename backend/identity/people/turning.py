"""Turning what must not turn at once: the chains that index numbers, the peppers of tokens.

A chain is given a link; after a minute, when every process knows it, new rows are written by it,
and the worker carries the others over, a thousand at a time. Rows are looked for by all links.
"""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Job, Later, Query, Snapshot, Statement, Transaction
from backend.kms import kms_of
from contracts.personal_data import Column, IndexKeeper

BRIEF: Final = ("otp", "otp-work", "sms", "interaction", "upstream", "passkey-challenge")
"""Secrets of which nothing outlives some minutes: two versions are accepted, one is used."""

_BATCH: Final = 1000
_OURS: Final = ("person_phone.value", "person_identifier.value", "upstream_link.sub")
_SECONDS_UNTIL_USED: Final = 70
_WAIT: Final = timedelta(seconds=5)
_NOBODY: Final = UUID(int=0)
_PEPPER: Final = "refresh-"


class Walk(msgspec.Struct, frozen=True, kw_only=True):
    """A column whose rows are carried over to a link."""

    place: str
    link: int


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """How far it has got."""

    after: str


class IndexedRow(msgspec.Struct, frozen=True, kw_only=True):
    """A row, and what it is found by."""

    id: UUID
    digest: bytes


class Rest(msgspec.Struct, frozen=True, kw_only=True):
    """Whether no row of a column is carried over."""

    rests: bool


class Pepper(msgspec.Struct, frozen=True, kw_only=True):
    """A secret that refresh tokens are derived with."""

    number: int


UNDERWAY = Query(
    Walk,
    """
    select place, link
      from identity.index_walk
     where finished_at is null
     order by place
     limit 100
    """,
)
BEGIN = Statement("insert into identity.index_walk (place, link, began_at) values ($1, $2, $3)")
AFTER = Query(
    Place,
    """
    select after
      from identity.index_walk
     where place = $1 and link = $2 and finished_at is null
       for update
    """,
)
GO_ON = Statement("update identity.index_walk set after = $3 where place = $1 and link = $2")
FINISH = Statement("update identity.index_walk set finished_at = $3 where place = $1 and link = $2")

RESTS = Query(
    Rest,
    """
    select not exists (
        select from identity.index_walk where place = $1 and finished_at is null) as rests
    """,
)

INDEXED_ROWS = Query(IndexedRow, "select id, digest from identity.indexed_rows($1, $2, $3)")
REINDEX = Statement("select identity.reindex($1, $2, $3, $4)")

ADD_PEPPER = Query(
    Pepper,
    """
    insert into identity.pepper (number, began_at)
    select max(number) + 1, $1
      from identity.pepper
    returning number
    """,
)

# A pepper is needed for as long as a session lives that was begun before the next one was made.
OUTLIVED = Query(
    Pepper,
    """
    update identity.pepper as old
       set destroyed_at = $1
     where destroyed_at is null
       and exists (
           select from identity.pepper as next
            where next.number = old.number + 1 and next.began_at < $2)
    returning number
    """,
)


class AccountIndex:
    """Provides `contracts.personal_data.IndexKeeper` for phones, papers and names of providers."""

    def __init__(self, tx: Transaction) -> None:
        self._tx = tx

    def columns(self) -> Sequence[Column]:
        """Return the columns; the range of a number is kept for a day and carried nowhere."""
        return (*_OURS, f"{_OURS[0]}-range")

    async def carry(
        self, column: Column, after: str, carried: Callable[[bytes], bytes]
    ) -> str | None:
        """Carry a batch over; see `contracts.personal_data.IndexKeeper`."""
        rows = await self._tx.all(INDEXED_ROWS, column, UUID(after) if after else _NOBODY, _BATCH)
        were = [row.digest for row in rows]
        if rows:
            ids, become = [row.id for row in rows], [carried(digest) for digest in were]
            await self._tx.run(REINDEX, column, ids, were, become)
        return str(rows[-1].id) if len(rows) >= _BATCH else None


async def begin(tx: Transaction, column: Column) -> int:
    """Give a column another link, by which it is indexed in a minute; return its number.

    Raises `LookupError` when nobody keeps the column, or when rows are still carried over.
    """
    if not any(column in keeper.columns() for keeper in tx.ask_all(IndexKeeper)):
        raise LookupError(column)
    if any(walk.place == column for walk in await tx.all(UNDERWAY)):
        raise LookupError(column)
    link = kms_of(tx).lengthen(_chain(column))
    await tx.run(BEGIN, column, link, tx.now)
    used_at = tx.now + timedelta(seconds=_SECONDS_UNTIL_USED)
    await tx.enqueue(CARRY, Walk(place=column, link=link), at=used_at)
    return link


def columns(snapshot: Snapshot) -> list[Column]:
    """Return every column that somebody keeps an index of."""
    return sorted({each for keeper in snapshot.ask_all(IndexKeeper) for each in keeper.columns()})


async def turn_brief(tx: Transaction) -> None:
    """Give each secret of some minutes a fresh version."""
    kms = kms_of(tx)
    for name in BRIEF:
        kms.rotate(name)


async def add_pepper(tx: Transaction) -> None:
    """Derive the refresh tokens of new sessions with a fresh secret."""
    await tx.one(ADD_PEPPER, tx.now)


async def rests(snapshot: Snapshot, column: Column) -> bool:
    """Tell whether equal numbers have equal digests: no row of the column is carried over."""
    return (await snapshot.one(RESTS, column)).rests


async def bury_peppers(tx: Transaction, session_lives: timedelta) -> None:
    """Destroy peppers that no living session was begun with."""
    for old in await tx.all(OUTLIVED, tx.now, tx.now - session_lives):
        kms_of(tx).destroy(f"{_PEPPER}{old.number}")


async def _carry(tx: Transaction, walk: Walk) -> None:
    kms, chain = kms_of(tx), _chain(walk.place)
    if not kms.is_in_use(chain, walk.link):
        raise Later(_WAIT)
    found = await tx.maybe(AFTER, walk.place, walk.link)
    if found is None:
        return
    (keeper,) = (each for each in tx.ask_all(IndexKeeper) if walk.place in each.columns())
    after = await keeper.carry(
        walk.place, found.after, lambda digest: kms.carry(chain, digest).value
    )
    if after is None:
        await tx.run(FINISH, walk.place, walk.link, tx.now)
        return
    await tx.run(GO_ON, walk.place, walk.link, after)
    await tx.enqueue(CARRY, walk)


def _chain(column: Column) -> str:
    return f"index-{column}"


CARRY: Final = Job(name="identity.carry-index", run=_carry, payload=Walk)
"""Carry some rows over to a new link of the chain that indexes them, and come again for more."""

PEPPER: Final = Job(name="identity.turn-pepper", run=add_pepper, every=timedelta(days=365))
"""Derive the refresh tokens of new sessions with a fresh secret."""

TURN: Final = Job(name="identity.turn-secrets", run=turn_brief, every=timedelta(days=30))
"""Turn the secrets of which nothing outlives some minutes."""
