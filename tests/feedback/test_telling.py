"""Whoever is concerned hears of it: reporter, followers, subscribers, officers and their heads."""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from backend.testing import Caller, Client, Clock
from contracts.demo import HAC_THANH, SAM_SON, agency_of
from modules.feedback.scopes import FOLLOW, OWN
from modules.notifications.scopes import READ

Act = Callable[..., Awaitable[Any]]
Drain = Callable[[], Awaitable[list[str]]]
PUBLIC = "/v1/feedback/public/reports"
ZONE = timezone(timedelta(hours=7))


@pytest.fixture
def citizen(as_citizen: Callable[..., Caller]) -> Caller:
    return as_citizen(OWN, READ, FOLLOW)


@pytest.fixture
def neighbour(as_citizen: Callable[..., Caller]) -> Caller:
    return as_citizen(READ, FOLLOW)


@pytest.fixture
def lead(as_staff: Callable[..., Caller]) -> Caller:
    return as_staff("lead", agency_id=agency_of(HAC_THANH))


async def heard(person: Caller, report: Any = None) -> list[str]:
    """What somebody was told, the oldest first."""
    answer = await person.get("/v1/notifications/inbox?limit=100")
    assert answer.status_code == 200, answer.text
    return [
        item["kind"].removeprefix("feedback.")
        for item in reversed(answer.json()["items"])
        if report is None or item["about"] == report["code"]
    ]


async def test_a_report_tells_its_reporter_all_the_way(
    citizen: Caller,
    neighbour: Caller,
    moderator: Caller,
    officer: Caller,
    lead: Caller,
    as_staff: Callable[..., Caller],
    file: Act,
    act: Act,
    drain: Drain,
    draw: Callable[..., bytes],
) -> None:
    report = (await file(citizen)).json()
    approver = as_staff("moderator", areas=[HAC_THANH])
    await act(moderator, "desk", report, "claim")
    followed = await neighbour.put(f"{PUBLIC}/{report['code']}/following")

    await resolve(report, moderator, officer, approver, act, draw("lamp", minute=9))
    await drain()

    assert followed.status_code == 200, followed.text
    told = {"received", "published", "assigned", "planned", "resolved"}
    assert set(await heard(citizen, report)) == told
    assert len(await heard(citizen, report)) == len(told)
    assert await heard(neighbour, report) == ["moved", "moved"]
    assert await heard(officer, report) == await heard(lead, report) == ["work-assigned"]


async def resolve(*given: Any) -> None:
    report, moderator, officer, approver, act, photo = given
    said = '{"text": "Đã vá mặt đường, nghiệm thu xong."}'.encode()
    parts = [
        ("data", (None, said, "application/json")),
        ("photos", ("after.jpg", photo, "image/jpeg")),
    ]
    for person, part, call, more in (
        (moderator, "desk", "assignments", {"json": {}}),
        (officer, "work", "acceptance", {}),
        (officer, "work", "plan", {"json": {"planned_for": "2100-01-01"}}),
        (officer, "work", "result", {"files": parts}),
        (approver, "desk", "approval", {"params": {"reason": "Ảnh mẫu của bài thử."}}),
    ):
        answer = await act(person, part, report, call, **more)
        assert answer.status_code == 200, answer.text


async def test_a_question_tells_the_reporter_and_an_answer_the_desk(
    citizen: Caller, moderator: Caller, file: Act, act: Act, drain: Drain
) -> None:
    report = (await file(citizen)).json()
    await act(moderator, "desk", report, "claim")
    await act(moderator, "desk", report, "questions", json={"text": "Trước nhà số mấy vậy?"})
    await act(citizen, "reports", report, "answers", json={"text": "Số 12."})

    await drain()

    assert "questioned" in await heard(citizen, report)
    assert await heard(moderator, report) == ["work-answered"]


async def test_the_head_hears_that_a_third_return_was_refused_once(
    citizen: Caller,
    moderator: Caller,
    officer: Caller,
    lead: Caller,
    file: Act,
    act: Act,
    drain: Drain,
) -> None:
    report = (await file(citizen)).json()
    back = {"reason": "not-competent", "text": "Không thuộc địa bàn của phường."}
    answers: list[int] = []
    for _ in range(3):
        await act(moderator, "desk", report, "assignments", json={})
        answers.append((await act(officer, "work", report, "return", json=back)).status_code)
    answers.append((await act(officer, "work", report, "return", json=back)).status_code)

    await drain()

    assert answers == [204, 204, 409, 409]
    told = await heard(lead, report)
    assert told.count("work-returned") == 2
    assert told.count("work-return-refused") == 1
    assert "work-return-refused" not in await heard(officer, report)


async def test_no_message_names_anybody_or_any_place(
    citizen: Caller, moderator: Caller, file: Act, act: Act, drain: Drain, connection: Any
) -> None:
    planted = "Nguyễn Thị Bưởi 0912345678"
    report = (await file(citizen, text=f"Ổ gà trước nhà {planted}.", address="7 Ngõ Kín")).json()
    said = {"reason": "no-issue", "text": f"Đã gọi {planted} và kiểm tra tại chỗ."}
    await act(moderator, "desk", report, "declination", json=said)

    await drain()

    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    for row in await connection.fetch("select m::text as row from notifications.message as m"):
        for secret in ("Bưởi", "0912345678", "Ngõ Kín", "19.80671"):
            assert secret not in row["row"]


async def test_who_is_late_hears_it_and_then_the_heads_hear_it(
    citizen: Caller,
    moderator: Caller,
    officer: Caller,
    lead: Caller,
    as_staff: Callable[..., Caller],
    file: Act,
    act: Act,
    work: Any,
    clock: Clock,
) -> None:
    office = as_staff("moderator", areas=["38"])
    report = (await file(citizen)).json()
    await act(moderator, "desk", report, "claim")
    await act(moderator, "desk", report, "assignments", json={})
    for _ in range(25):
        clock.advance(days=1)
        await work()

    late = ["work-assigned", "work-due-soon", "work-overdue"]
    assert sorted(await heard(officer, report)) == late
    assert sorted(await heard(lead, report)) == [*late, "work-unaccepted"]
    assert await heard(moderator, report) == ["escalated"]
    assert (await heard(office, report)).count("escalated") == 2


async def test_following_is_counted_and_ends(
    citizen: Caller,
    neighbour: Caller,
    moderator: Caller,
    file: Act,
    act: Act,
    drain: Drain,
    client: Client,
) -> None:
    report = (await file(citizen)).json()
    await act(moderator, "desk", report, "claim")
    path = f"{PUBLIC}/{report['code']}"

    for _ in range(2):
        await neighbour.put(f"{path}/following")
    await drain()
    counted = (await client.get(path)).json()["followers"]
    ended = await neighbour.delete(f"{path}/following")
    await drain()

    assert counted == 1
    assert ended.status_code == 204
    assert (await client.get(path)).json()["followers"] == 0


async def test_what_is_not_public_cannot_be_followed(
    citizen: Caller, neighbour: Caller, file: Act
) -> None:
    report = (await file(citizen, wish="not_public")).json()

    hidden = await neighbour.put(f"{PUBLIC}/{report['code']}/following")
    unknown = await neighbour.put(f"{PUBLIC}/PA-222222/following")

    assert hidden.status_code == unknown.status_code == 404


async def test_subscribers_hear_of_new_reports_where_they_want_to(
    citizen: Caller,
    as_citizen: Callable[..., Caller],
    moderator: Caller,
    file: Act,
    act: Act,
    drain: Drain,
) -> None:
    async def subscriber(**area: Any) -> Caller:
        person = as_citizen(READ, FOLLOW)
        answer = await person.post("/v1/feedback/me/subscriptions", json={"pace": "now", **area})
        assert answer.status_code == 201, answer.text
        return person

    here = {"lat": 19.8090, "lon": 105.7850}
    commune = await subscriber(commune_code=HAC_THANH)
    elsewhere = await subscriber(commune_code=SAM_SON)
    near = await subscriber(location=here, radius_m=500)
    far = await subscriber(location={"lat": 19.83, "lon": 105.7850}, radius_m=500)
    lamps = await subscriber(location=here, radius_m=500, categories=["street-lighting"])
    report = (await file(citizen)).json()

    await act(moderator, "desk", report, "claim")
    await drain()

    assert await heard(commune) == await heard(near) == ["nearby"]
    assert await heard(elsewhere) == await heard(far) == await heard(lamps) == []


async def test_the_centre_of_a_circle_is_kept_as_coarse_as_the_map(neighbour: Caller) -> None:
    exact = {"lat": 19.806712, "lon": 105.785234}

    await neighbour.post("/v1/feedback/me/subscriptions", json={"location": exact})

    (kept,) = (await neighbour.get("/v1/feedback/me/subscriptions")).json()["items"]
    assert kept["location"] == {"lat": 19.807, "lon": 105.785}


async def test_once_a_day_there_is_one_message_with_the_number(
    citizen: Caller,
    neighbour: Caller,
    moderator: Caller,
    file: Act,
    act: Act,
    work: Any,
    clock: Clock,
) -> None:
    await work()
    area = {"commune_code": HAC_THANH, "pace": "daily"}
    subscribed = await neighbour.post("/v1/feedback/me/subscriptions", json=area)
    clock.advance(minutes=1)
    for _ in range(3):
        await act(moderator, "desk", (await file(citizen)).json(), "claim")
    tomorrow = clock.now.astimezone(ZONE).date() + timedelta(days=2)
    clock.now = datetime(tomorrow.year, tomorrow.month, tomorrow.day, 7, 1, tzinfo=ZONE)

    await work()
    await work()

    (message,) = (await neighbour.get("/v1/notifications/inbox")).json()["items"]
    assert (message["kind"], message["title"]) == ("feedback.digest", "3 phản ánh mới")
    path = f"/v1/feedback/me/subscriptions/{subscribed.json()['id']}"
    assert (await citizen.delete(path)).status_code == 404
    assert (await neighbour.delete(path)).status_code == 204
