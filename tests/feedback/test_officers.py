"""Officers file for others and go on for each other; followers object to an end that is none."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest

from backend.testing import Caller, Client, Clock
from contracts.demo import HAC_THANH, SAM_SON, agency_of
from modules.feedback.model.machines import Call, Who
from modules.feedback.scopes import FOLLOW

from .conftest import FILING
from .staging import WHY, Stage

Act = Callable[..., Awaitable[Any]]
TAKEN = {
    "channel": "phone",
    "report": {
        **FILING,
        "contact": {"name": "Lê Thị Na", "phone": "0911222333"},
    },
}


async def test_an_officer_takes_a_call_down_and_the_caller_can_follow_it(
    moderator: Caller, client: Client
) -> None:
    taken = await moderator.post("/v1/feedback/desk/reports", json=TAKEN, key="call-1")
    again = await moderator.post("/v1/feedback/desk/reports", json=TAKEN, key="call-1")

    token = {"Tracking-Token": taken.json()["token"]}
    own = (await client.get("/v1/feedback/tracked-report", headers=token)).json()
    desk = await moderator.get(f"/v1/feedback/desk/reports/{taken.json()['id']}")
    assert taken.status_code == 201, taken.text
    assert again.json() == taken.json()
    assert own["code"] == taken.json()["code"]
    assert own["timeline"][0]["codes"] == ["phone"]
    assert "Lê Thị Na" not in desk.text


async def test_only_the_desk_takes_reports_down(officer: Caller, citizen: Caller) -> None:
    answers = [
        await caller.post("/v1/feedback/desk/reports", json=TAKEN) for caller in (officer, citizen)
    ]

    assert [answer.status_code for answer in answers] == [403, 403]


@pytest.fixture
def colleagues(as_staff: Any) -> Callable[[str], Caller]:
    def colleague(role: str) -> Caller:
        return as_staff(role, areas=[HAC_THANH], agency_id=agency_of(HAC_THANH))

    return colleague


async def test_whoever_leaves_hands_over_all_open_work_at_once(
    citizen: Caller, moderator: Caller, file: Act, act: Act, colleagues: Any
) -> None:
    leaving, lead, other = colleagues("officer"), colleagues("lead"), colleagues("officer")
    for colleague in (leaving, other):
        await colleague.get("/v1/feedback/work/reports")
    heir, absent = str(other.staff_id), str(leaving.staff_id)
    reports = [(await file(citizen)).json() for _ in range(2)]
    for report in reports:
        await act(moderator, "desk", report, "assignments", json={})
        given = await act(leaving, "work", report, "handler", json={"staff_id": absent})
        assert given.status_code == 200, given.text
    body = {"from_staff_id": absent, "to_staff_id": heir, "text": WHY}

    refused = await other.post("/v1/feedback/work/handovers", json=body)
    handed = await lead.post("/v1/feedback/work/handovers", json=body)
    again = await lead.post("/v1/feedback/work/handovers", json=body)

    assert refused.status_code == 403
    assert sorted(handed.json()["reports"]) == sorted(report["id"] for report in reports)
    assert handed.json()["more"] is False
    assert again.json()["reports"] == []
    one = (await lead.get(f"/v1/feedback/work/reports/{reports[0]['id']}")).json()
    assert one["handler_id"] == heir
    assert one["timeline"][-1]["text"] == WHY


async def test_another_agencys_work_is_not_handed_over(
    citizen: Caller, moderator: Caller, officer: Caller, file: Act, act: Act, as_staff: Any
) -> None:
    report = (await file(citizen)).json()
    await act(moderator, "desk", report, "assignments", json={})
    await officer.get("/v1/feedback/work/reports")
    absent = str(officer.staff_id)
    await act(officer, "work", report, "handler", json={"staff_id": absent})
    stranger = as_staff("lead", areas=[SAM_SON], agency_id=agency_of(SAM_SON))
    await stranger.get("/v1/feedback/work/reports")

    handed = await stranger.post(
        "/v1/feedback/work/handovers",
        json={"from_staff_id": absent, "to_staff_id": str(stranger.staff_id), "text": WHY},
    )

    assert handed.json() == {"reports": [], "more": False}


async def test_work_goes_on_with_colleagues_alone(
    citizen: Caller, moderator: Caller, file: Act, act: Act, colleagues: Any, as_staff: Any
) -> None:
    lead, officer = colleagues("lead"), colleagues("officer")
    stranger = as_staff("officer", areas=[SAM_SON], agency_id=agency_of(SAM_SON))
    for person in (officer, stranger, moderator):
        await person.get("/v1/feedback/work/reports")
    report = (await file(citizen)).json()
    await act(moderator, "desk", report, "assignments", json={})
    nobody = {"nobody": uuid4(), "elsewhere": stranger.staff_id, "desk": moderator.staff_id}

    handled = [
        await act(lead, "work", report, "handler", json={"staff_id": str(staff_id)})
        for staff_id in nobody.values()
    ]
    handed = [
        await lead.post(
            "/v1/feedback/work/handovers",
            json={
                "from_staff_id": str(officer.staff_id),
                "to_staff_id": str(staff_id),
                "text": WHY,
            },
        )
        for staff_id in nobody.values()
    ]

    for refused in (*handled, *handed):
        assert refused.status_code == 422, refused.text
        assert refused.json()["type"].endswith("/feedback/unknown-officer")
    seen = (await lead.get(f"/v1/feedback/work/reports/{report['id']}")).json()
    assert seen["handler_id"] is None


RESOLVED = (Call.CLAIM, Call.ASSIGNMENT, Call.ACCEPTANCE, Call.RESULT, Call.APPROVAL)


async def test_a_follower_objects_once_and_is_counted_and_not_named(
    stage: Callable[..., Awaitable[Stage]], as_citizen: Any, client: Client, drain: Any
) -> None:
    scene = await stage(RESOLVED)
    code, moderator = scene.report["code"], scene.people[Who.MODERATOR]
    path = f"/v1/feedback/public/reports/{code}/objections"
    neighbours = [as_citizen(FOLLOW) for _ in range(2)]

    answers = [await each.post(path, json={"text": WHY}) for each in (*neighbours, neighbours[0])]
    await drain()

    shown = (await client.get(f"/v1/feedback/public/reports/{code}")).json()
    heard = await moderator.get(f"/v1/feedback/desk/reports/{scene.report['id']}/objections")
    assert [answer.status_code for answer in answers] == [201, 201, 201]
    assert (shown["objections"], shown["followers"], shown["state"]) == (2, 2, "resolved")
    assert [item["text"] for item in heard.json()["items"]] == [WHY, WHY]
    assert all(str(each.person_id) not in heard.text for each in neighbours)


async def test_there_is_nothing_to_object_to_before_the_end_or_long_after_it(
    stage: Callable[..., Awaitable[Stage]], as_citizen: Any, clock: Clock
) -> None:
    at_work, over = await stage(RESOLVED[:3]), await stage(RESOLVED)
    neighbour = as_citizen(FOLLOW)
    path = "/v1/feedback/public/reports/{}/objections"

    early = await neighbour.post(path.format(at_work.report["code"]), json={"text": WHY})
    unknown = await neighbour.post(path.format("PA-222222"), json={"text": WHY})
    clock.advance(days=17)
    late = await neighbour.post(path.format(over.report["code"]), json={"text": WHY})

    assert early.json()["type"].endswith("/feedback/not-from-here")
    assert unknown.status_code == 404
    assert late.json()["type"].endswith("/feedback/window-over")


async def test_who_objected_is_nobody_elses_to_read(
    stage: Callable[..., Awaitable[Stage]], as_citizen: Any, officer: Caller
) -> None:
    scene = await stage(RESOLVED)
    neighbour = as_citizen(FOLLOW)
    await neighbour.post(
        f"/v1/feedback/public/reports/{scene.report['code']}/objections", json={"text": WHY}
    )

    refused = await officer.get(f"/v1/feedback/desk/reports/{scene.report['id']}/objections")

    assert refused.status_code == 403


async def test_whoever_asked_for_more_time_does_not_grant_it(
    worked_on: Any, as_staff: Callable[..., Caller], act: Act
) -> None:
    both = as_staff("officer", "moderator", areas=[HAC_THANH], agency_id=agency_of(HAC_THANH))
    other = as_staff("moderator", areas=[HAC_THANH])
    more = {"days": 3, "text": "Chờ vật tư về kho huyện."}
    await act(both, "work", worked_on, "extensions", json=more)
    desk = await both.get(f"/v1/feedback/desk/reports/{worked_on['id']}")
    decision = f"extensions/{desk.json()['extension']['id']}/decision"
    said = {"decision": "granted", "text": "Đồng ý cho thêm ba ngày."}

    own = await act(both, "desk", worked_on, decision, json=said)
    theirs = await act(other, "desk", worked_on, decision, json=said)

    assert own.json()["type"].endswith("/feedback/four-eyes")
    assert (own.status_code, theirs.status_code) == (409, 200)
