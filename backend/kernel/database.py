"""What a unit of work does with the database: read one picture, or change it and tell of it."""

# asyncpg ships no types. Only a few files of the kernel speak to it, so only they relax the rule.
# pyright: reportMissingTypeStubs=false, reportUnknownMemberType=false
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false

import operator
from bisect import bisect_right
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta, timezone
from hashlib import sha256
from itertools import count
from pathlib import Path
from typing import Any, Final, TypeAlias, TypeVar
from uuid import UUID

import asyncpg
import msgspec

from backend.kernel.auth import NOBODY, Scope
from backend.kernel.cursor import seal, unseal
from backend.kernel.errors import NotFound
from backend.kernel.ids import new_id
from backend.kernel.memory import Kept, Memory
from backend.kernel.rules import Principal
from backend.kernel.statements import Paged, Query, Row, Statement
from backend.kernel.work import Job
from contracts.event import Event
from contracts.page import Page

VIETNAM: Final = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
"""The clock on our citizens' walls: +07:00 since 1975, no summer time."""

_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_LOCAL_EPOCH: Final = _EPOCH.astimezone(VIETNAM)
_MICROSECOND: Final = timedelta(microseconds=1)

Connection: TypeAlias = asyncpg.Connection
Providers: TypeAlias = Mapping[type, Sequence[Callable[[Any], Any]]]
Service = TypeVar("Service")
T = TypeVar("T")


class House(msgspec.Struct, kw_only=True):
    """What every transaction of a process shares: the neighbours, the memories, the secret."""

    providers: Providers = {}
    secret: bytes = b""
    """Signs cursors; the same in every process of an installation. More lines are earlier ones."""
    base_url: str = "http://localhost:8000"
    """Where the outside finds us; never taken from a request."""
    data_dir: Path = Path("var")
    """Where this installation keeps what is not in the database."""
    is_production: bool = False
    """Whether people rely on it, so that nothing invented may stand in."""
    memories: dict[Any, Kept[Any]] = {}

    @property
    def secrets(self) -> Sequence[bytes]:
        """The secret in use, then those that are still accepted: one each line."""
        return self.secret.splitlines() or [b""]


class Snapshot:
    """A read-only transaction: one moment, one picture; the database refuses any write.

    Nothing is taken from the pool before the first statement.
    """

    def __init__(
        self,
        connection: Connection | None,
        house: House,
        now: datetime,
        principal: Principal = NOBODY,
        *,
        connect: "Callable[[Snapshot], Awaitable[Connection]] | None" = None,
        let_go: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self._connection = connection
        self._connect = connect
        self._let_go = let_go
        self._house = house
        self.now = now
        self.principal = principal

    @property
    def today(self) -> date:
        """The calendar day of `now` where our citizens live."""
        return self.now.astimezone(VIETNAM).date()

    @property
    def base_url(self) -> str:
        """The address of this installation, without a final slash."""
        return self._house.base_url

    @property
    def is_production(self) -> bool:
        """Whether people rely on this installation, so that nothing invented may stand in."""
        return self._house.is_production

    @property
    def data_dir(self) -> Path:
        """The folder of this installation for what is not in the database: files, keys."""
        return self._house.data_dir

    def ask(self, service: type[Service]) -> Service:
        """Return a neighbour's service in this same transaction, or my settings: both are there."""
        (provider,) = self._house.providers[service]
        return provider(self)

    def ask_maybe(self, service: type[Service]) -> Service | None:
        """Return a service that the module only `wants`, or None when nobody provides it."""
        providers = self._house.providers.get(service, ())
        return providers[0](self) if providers else None

    def ask_all(self, service: type[Service]) -> Sequence[Service]:
        """Return every provider of a plural Protocol."""
        return [provider(self) for provider in self._house.providers.get(service, ())]

    async def pause(self) -> None:
        """Give a request's connection back before slow work that is not the database's.

        The next statement begins a new picture, for the same caller. A transaction keeps its own:
        what it has written would be lost.
        """
        if self._let_go is not None:
            await self._let_go()

    def check(self, scope: Scope, row: Row | None) -> Row:
        """Return the row if the caller may touch it; raise `NotFound` as if it were not there."""
        if row is None or scope.rule is None or not scope.rule.test(self.principal, row):
            raise NotFound
        return row

    async def recall(self, memory: Memory[T]) -> T:
        """Return this process's copy of a memory, renewed when it is out of date."""
        kept = self._house.memories.get(memory)
        if kept is None:
            kept = self._house.memories[memory] = Kept(memory)
        return await kept.recall(self)

    async def one(self, query: Query[Row], *values: object) -> Row:
        """Return the row that must be there. Its absence is a bug: LookupError."""
        row = await self.maybe(query, *values)
        if row is None:
            raise LookupError(query.sql)
        return row

    async def maybe(self, query: Query[Row], *values: object) -> Row | None:
        """Return the row, or None when there is none."""
        connection = self._connection or await self._opened()
        record = await connection.fetchrow(query.sql, *query.values(self.principal, values))
        return None if record is None else query.decode(record)

    async def all(self, query: Query[Row], *values: object) -> Sequence[Row]:
        """Return every row. Statements that can grow carry their own `limit`."""
        connection = self._connection or await self._opened()
        records = await connection.fetch(query.sql, *query.values(self.principal, values))
        return query.decode_all(records)

    async def page(
        self, query: Paged[Row], cursor: str | None, limit: int, *values: object
    ) -> Page[Row]:
        """Return the rows after `cursor`, at most `limit`, and where the next page begins.

        Raises `BadRequest` for a cursor that was not made for these values.
        """
        connection = self._connection or await self._opened()
        filters = query.values(self.principal, values)
        asked = sha256(query.digest + repr(filters).encode()).digest()
        if cursor is None:
            records = await connection.fetch(query.first_sql, *filters, limit + 1)
        else:
            after = unseal(self._house.secrets, asked, cursor, query.position)
            records = await connection.fetch(query.sql, *filters, limit + 1, *after)
        items = query.decode_all(records[:limit])
        if len(records) <= limit:
            return Page(items=items)
        position = [getattr(items[-1], column) for column in query.by]
        return Page(items=items, next_cursor=seal(self._house.secrets[0], asked, position))

    def page_of(
        self, rows: Sequence[Row], cursor: str | None, limit: int, *asked: object, by: str
    ) -> Page[Row]:
        """Return a page of rows that are in memory already, in the order of `by`, all different.

        `asked` are the filters that chose them. Raises `BadRequest` as `page` does.
        """
        filters = sha256(repr((by, asked)).encode()).digest()
        place = operator.attrgetter(by)
        start = 0
        if cursor is not None:
            (after,) = unseal(self._house.secrets, filters, cursor, tuple[str])
            start = bisect_right(rows, after, key=place)
        items = rows[start : start + limit]
        if start + limit >= len(rows):
            return Page(items=items)
        position = [place(items[-1])]
        return Page(items=items, next_cursor=seal(self._house.secrets[0], filters, position))

    def part(self) -> None:
        """Forget a connection that was given back; the next statement begins anew, with another."""
        self._connection = None

    async def _opened(self) -> Connection:
        if self._connect is None:
            raise RuntimeError("this transaction was made without a connection")
        self._connection = await self._connect(self)
        return self._connection


# The history of events, and one piece of work for each subscriber known today.
_PUBLISH = Statement("""
    with told as (
        select *
          from unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[])
               with ordinality as told (id, type, subject, payload, place)
    ), event as (
        insert into kernel.event (id, type, subject, payload, trace, published_at)
        select id, type, subject, payload, $5, $6
          from told)
    insert into kernel.work (name, subject, event_id, payload, trace, due_at)
    select subscription.name, told.subject, told.id, told.payload, $5, $6
      from told
      join kernel.subscription on subscription.type = told.type
                              and (subscription.field is null
                                   or told.payload ->> subscription.field
                                      = any(subscription.among))
     order by told.place
""")

_ENQUEUE = Statement("""
    insert into kernel.work (name, key, payload, trace, due_at)
    values ($1, $2, $3, $4, $5) on conflict (name, key) where key is not null do nothing
""")


class Transaction(Snapshot):
    """One unit of work: its rows, its events and its jobs are kept together or not at all."""

    def __init__(
        self,
        connection: Connection | None,
        house: House,
        now: datetime,
        principal: Principal = NOBODY,
        *,
        connect: Callable[[Snapshot], Awaitable[Connection]] | None = None,
    ) -> None:
        super().__init__(connection, house, now, principal, connect=connect)
        self._sequence = count()

    def new_id(self) -> UUID:
        """Return a fresh UUIDv7; ids sort by `now`, then in the order they were asked for."""
        return new_id(self.now, next(self._sequence))

    async def run(self, statement: Statement, *values: object) -> int:
        """Execute a statement for its effect; return how many rows it touched."""
        connection = self._connection or await self._opened()
        tag = await connection.execute(statement.sql, *statement.values(self.principal, values))
        return int(tag.rsplit(" ", 1)[-1])

    @asynccontextmanager
    async def attempt(self) -> AsyncGenerator[None]:
        """Keep all that a block does or, when it raises, nothing of it (a savepoint)."""
        connection = self._connection or await self._opened()
        await connection.execute("savepoint attempt")
        try:
            yield
        except BaseException:
            await connection.execute("rollback to attempt; release attempt")
            raise
        await connection.execute("release attempt")

    async def publish(self, *events: Event) -> None:
        """Tell the other modules, once this transaction has committed and not before.

        Of many events, in their order, with one statement.
        """
        await self.run(
            _PUBLISH,
            [self.new_id() for _ in events],
            [event.__struct_config__.tag for event in events],
            [str(event.subject) for event in events],
            [msgspec.to_builtins(event) for event in events],
            self.principal.request_id,
            self.now,
        )

    async def enqueue(
        self,
        job: Job,
        payload: msgspec.Struct,
        *,
        at: datetime | None = None,
        key: str | None = None,
    ) -> None:
        """Do the job after the commit, at `at` or at once; once for each `key`."""
        await self.run(
            _ENQUEUE,
            job.name,
            key,
            msgspec.to_builtins(payload),
            self.principal.request_id,
            at or self.now,
        )


def _json(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _moment(value: tuple[int]) -> datetime:
    return _LOCAL_EPOCH + timedelta(microseconds=value[0])


def _microseconds(moment: datetime) -> tuple[int]:
    return ((moment - _EPOCH) // _MICROSECOND,)


async def prepare_connection(connection: Connection) -> None:
    """Teach a new connection our types; every pool of the house does this first.

    `jsonb` is JSON, and a moment comes back on Vietnam's clock, as every answer shows it.
    """
    await connection.set_type_codec(
        "jsonb",
        schema="pg_catalog",
        encoder=_json,
        decoder=msgspec.json.decode,
        format="text",
    )
    await connection.set_type_codec(
        "timestamptz",
        schema="pg_catalog",
        encoder=_microseconds,
        decoder=_moment,
        format="tuple",
    )
