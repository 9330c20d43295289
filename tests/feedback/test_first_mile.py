"""The main job: a citizen reports a broken road with a photo, and it is mended."""

from collections.abc import Awaitable, Callable
from typing import Any

from backend.files.samples import CAMERA_SERIAL
from backend.testing import Caller, Client

from .staging import WHY, reveal

Act = Callable[..., Awaitable[Any]]
ROADS_EXACT = {"lat": 19.8067, "lon": 105.7852}
DONE = "Đã vá mặt đường, lu lèn xong."
STEPS = [
    "filing",
    "claim",
    "publication",
    "assignment",
    "acceptance",
    "plan",
    "result",
    "approval",
]


async def test_a_report_goes_from_the_street_to_everybody_and_back(
    citizen: Caller,
    moderator: Caller,
    officer: Caller,
    client: Client,
    file: Act,
    act: Act,
    fetch: Callable[[str], Awaitable[bytes]],
    pothole: bytes,
    mended: bytes,
) -> None:
    filed = await file(citizen, photos=[pothole])
    assert filed.status_code == 201, filed.text
    report = filed.json()
    public = f"/v1/feedback/public/reports/{report['code']}"
    assert (await client.get(public)).status_code == 404

    claimed = await act(moderator, "desk", report, "claim")
    assert claimed.json()["publication"] == "private"
    assert (await client.get(public)).status_code == 404
    await reveal(moderator, report["id"])
    shown = (await client.get(public)).json()
    assert shown["state"] == "in_review"
    assert shown["location"] == ROADS_EXACT

    assigned = await act(moderator, "desk", report, "assignments", json={})
    assert assigned.json()["agency"]["name"] == "UBND phường Hạc Thành"
    await act(officer, "work", report, "acceptance")
    planned = await act(officer, "work", report, "plan", json={"planned_for": "2099-01-05"})
    assert planned.json()["assignment"] == "working"
    parts = [
        ("data", (None, f'{{"text": "{DONE}"}}'.encode(), "application/json")),
        ("photos", ("after.jpg", mended, "image/jpeg")),
    ]
    finished = await act(officer, "work", report, "result", files=parts)
    assert finished.json()["state"] == "awaiting_approval", finished.text
    assert "result" not in (await client.get(public)).json()["photos"]
    approved = await act(moderator, "desk", report, "approval", params={"reason": WHY})
    assert approved.json()["state"] == "resolved"
    assert len((await client.get(public)).json()["photos"]) == 1
    await reveal(moderator, report["id"])

    own = (await citizen.get(f"/v1/feedback/reports/{report['id']}")).json()
    assert own["result"] == DONE
    assert [step["kind"] for step in own["timeline"]] == STEPS
    await expect_mended((await client.get(public)).json(), fetch)


async def expect_mended(shown: Any, fetch: Callable[[str], Awaitable[bytes]]) -> None:
    """What everybody sees in the end: the result, and pictures with nothing in them but pixels."""
    assert shown["state"] == "resolved"
    assert shown["result"] == DONE
    assert len(shown["photos"]) == 2
    for address in shown["photos"]:
        picture = await fetch(address)
        assert picture[:3] == b"\xff\xd8\xff"
        assert b"Exif" not in picture
        assert CAMERA_SERIAL.encode() not in picture


async def test_nobody_but_its_reporter_learns_who_reported(
    citizen: Caller, moderator: Caller, officer: Caller, client: Client, worked_on: Any
) -> None:
    report_id = worked_on["id"]
    listed = await client.get("/v1/feedback/public/reports")

    answers = [
        (await moderator.get(f"/v1/feedback/desk/reports/{report_id}")).text,
        (await moderator.get("/v1/feedback/desk/reports")).text,
        (await officer.get(f"/v1/feedback/work/reports/{report_id}")).text,
        (await officer.get("/v1/feedback/work/reports")).text,
        listed.text,
    ]

    assert worked_on["code"] in listed.text
    assert all(str(citizen.person_id) not in answer for answer in answers)
