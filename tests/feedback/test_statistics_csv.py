"""Statistics as a table for spreadsheets: defined, and no cell of it is a formula."""

import csv
from collections.abc import Awaitable, Callable
from datetime import date
from io import StringIO
from typing import Any

from backend.testing import Caller, Client
from modules.feedback.model.bulk import statistics_csv
from modules.feedback.model.statistics import DEFINITIONS, Statistics, Tally

Act = Callable[..., Awaitable[Any]]


async def test_the_table_says_what_the_page_says_and_defines_it(
    client: Client, moderator: Caller, citizen: Caller, file: Act, work: Any, at: Any
) -> None:
    at("2025-10-06T08:00")
    await work()
    await file(citizen)
    at("2025-10-06T09:00")
    await work()

    for who, path in ((client, "public"), (moderator, "desk")):
        page = (await who.get(f"/v1/feedback/{path}/statistics")).json()
        table = await who.get(f"/v1/feedback/{path}/statistics.csv")
        columns, definitions, *lines = csv.reader(StringIO(table.text))

        assert table.headers["content-type"].startswith("text/csv")
        assert dict(zip(columns, definitions, strict=True))["filed"] == DEFINITIONS["filed"]
        assert len(lines) == len(page["items"]) > 0
        assert sum(int(line[columns.index("filed")]) for line in lines) == sum(
            item["filed"] for item in page["items"]
        )


async def test_a_citizen_reads_no_table_of_the_desk(citizen: Caller) -> None:
    assert (await citizen.get("/v1/feedback/desk/statistics.csv")).status_code == 403


def test_a_name_that_a_spreadsheet_would_compute_is_set_off() -> None:
    counts = dict.fromkeys(
        (
            "filed",
            "declined",
            "resolved",
            "in_time_originally",
            "in_time",
            "extended",
            "paused",
            "reopened",
            "closed",
            "confirmed",
            "desk_seconds",
        ),
        1,
    )
    names = ("=1+1", "+84", "-2", "@sum", "\tx", "UBND")
    told = Statistics(
        since=date(2026, 3, 1),
        until=date(2026, 3, 2),
        by="agency",
        items=[Tally(key="k", label=name, **counts).shown() for name in names],
        definitions=DEFINITIONS,
    )

    _, _, *lines = csv.reader(StringIO(statistics_csv(told).decode()))

    assert [line[1] for line in lines] == ["'=1+1", "'+84", "'-2", "'@sum", "'\tx", "UBND"]
