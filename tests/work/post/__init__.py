"""A small module for trying the workers: letters are posted to boxes, and kept when read.

What its people do is in `habits`, which a test may change.
"""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

import msgspec

from backend.kernel import Errand, Job, Module, Query, Statement, Transaction, on
from contracts.event import Event


class LetterPosted(Event, frozen=True, kw_only=True, tag="post.letter-posted.v1"):
    """Somebody has put a letter into a box."""

    about: ClassVar[str] = "box_id"

    box_id: UUID
    number: int


class CardPosted(Event, frozen=True, kw_only=True, tag="post.card-posted.v1"):
    """Somebody has put a card into a box."""

    about: ClassVar[str] = "box_id"

    box_id: UUID
    number: int
    colour: str


class Parcel(msgspec.Struct, frozen=True, kw_only=True):
    """What a job carries."""

    number: int


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """Who did something to which letter or parcel, and in which box."""

    reader: str
    box_id: UUID | None
    number: int


KEEP = Statement("insert into post.kept (reader, box_id, number) values ($1, $2, $3)")
KEPT = Query(Kept, "select reader, box_id, number from post.kept order by id")

habits: dict[str, Callable[..., Awaitable[Any]]] = {}


async def read(tx: Transaction, event: LetterPosted) -> None:
    await tx.run(KEEP, "read", event.box_id, event.number)
    await habits.get("read", nothing)(tx, event)


async def count(tx: Transaction, event: LetterPosted) -> None:
    await tx.run(KEEP, "count", event.box_id, event.number)
    await habits.get("count", nothing)(tx, event)


async def collect(tx: Transaction, event: CardPosted) -> None:
    await tx.run(KEEP, "collect", event.box_id, event.number)


async def deliver(tx: Transaction, parcel: Parcel) -> None:
    await tx.run(KEEP, "deliver", None, parcel.number)
    await habits.get("deliver", nothing)(tx, parcel)


async def wrap(tx: Transaction, parcel: Parcel) -> int:
    await habits.get("wrap", nothing)(tx, parcel)
    return parcel.number


async def carry(number: int) -> int:
    await habits.get("carry", nothing)(number)
    return number + 1000


async def sign(tx: Transaction, number: int, receipt: int) -> None:
    await tx.run(KEEP, "sign", None, receipt)
    await habits.get("sign", nothing)(tx, number, receipt)


async def sweep(tx: Transaction) -> None:
    await tx.run(KEEP, "sweep", None, 0)
    await habits.get("sweep", nothing)(tx)


async def lock_up(tx: Transaction) -> None:
    await tx.run(KEEP, "lock up", None, 0)


async def nothing(*_: object) -> None: ...


DELIVER = Job(name="post.deliver", run=deliver, payload=Parcel, seconds_max=1)
SEND = Job(
    name="post.send",
    run=Errand(prepare=wrap, call=carry, settle=sign, seconds_max=1),
    payload=Parcel,
)
SWEEP = Job(name="post.sweep", run=sweep, every=timedelta(hours=1))
LOCK_UP = Job(name="post.lock-up", run=lock_up, cron="30 17 * * 1-5")

module = Module(
    name="post",
    package=__name__,
    subscriptions=(
        on(LetterPosted, read, name="post.read"),
        on(LetterPosted, count, name="post.count"),
        on(CardPosted, collect, name="post.collect", field="colour", among=("red", "blue")),
    ),
    jobs=(DELIVER, SEND, SWEEP, LOCK_UP),
)
