"""How often somebody may ask."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from backend.gateway import limit
from backend.gateway.exchange import Exchange
from backend.gateway.limit import AddressLimit, Proxies, coarse, give_back, spend, subject_of
from backend.kernel import NOBODY, Principal, TooManyRequests, at_most
from backend.kernel.pool import Pool
from backend.local.roles import DatabaseUrls
from backend.testing import Clock

from .fronting import Around, echo

XFF = b"x-forwarded-for"


async def test_an_address_that_asks_too_often_waits_and_others_do_not() -> None:
    house = Around(echo, quota=5)

    told = [await house.ask() for _ in range(6)]
    other = await house.ask(peer="203.0.113.8")

    assert [one.status for one in told] == [200] * 5 + [429]
    assert told[-1].slug == "kernel/too-many-requests"
    assert 1 <= int(told[-1].headers[b"retry-after"]) <= 12  # 60 seconds for five
    assert other.status == 200


async def test_every_answer_says_what_is_left() -> None:
    house = Around(echo, quota=5)

    first, second = await house.ask(), await house.ask()

    assert first.headers[b"ratelimit-policy"] == b'"address";q=5;w=60'
    assert first.headers[b"ratelimit"].startswith(b'"address";r=4;t=')
    assert second.headers[b"ratelimit"].startswith(b'"address";r=3;t=')


async def test_a_program_on_the_machine_itself_is_not_limited() -> None:
    house = Around(echo, quota=1)

    told = [await house.ask(peer="127.0.0.1") for _ in range(5)]

    assert [one.status for one in told] == [200] * 5
    # Nor does it run into debts: what it is told to wait for stays within the window.
    assert told[-1].headers[b"ratelimit"] == b'"address";r=0;t=60'


async def test_one_household_cannot_pass_for_many_by_its_ipv6_addresses() -> None:
    house = Around(echo, quota=2)

    told = [await house.ask(peer=f"2001:db8:1:2::{number:x}") for number in range(1, 4)]

    assert [one.status for one in told] == [200, 200, 429]


async def test_addresses_that_owe_nothing_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limit, "_CALLERS_MAX", 10)
    allowed = AddressLimit(quota=60, seconds=1)

    for second in range(100):
        exchange = exchange_of(f"203.0.113.{second}", second)
        allowed.spend(exchange)

    assert len(allowed._owed) <= 11


PERSON = Principal(kind="citizen", person_id=UUID(int=7), client_id="app")


@pytest.mark.parametrize(
    ("principal", "by", "subject"),
    [
        (PERSON, "person", str(UUID(int=7))),
        (PERSON, "client", "app"),
        (PERSON, "address", "203.0.113.7"),
        (Principal(kind="partner", client_id="bank"), "person", "bank"),
        (NOBODY, "person", "203.0.113.7"),
        (NOBODY, "client", "203.0.113.7"),
    ],
)
def test_an_allowance_is_a_persons_a_programs_or_an_addresss(
    principal: Principal, by: str, subject: str
) -> None:
    assert subject_of(principal, exchange_of("203.0.113.7", 0), by) == subject


def exchange_of(address: str, started: float) -> Exchange:
    scope = {"method": "GET", "headers": []}
    found = Exchange(scope, base_url="", started=started)
    found.address = address
    return found


@pytest.mark.parametrize(
    ("peer", "forwarded", "caller"),
    [
        ("203.0.113.7", b"", "203.0.113.7"),
        ("203.0.113.7", b"198.51.100.1", "203.0.113.7"),  # nobody asked a stranger
        ("10.0.0.1", b"198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", b"6.6.6.6, 198.51.100.1", "198.51.100.1"),  # the left one is hearsay
        ("10.0.0.1", b"198.51.100.1, 10.0.0.2", "198.51.100.1"),
        ("10.0.0.1", b"198.51.100.1:4711", "198.51.100.1"),
        ("10.0.0.1", b"[2001:db8::1]:4711", "2001:db8::/64"),
        ("10.0.0.1", b"::ffff:198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", b"unknown", "10.0.0.1"),
        ("10.0.0.1", b"unknown, 198.51.100.1", "198.51.100.1"),
        ("10.0.0.1", b"\xff\xfe", "10.0.0.1"),
        ("2001:db8::7", b"", "2001:db8::/64"),
        ("", b"", ""),
    ],
)
def test_the_caller_is_the_rightmost_address_that_no_proxy_of_ours_has(
    peer: str, forwarded: bytes, caller: str
) -> None:
    assert Proxies(["10.0.0.0/8"]).caller(peer, forwarded) == caller


@pytest.mark.parametrize(
    ("caller", "network"),
    [
        ("203.0.113.77", "203.0.113.0/24"),
        ("2001:db8:1:2::/64", "2001:db8:1::/48"),
        ("testclient", ""),
    ],
)
def test_a_log_knows_an_address_by_its_neighbourhood(caller: str, network: str) -> None:
    assert coarse(caller) == network


# Allowances, exact over all processes: two pools stand for two processes.

HOURLY = at_most(5, per=timedelta(hours=1), by="person")


async def granted(pool: Pool, subject: str, now: datetime) -> bool:
    try:
        await spend(pool, HOURLY, route="/v1/otp", subject=subject, now=now)
    except TooManyRequests:
        return False
    return True


async def test_an_allowance_is_exact_over_processes(database: DatabaseUrls, clock: Clock) -> None:
    pools = [Pool(database.runtime, size=3), Pool(database.runtime, size=3)]

    asked = [granted(pools[number % 2], "somebody", clock.now) for number in range(20)]
    answers = await asyncio.gather(*asked)

    assert sum(answers) == 5
    assert await granted(pools[0], "somebody else", clock.now)
    for pool in pools:
        await pool.close()


async def test_an_allowance_comes_back_evenly(database: DatabaseUrls, clock: Clock) -> None:
    pool = Pool(database.runtime, size=1)
    now = clock.now

    at_once = [await granted(pool, "evenly", now) for _ in range(7)]
    too_early = await granted(pool, "evenly", now + timedelta(minutes=11))
    in_time = await granted(pool, "evenly", now + timedelta(minutes=12))
    again = await granted(pool, "evenly", now + timedelta(minutes=12))

    assert at_once == [True] * 5 + [False] * 2
    assert [too_early, in_time, again] == [False, True, False]
    await pool.close()


async def test_what_is_given_back_can_be_used_again(database: DatabaseUrls, clock: Clock) -> None:
    pool = Pool(database.runtime, size=1)
    at_once = [await granted(pool, "right", clock.now) for _ in range(6)]

    await give_back(pool, HOURLY, route="/v1/otp", subject="right")

    assert at_once == [True] * 5 + [False]
    assert [await granted(pool, "right", clock.now) for _ in range(2)] == [True, False]
    await pool.close()


async def test_the_table_names_nobody(
    database: DatabaseUrls, clock: Clock, connection: Any
) -> None:
    pool = Pool(database.runtime, size=1)

    await granted(pool, "0912345678", clock.now)

    rows = await connection.fetch("select rate::text as row from kernel.rate as rate")
    assert rows
    assert all("0912345678" not in row["row"] for row in rows)
    await pool.close()


async def test_a_rationed_route_says_when_to_come_back(client: Any) -> None:
    told = [await client.get("/v1/sample/rationed") for _ in range(4)]

    assert [one.status_code for one in told] == [200, 200, 200, 429]
    assert told[-1].headers["retry-after"] == "20"
    assert told[-1].json()["type"].endswith("/problems/kernel/too-many-requests")
