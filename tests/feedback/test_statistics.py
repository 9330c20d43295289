"""Statistics are a recount, told against both deadlines."""

from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from backend.kernel.database import Connection
from backend.testing import Caller, Client
from contracts.demo import HAC_THANH, agency_of
from modules.feedback.model.machines import Call, ReportState, Who
from modules.feedback.model.statistics import Tally, months_within, ranked

from .staging import SCENES, WHY, Stage

Act = Callable[..., Awaitable[Any]]
Set = Callable[..., Awaitable[Stage]]
STATISTICS = "/v1/feedback/public/statistics"


def tally(key: str, resolved: int, first: int, last: int) -> Tally:
    return Tally(
        key=key,
        label=key[:4],
        filed=0,
        declined=0,
        resolved=resolved,
        in_time_originally=first,
        in_time=last,
        extended=0,
        paused=0,
        reopened=0,
        closed=0,
        confirmed=0,
        desk_seconds=0,
    )


def test_agencies_are_ranked_by_what_they_promised_first_and_not_on_few_results() -> None:
    a, b, c, d = (str(uuid4()) for _ in range(4))

    found = ranked(
        [tally(a, 10, 5, 10), tally(b, 20, 20, 20), tally(c, 9, 9, 9), tally(d, 20, 10, 20)]
    )

    assert [(str(each.agency_id), each.rank) for each in found[:1]] == [(b, 1)]
    assert {(str(each.agency_id), each.rank) for each in found[1:3]} == {(a, 2), (d, 2)}
    assert (str(found[3].agency_id), found[3].rank) == (c, None)


@pytest.fixture
async def told(stage: Set, at: Any, work: Any, act: Act, connection: Connection) -> list[Stage]:
    """Two weeks of a small town."""
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    await connection.execute("truncate feedback.report cascade")
    await connection.execute("truncate feedback.stat_day, feedback.stat_sum")
    at("2025-10-06T08:00")
    await work()
    quick = await stage(SCENES[ReportState.RESOLVED])
    slow = await stage(SCENES[ReportState.WITH_AGENCY])
    extended = await stage((*SCENES[ReportState.WITH_AGENCY], Call.EXTENSION))
    desk = (await extended.standing())[1]
    await act(
        extended.people[Who.MODERATOR],
        "desk",
        extended.report,
        f"extensions/{desk['extension']['id']}/decision",
        json={"decision": "granted", "text": WHY},
    )
    declined = await stage(SCENES[ReportState.DECLINED])
    at("2025-10-17T09:00")
    await extended.play((Call.RESULT, Call.APPROVAL))
    at("2025-10-20T09:00")
    await slow.play((Call.RESULT,))
    at("2025-10-21T09:00")
    await slow.play((Call.APPROVAL, Call.RATING))
    await quick.play((Call.RATING, Call.REOPENING))
    await work()
    at("2025-11-10T09:00")
    await work()
    at("2025-11-10T09:20")
    await work()
    return [quick, slow, extended, declined]


async def test_statistics_equal_a_recount_from_events(
    told: list[Stage], client: Client, connection: Connection
) -> None:
    query = f"{STATISTICS}?by=day&since=2025-10-01&until=2025-11-30"
    items = (await client.get(query)).json()["items"]
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    rows = await connection.fetch(
        "select kind, (at at time zone 'Asia/Ho_Chi_Minh')::date::text as day from feedback.event"
    )

    recounted = Counter((row["kind"], row["day"]) for row in rows)
    for item in items:
        assert item["filed"] == recounted["filing", item["key"]]
        assert item["resolved"] == recounted["approval", item["key"]]
        assert item["declined"] == recounted["declination", item["key"]]
        assert item["reopened"] == recounted["reopening", item["key"]]
        closed = recounted["closing", item["key"]] + recounted["reopening_refused", item["key"]]
        assert item["closed"] == closed
    assert sum(item["filed"] for item in items) == 4
    assert sum(item["closed"] for item in items) == 3


async def test_both_deadlines_are_told_together(told: list[Stage], client: Client) -> None:
    query = f"{STATISTICS}?by=agency&since=2025-10-01&until=2025-11-30"
    answer = (await client.get(query)).json()

    items = {item["key"]: item for item in answer["items"]}
    ours = items[str(agency_of(HAC_THANH))]
    assert ours["label"] == "UBND phường Hạc Thành"
    assert (ours["resolved"], ours["in_time_originally"], ours["in_time"]) == (3, 1, 2)
    assert (ours["extended"], ours["reopened"]) == (1, 1)
    assert ours["share_in_time_originally"] == pytest.approx(0.3333)
    assert ours["share_in_time"] == pytest.approx(0.6667)
    assert ours["confirmed"] == 1
    assert set(answer["definitions"]) >= {"in_time_originally", "in_time", "confirmed"}


@pytest.mark.parametrize("by", ["agency", "commune", "category"])
@pytest.mark.parametrize(
    "period", ["since=2025-10-07&until=2025-11-30", "since=2025-10-01&until=2025-10-17"]
)
async def test_a_period_is_the_sum_of_its_days(
    told: list[Stage], client: Client, by: str, period: str
) -> None:
    grouped = (await client.get(f"{STATISTICS}?by={by}&{period}")).json()["items"]
    daily = (await client.get(f"{STATISTICS}?by=day&{period}")).json()["items"]

    assert daily
    for what in ("filed", "declined", "resolved", "in_time", "reopened", "closed", "confirmed"):
        assert sum(item[what] for item in grouped) == sum(item[what] for item in daily)


@pytest.mark.parametrize(
    ("since", "until", "first", "end"),
    [
        ("2025-10-01", "2025-11-30", "2025-10-01", "2025-12-01"),
        ("2025-10-02", "2025-11-29", "2025-11-30", "2025-11-30"),
        ("2025-09-30", "2025-11-29", "2025-10-01", "2025-11-01"),
        ("2025-12-01", "2025-12-24", "2025-12-01", "2026-01-01"),
        ("2025-12-02", "2025-12-24", "2025-12-25", "2025-12-25"),
    ],
)
def test_months_that_are_whole_are_told_from_days(
    since: str, until: str, first: str, end: str
) -> None:
    today = date(2025, 12, 24)

    found = months_within(date.fromisoformat(since), date.fromisoformat(until), today)

    assert found == (date.fromisoformat(first), date.fromisoformat(end))


async def test_few_results_are_not_ranked(told: list[Stage], client: Client) -> None:
    answer = await client.get("/v1/feedback/public/ranking?month=2025-10")

    assert [item["rank"] for item in answer.json()["items"]] == [None]
    assert answer.json()["ranked_from"] == 10


async def test_the_desk_reads_those_of_its_communes(
    told: list[Stage], moderator_elsewhere: Caller
) -> None:
    path = "/v1/feedback/desk/statistics?since=2025-10-01&until=2025-11-30"

    here = (await told[0].people[Who.MODERATOR].get(path)).json()["items"]
    elsewhere = (await moderator_elsewhere.get(path)).json()["items"]

    assert sum(item["filed"] for item in here) == 4
    assert elsewhere == []


@pytest.mark.parametrize("query", ["since=2025-02-01&until=2025-01-01", "since=2020-01-01"])
async def test_a_period_has_bounds(client: Client, query: str) -> None:
    assert (await client.get(f"{STATISTICS}?{query}")).status_code == 400
