"""What happened to somebody, and the plan that comes of it."""

from collections.abc import Callable
from typing import Any

import pytest

from backend.testing import Client, Clock
from modules.public_services import demo

BIRTH = "/v1/public-services/life-events/sinh-con"


@pytest.fixture(autouse=True)
async def seeded(client: Client, as_job: Callable[..., Any], clock: Clock) -> None:
    """The example catalogue."""
    if (await client.get(BIRTH)).status_code == 404:
        async with as_job() as tx:
            await demo.seed(tx)


async def test_every_step_of_every_event_is_in_the_catalogue(client: Client) -> None:
    events = (await client.get("/v1/public-services/life-events")).json()["events"]

    for event in events:
        plan = await client.post(
            f"/v1/public-services/life-events/{event['slug']}/plans", json={"fact_on": "2026-01-05"}
        )
        assert len(plan.json()["steps"]) == len(event["steps"])
    assert len(events) >= 5


async def test_a_plan_has_due_days_and_each_paper_once(client: Client) -> None:
    plan = (await client.post(f"{BIRTH}/plans", json={"fact_on": "2026-01-05"})).json()

    days = [step["due_on"] for step in plan["steps"]]
    names = [paper["name"] for paper in plan["papers"]]
    assert days == ["2026-02-19", "2026-03-06"]
    assert len(names) == len(set(names)) > 1


async def test_what_is_done_is_left_out(client: Client) -> None:
    (first, *_) = (await client.get(BIRTH)).json()["steps"]

    plan = await client.post(
        f"{BIRTH}/plans", json={"fact_on": "2026-01-05", "leave_out": [first["code"]]}
    )

    assert first["code"] not in [step["code"] for step in plan.json()["steps"]]


async def test_a_plan_goes_into_a_calendar(client: Client) -> None:
    plan = await client.post(
        f"{BIRTH}/plans", json={"fact_on": "2026-01-05"}, headers={"Accept": "text/calendar"}
    )

    lines = plan.content.split(b"\r\n")
    assert plan.headers["content-type"].startswith("text/calendar")
    assert b"DTSTART;VALUE=DATE:20260219" in lines
    assert max(map(len, lines)) <= 75


async def test_an_unknown_event_and_an_impossible_day_are_refused(client: Client) -> None:
    unknown = await client.post(
        "/v1/public-services/life-events/khong-co/plans", json={"fact_on": "2026-01-05"}
    )
    impossible = await client.post(f"{BIRTH}/plans", json={"fact_on": "9999-12-31"})

    assert (unknown.status_code, impossible.status_code) == (404, 422)


async def test_a_step_that_a_rule_excludes_falls_away_and_says_which_article(
    client: Client,
) -> None:
    plans = "/v1/public-services/life-events/nghi-huu/plans"
    pension = {"tuoi": 76, "co_luong_huu": False}
    told = [
        await client.post(plans, json={"fact_on": "2026-02-01", "answers": said})
        for said in ({}, {"tuoi": 76}, pension, {"co_luong_huu": True})
    ]
    malformed = [
        await client.post(plans, json={"fact_on": "2026-02-01", "answers": said})
        for said in ({"tuoi": "76"}, {"cao": 1})
    ]

    unknown, older, entitled, excluded = (each.json() for each in told)
    (advice,) = [step["advice"] for step in unknown["steps"] if step["advice"]]
    assert {each["name"] for each in unknown["questions"]} == {"tuoi", "co_luong_huu", "ho_ngheo"}
    assert (advice["outcomes"], advice["missing"]) == ([], ["co_luong_huu"])
    assert [step["advice"]["missing"] for step in older["steps"] if step["advice"]] == [
        ["co_luong_huu"]
    ]
    assert [step["advice"]["outcomes"] for step in entitled["steps"] if step["advice"]] == [
        [{"eligible": True}]
    ]
    (left_out,) = excluded["unneeded"]
    assert left_out["code"] not in [step["code"] for step in excluded["steps"]]
    assert left_out["advice"]["legal_references"] == ["Ví dụ: Luật 41/2024/QH15, Điều 21"]
    assert [each.status_code for each in malformed] == [422, 422]


async def test_a_page_asks_what_the_rules_ask_and_no_address_holds_the_answers(
    client: Client,
) -> None:
    page = "/life-events/nghi-huu"
    said = {"fact_on": "2026-02-01", "a-co_luong_huu": "true", "a-tuoi": "76"}

    form = (await client.get(page)).text
    shown = await client.post(page, data=said)
    entry = await client.post(f"{page}/plan.ics", data=said)
    bad = [await client.post(page, data={**said, "a-tuoi": each}) for each in ("x", "9e9", "nan")]

    assert 'method="post" action="/life-events/nghi-huu"' in form
    assert "Đang hưởng lương hưu" in form
    assert "Luật 41/2024/QH15, Điều 21" in shown.text.partition("<ol")[2]
    assert shown.headers["cache-control"] == "private, no-store"
    assert b"9.022013" not in entry.content
    assert b"9.020006" in entry.content
    assert {each.status_code for each in bad} == {400}
