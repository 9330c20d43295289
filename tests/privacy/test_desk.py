"""Requests and their clocks; breaches and theirs."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from backend.kernel import VIETNAM
from backend.kernel.database import Connection
from backend.privacy.model import alarm
from backend.privacy.scopes import ASK
from backend.testing import Caller, Clock
from tests.pressing import press, shown

REQUESTS = "/v1/account/requests"
DESK = "/v1/admin/requests"
NOTE = "Tên của tôi bị ghi sai trong sổ"


async def asked(person: Caller, kind: str = "rectify") -> dict[str, Any]:
    answer = await person.post(REQUESTS, json={"kind": kind, "note": NOTE})
    assert answer.status_code == 201, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("kind", "days"),
    [("access", 10), ("rectify", 10), ("copy", 10), ("withdraw", 15), ("restrict", 15),
     ("object", 15), ("erase", 20)],
)  # fmt: skip
async def test_a_request_is_answered_in_working_days_and_done_in_days(
    patient: Caller, desk: Caller, clock: Clock, kind: str, days: int
) -> None:
    request = await asked(patient, kind)
    today = clock.now.astimezone(VIETNAM).date()
    answered = await desk.post(f"{DESK}/{request['id']}/decision", json={"state": "answered"})

    answer_due = date.fromisoformat(request["due"])
    assert 2 <= (answer_due - today).days <= 12, "two days on which offices work"
    assert answer_due.weekday() < 5
    finish = max(answer_due, today + timedelta(days=days))
    assert answered.json()["due"] == finish.isoformat()


async def test_what_somebody_wrote_is_sealed_and_reading_it_is_told(
    patient: Caller, desk: Caller, superuser: Connection
) -> None:
    request = await asked(patient)

    listed = await desk.get(DESK)
    read = await desk.get(f"{DESK}/{request['id']}")

    assert NOTE not in listed.text
    assert read.json()["note"] == NOTE
    sealed: Any = await superuser.fetchval(
        "select note_enc from privacy.request where id = $1", request["id"]
    )
    assert NOTE.encode() not in bytes(sealed)
    (entry, *_) = (await patient.get("/v1/account/access-log")).json()["items"]
    assert (entry["purpose"], entry["about"]) == (
        "privacy.request",
        f"privacy.request {request['code']}",
    )


async def test_a_request_is_extended_once_and_with_a_reason(patient: Caller, desk: Caller) -> None:
    request = await asked(patient)
    path = f"{DESK}/{request['id']}/decision"
    await desk.post(path, json={"state": "answered"})
    finish = (await desk.post(path, json={"state": "working"})).json()["due"]

    wordless = await desk.post(path, json={"state": "extended"})
    first = await desk.post(path, json={"state": "extended", "words": "Chờ xác minh."})
    second = await desk.post(path, json={"state": "extended", "words": "Chờ nữa."})

    assert wordless.status_code == 422
    longer = date.fromisoformat(finish) + timedelta(days=10)
    assert first.json()["extended_to"] == first.json()["due"] == longer.isoformat()
    assert second.status_code == 409


async def test_a_refusal_names_its_law(patient: Caller, desk: Caller) -> None:
    request = await asked(patient)
    path = f"{DESK}/{request['id']}/decision"

    lawless = await desk.post(path, json={"state": "refused", "words": "Không."})
    refused = await desk.post(path, json={"state": "refused", "law": "Law 91/2025/QH15, art. 14"})
    again = await desk.post(path, json={"state": "fulfilled", "words": "Xong."})

    assert (lawless.status_code, refused.status_code, again.status_code) == (422, 200, 409)
    (seen, *_) = (await patient.get(REQUESTS)).json()["items"]
    assert seen["refusal_law"] == "Law 91/2025/QH15, art. 14"
    assert seen["note"] == NOTE


async def test_a_request_can_be_withdrawn_by_its_person_alone(
    patient: Caller, as_citizen: Callable[..., Caller]
) -> None:
    request = await asked(patient)
    stranger = await as_citizen(ASK).post(f"{REQUESTS}/{request['id']}/withdrawal")
    own = await patient.post(f"{REQUESTS}/{request['id']}/withdrawal")
    twice = await patient.post(f"{REQUESTS}/{request['id']}/withdrawal")

    assert (stranger.status_code, own.status_code, twice.status_code) == (404, 200, 409)
    assert own.json()["state"] == "withdrawn"


async def test_the_most_urgent_comes_first(patient: Caller, desk: Caller, clock: Clock) -> None:
    late = await asked(patient, "erase")
    soon = await asked(patient, "access")

    items = (await desk.get(DESK, params={"limit": 100})).json()["items"]
    places = {item["id"]: place for place, item in enumerate(items)}
    assert places[soon["id"]] < places[late["id"]]


@pytest.mark.parametrize(
    ("used", "told"), [(0.0, ""), (0.49, ""), (0.5, "half"), (0.8, "late"), (1.0, "over")]
)
def test_the_clock_is_heard_at_half_and_at_four_fifths(used: float, told: str) -> None:
    start = datetime(2026, 11, 2, tzinfo=VIETNAM)
    length = timedelta(days=10)

    assert alarm(start, date(2026, 11, 11), start + used * length) == told


async def test_a_breach_is_told_within_72_hours(desk: Caller, clock: Clock) -> None:
    said = {
        "detected_at": clock.now.isoformat(),
        "what": "Một tệp danh sách bị gửi nhầm địa chỉ",
        "persons_affected": 40,
        "measures": "Đã thu hồi tệp",
    }
    incident = (await desk.post("/v1/admin/incidents", json=said)).json()
    path = f"/v1/admin/incidents/{incident['id']}/steps"
    hours = datetime.fromisoformat(incident["due_at"]) - clock.now

    early = await desk.post(path, json={"close": True})
    told = await desk.post(path, json={"reported_as": "A05/1234", "persons_affected": 41})
    closed = await desk.post(path, json={"close": True})

    assert hours == timedelta(hours=72)
    assert early.status_code == 409
    assert (told.json()["report_ref"], told.json()["persons_affected"]) == ("A05/1234", 41)
    assert closed.json()["closed_at"] is not None
    assert (await desk.get("/v1/admin/incidents")).json()["items"][0]["id"] == incident["id"]


async def test_a_breach_is_recorded_and_closed_on_the_desks_page(
    desk: Caller, clock: Clock
) -> None:
    page = "/console/privacy/desk"
    detected = (clock.now - timedelta(hours=80)).astimezone(VIETNAM)
    said = {
        "detected_at": detected.strftime("%Y-%m-%dT%H:%M"),
        "what": "Mất một máy tính xách tay",
        "persons_affected": "12",
        "measures": "Đã khóa từ xa",
    }

    bad = await press(desk, "/console/privacy/incidents", page, **{**said, "detected_at": "nay"})
    kept = await press(desk, "/console/privacy/incidents", page, **said)
    (one,) = [
        each
        for each in (await desk.get("/v1/admin/incidents")).json()["items"]
        if each["what"] == said["what"]
    ]
    steps = f"/console/privacy/incidents/{one['id']}"
    early = await press(desk, f"{steps}/end", page)
    await press(desk, f"{steps}/report", page, reported_as="A05/99")
    ended = await press(desk, f"{steps}/end", page)

    assert bad.status_code == 400
    assert kept.headers["location"] == ended.headers["location"] == page
    due = datetime.fromisoformat(one["due_at"])
    assert due == detected.replace(second=0, microsecond=0) + timedelta(hours=72)
    assert early.status_code == 409
    assert "A05/99" in await shown(desk, page)


async def test_no_other_officer_comes_in(as_staff: Callable[..., Caller]) -> None:
    for role in ("officer", "admin", "auditor"):
        for path in (DESK, "/v1/admin/holds", "/v1/admin/incidents"):
            assert (await as_staff(role).get(path)).status_code == 403


async def test_the_desk_answers_a_request_from_its_page(patient: Caller, desk: Caller) -> None:
    request = await asked(patient)
    page = f"/console/privacy/requests/{request['id']}"

    listed = await desk.get("/console/privacy/desk", headers={"Accept-Language": "vi"})
    shown = (await desk.get(page)).text
    token = shown.partition('name="csrf" value="')[2].partition('"')[0]
    answered = await desk.send(
        "POST",
        f"{page}/decision",
        data={"csrf": token, "state": "answered", "words": "Chúng tôi đang xem lại sổ."},
        headers={"Origin": "null", "X-CSRF-Token": ""},
    )

    assert request["code"] in listed.text
    assert NOTE not in listed.text
    assert NOTE in shown
    assert answered.headers["location"] == "/console/privacy/desk"
    assert (await desk.get(f"{DESK}/{request['id']}")).json()["state"] == "answered"


async def test_nobody_else_sees_what_people_ask_about_their_data(
    as_staff: Callable[..., Caller],
) -> None:
    assert (await as_staff("admin", "auditor").get("/console/privacy/desk")).status_code == 403
