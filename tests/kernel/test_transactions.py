"""What a unit of work may ask, and what it is told when the answer is no."""

from datetime import UTC, datetime
from typing import Any, Protocol

import msgspec
import pytest

from backend.kernel import (
    House,
    NotFound,
    Principal,
    Query,
    Scope,
    Snapshot,
    Statement,
    Transaction,
    owner,
)
from backend.kernel.database import Connection
from backend.testing import Clock


class Number(msgspec.Struct, frozen=True, kw_only=True):
    """One row of one column."""

    number: int


UP_TO = Query(Number, "select number from generate_series(1, $1::integer) as number")
NOTHING = Statement("select 1 where false")
EVENING = datetime(2026, 11, 22, 18, 0, tzinfo=UTC)


class Weather(Protocol):
    """Tells the weather."""

    def today(self) -> str: ...


class Sunny:
    def __init__(self, asking: Snapshot) -> None:
        self.asking = asking

    def today(self) -> str:
        return f"sunny on {self.asking.today}"


class Rainy(Sunny):
    def today(self) -> str:
        return "rain"


def unit(**house: Any) -> Transaction:
    return Transaction(None, House(**house), EVENING)


async def test_rows_come_one_maybe_or_all(tx: Transaction) -> None:
    assert (await tx.one(UP_TO, 1)).number == 1
    assert await tx.maybe(UP_TO, 0) is None
    assert [row.number for row in await tx.all(UP_TO, 3)] == [1, 2, 3]
    assert await tx.run(NOTHING) == 0


async def test_a_row_that_must_be_there_and_is_not_is_a_bug(tx: Transaction) -> None:
    with pytest.raises(LookupError):
        await tx.one(UP_TO, 0)


async def test_nothing_is_taken_from_the_pool_before_the_first_statement(
    connection: Connection, clock: Clock
) -> None:
    asked: list[Snapshot] = []

    async def connect(snapshot: Snapshot) -> Connection:
        asked.append(snapshot)
        return connection

    tx = Transaction(None, House(), clock(), connect=connect)
    assert asked == []
    await tx.one(UP_TO, 1)
    await tx.run(NOTHING)

    assert asked == [tx]


async def test_a_unit_without_a_connection_says_so() -> None:
    with pytest.raises(RuntimeError):
        await unit().one(UP_TO, 1)


def test_the_day_is_vietnams() -> None:
    assert str(unit().today) == "2026-11-23"


def test_the_house_says_where_it_is(tmp_path: Any) -> None:
    tx = unit(base_url="https://tinh.example", data_dir=tmp_path)

    assert (tx.base_url, tx.data_dir) == ("https://tinh.example", tmp_path)


def test_a_neighbour_works_in_the_same_unit() -> None:
    tx = unit(providers={Weather: [Sunny]})

    assert tx.ask(Weather).today() == "sunny on 2026-11-23"
    assert tx.ask_maybe(Weather) is not None


def test_a_neighbour_that_one_can_do_without_may_be_absent() -> None:
    assert unit().ask_maybe(Weather) is None


def test_all_who_answer_are_asked_and_there_may_be_nobody() -> None:
    everybody = unit(providers={Weather: [Sunny, Rainy]}).ask_all(Weather)

    assert [one.today() for one in everybody] == ["sunny on 2026-11-23", "rain"]
    assert unit().ask_all(Weather) == []


def test_a_row_of_somebody_else_is_not_there() -> None:
    mine = Scope(name="numbers:read", rule=owner("number"))
    tx = Transaction(None, House(), EVENING, Principal(kind="citizen"))

    for row in (None, Number(number=1)):
        with pytest.raises(NotFound):
            tx.check(mine, row)
    with pytest.raises(NotFound):
        tx.check(Scope(name="numbers:any"), Number(number=1))


def test_a_row_of_ones_own_is_given_back() -> None:
    class Anybodys:
        def test(self, *_: object) -> bool:
            return True

    row = Number(number=1)

    assert unit().check(Scope(name="numbers:any", rule=Anybodys()), row) is row  # type: ignore[arg-type]


def test_a_list_cannot_be_filtered_by_a_scope_without_a_rule() -> None:
    with pytest.raises(ValueError, match="numbers:any has no rule"):
        Statement("select 1 where {visible}", visible=Scope(name="numbers:any"))


def test_a_statement_knows_who_declared_it() -> None:
    assert UP_TO.origin == __name__
