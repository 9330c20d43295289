"""Years: everybody reads them, an administrator writes them, and a release leaves those alone."""

import html
import re
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


PAGE = "/console/calendar/year"
TABLE = """date,working,kind,name,legal_reference
2038-03-10,,swapped,Nghỉ hoán đổi,Thông báo thử
2038-03-13,x,swapped,Làm bù,Thông báo thử
"""


async def send(admin: Caller, **said: str) -> Any:
    page = (await admin.get(f"{PAGE}?year=2038")).text
    token = re.search(r'name="csrf" value="([^"]+)"', page)
    assert token is not None
    headers = {"Origin": "null", "X-CSRF-Token": "", "Accept-Language": "vi"}
    fields = {"year": "2038", "version": "0", "source": "Thông báo thử", "days": TABLE, **said}
    parts = [(name, (None, text)) for name, text in {"csrf": token[1], **fields}.items()]
    return await admin.send("POST", PAGE, files=parts, headers=headers)


async def test_what_a_year_moves_is_shown_before_it_is_kept(admin: Caller, client: Client) -> None:
    looked = await send(admin, do="look")
    nothing = await client.get(f"{DAYS}?year=2038")
    kept = await send(admin, do="keep", confirmed="true")
    stale = await send(admin, do="keep", confirmed="true")
    days = (await client.get(f"{DAYS}?year=2038")).json()

    assert looked.status_code == 200, looked.text
    # Received on Tuesday the 9th, one working day: not Wednesday, which is off, but Thursday.
    moved = looked.text.partition('id="moves"')[2]
    first = moved.partition("<tbody>")[2].partition("</tr>")[0]
    assert re.findall(r"\d\d/\d\d/2038", first) == ["09/03/2038", "10/03/2038", "11/03/2038"]
    assert nothing.status_code == 404
    assert kept.status_code == 303, kept.text
    assert stale.status_code == 412
    assert [(day["date"], day["working"]) for day in days["days"]] == [
        ("2038-03-10", False),
        ("2038-03-13", True),
    ]
    assert days["confirmed"] is True


@pytest.mark.parametrize(
    ("table", "lines"),
    [
        ("", "dòng 1"),
        ("day;name\n2038-01-01;Tết", "dòng 1"),
        (f"{TABLE}2038-13-01,,holiday,Tết,\n2038-01-01,,feast,Tết,", "dòng 4, 5"),
    ],
)
async def test_a_table_that_is_none_is_named_by_its_lines(
    admin: Caller, table: str, lines: str
) -> None:
    refused = await send(admin, days=table)

    assert refused.status_code == 400
    assert lines in refused.text
    assert table.strip()[-20:] in html.unescape(refused.text)


async def test_its_page_is_for_administrators(
    as_staff: Callable[..., Caller], client: Client
) -> None:
    assert (await as_staff("auditor").get(PAGE)).status_code == 403
    assert (await client.get(PAGE)).headers["location"] == "/console/login"
