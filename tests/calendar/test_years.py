"""Years: everybody reads them, an administrator writes them, and a release leaves those alone."""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import pytest

from backend.calendar import years
from backend.calendar.model import YearDraft
from backend.host.registry import discover
from backend.kernel import Module, Transaction
from backend.kernel.database import Connection
from backend.testing import Caller, Client
from contracts.calendar import WorkingCalendar

DAYS = "/v1/calendar/days"
REFORM = {"date": "2030-03-06", "kind": "holiday", "name": "Ngày nghỉ thử"}


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return [module for module in discover() if module.name in {"calendar", "identity", "work"}]


@pytest.fixture
def admin(as_staff: Callable[..., Caller]) -> Caller:
    return as_staff("admin")


def written(**changes: Any) -> dict[str, Any]:
    return {"source": "Thông báo thử", "confirmed": False, "days": [REFORM], **changes}


async def write(admin: Caller, year: int, seen: int, **changes: Any) -> Any:
    body, headers = written(**changes), {"If-Match": f'"{seen}"'}
    return await admin.put(f"{DAYS}?year={year}", json=body, headers=headers)


async def test_everybody_reads_when_offices_are_closed(client: Client) -> None:
    answer = await client.get(f"{DAYS}?year=2025")

    days = {day["date"]: day for day in answer.json()["days"]}
    assert answer.json()["confirmed"] is True
    assert days["2025-05-02"]["kind"] == days["2025-04-26"]["kind"] == "swapped"
    assert (days["2025-05-02"]["working"], days["2025-04-26"]["working"]) == (False, True)


async def test_nothing_is_said_of_a_year_that_nobody_entered(client: Client) -> None:
    answer = await client.get(f"{DAYS}?year=2099")

    assert answer.status_code == 404
    assert answer.json()["type"].endswith("/calendar/unknown-year")


async def test_a_year_that_an_administrator_enters_counts(
    admin: Caller, connection: Connection, tx: Transaction
) -> None:
    answer = await write(admin, 2030, 0)

    assert (answer.status_code, answer.json()["version"]) == (200, 1)
    calendar = tx.ask(WorkingCalendar)
    assert await calendar.add(date(2030, 3, 5), 1) == date(2030, 3, 7)
    assert not await calendar.is_confirmed(date(2030, 1, 1), date(2030, 3, 7))
    assert await told(connection, 2030) == 0


async def test_a_year_is_confirmed_once_and_for_good(admin: Caller, connection: Connection) -> None:
    await write(admin, 2031, 0, days=[])

    confirmed = await write(admin, 2031, 1, days=[], confirmed=True)
    again = await write(admin, 2031, 2, days=[], confirmed=True)
    back = await write(admin, 2031, 3, days=[])

    assert [confirmed.status_code, again.status_code, back.status_code] == [200, 200, 409]
    assert back.json()["type"].endswith("/calendar/year-is-confirmed")
    assert await told(connection, 2031) == 1


@pytest.mark.parametrize("seen", [0, 7])
async def test_of_two_who_write_one_year_the_second_looks_again(admin: Caller, seen: int) -> None:
    await write(admin, 2032, 0, days=[])

    answer = await write(admin, 2032, seen, days=[])

    assert answer.status_code == 412
    assert answer.json()["current_version"] == 1


async def test_a_new_year_cannot_have_been_seen(admin: Caller) -> None:
    answer = await write(admin, 2033, 4, days=[])

    assert answer.status_code == 412
    assert (await admin.get(f"{DAYS}?year=2033")).status_code == 404


async def test_every_day_that_does_not_fit_is_named(admin: Caller) -> None:
    days = [REFORM, REFORM, {**REFORM, "date": "2031-01-01"}, {**REFORM, "working": True}]

    answer = await write(admin, 2030, 0, days=days)

    pointers = [fault["pointer"] for fault in answer.json()["errors"]]
    assert answer.status_code == 422
    assert pointers == ["/days/1/date", "/days/2/date", "/days/3/date", "/days/3/working"]


@pytest.mark.parametrize("role", ["moderator", "officer", "lead"])
async def test_nobody_else_writes_the_calendar(as_staff: Callable[..., Caller], role: str) -> None:
    answer = await write(as_staff(role), 2034, 0, days=[])

    assert answer.status_code == 403


async def test_a_release_leaves_alone_what_an_officer_wrote(tx: Transaction) -> None:
    theirs = YearDraft(source="UBND tỉnh", confirmed=True, days=())
    before = await years.read(tx, 2027)
    await years.write(tx, 2027, theirs, seen=before.version)

    await years.load(tx)

    assert (await years.read(tx, 2027)).source == "UBND tỉnh"
    assert (await years.read(tx, 2026)).version == 1


async def told(connection: Connection, year: int) -> int:
    return await connection.fetchval(
        "select count(*) from kernel.event where type = $1 and (payload->>'year')::int = $2",
        "calendar.year-confirmed.v1",
        year,
    )
