"""Text first, photos later: what was announced is waited for, for a day and no longer."""

from collections.abc import Awaitable, Callable
from typing import Any

from backend.testing import Caller, Clock
from modules.feedback.service.history import verify

Act = Callable[..., Awaitable[Any]]


async def sent_ahead(person: Caller, photo: bytes) -> str:
    answer = await person.post(
        "/v1/files?purpose=feedback.report", files=[("photos", ("a.jpg", photo, "image/jpeg"))]
    )
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def test_announced_photos_follow_and_the_history_holds(
    citizen: Caller, moderator: Caller, file: Act, act: Act, draw: Any, tx: Any
) -> None:
    report = (await file(citizen, expected_files=1)).json()
    before = (await citizen.get(f"/v1/feedback/reports/{report['id']}")).json()
    late = await sent_ahead(citizen, draw(minute=11))

    came = await act(citizen, "reports", report, "attachments", json={"files": [late]})
    more = await sent_ahead(citizen, draw(minute=12))
    again = await act(citizen, "reports", report, "attachments", json={"files": [more]})

    desk = (await moderator.get(f"/v1/feedback/desk/reports/{report['id']}")).json()
    assert "attachment" in before["allowed"]
    assert came.status_code == 200, came.text
    assert "attachment" not in came.json()["allowed"]
    assert [photo["file_id"] for photo in desk["photos"]] == [late]
    assert again.json()["type"].endswith("/feedback/limit-reached")
    assert desk["deadline"]["due_at"] == before["deadline"]["due_at"]
    assert [each for each in (await verify(tx)).breaches if each.code == report["code"]] == []


async def test_photos_that_came_later_tell_duplicates_too(
    citizen: Caller, moderator: Caller, file: Act, act: Act, draw: Any, drain: Any
) -> None:
    away = {"lat": 19.8072, "lon": 105.7858}
    early = (await file(citizen, photos=[draw(minute=21)])).json()
    late = (
        await file(citizen, text="Mặt đường lõm một hố.", location=away, expected_files=1)
    ).json()
    path = f"/v1/feedback/desk/reports/{late['id']}/similar"
    await drain()
    before = {each["code"]: each for each in (await moderator.get(path)).json()["items"]}
    photo = await sent_ahead(citizen, draw(minute=22))
    came = await act(citizen, "reports", late, "attachments", json={"files": [photo]})

    await drain()

    after = {each["code"]: each for each in (await moderator.get(path)).json()["items"]}
    assert came.status_code == 200, came.text
    known = before.get(early["code"], {"score": {"total": 0}})
    assert after[early["code"]]["score"]["total"] > known["score"]["total"]


async def test_after_a_day_they_are_not_waited_for(
    citizen: Caller, file: Act, act: Act, draw: Any, clock: Clock
) -> None:
    report = (await file(citizen, expected_files=1)).json()
    clock.advance(hours=24)
    late = await sent_ahead(citizen, draw(minute=13))

    refused = await act(citizen, "reports", report, "attachments", json={"files": [late]})
    own = (await citizen.get(f"/v1/feedback/reports/{report['id']}")).json()

    assert refused.json()["type"].endswith("/feedback/window-over")
    assert "attachment" not in own["allowed"]


async def test_nobody_else_adds_photos(
    citizen: Caller, stranger: Caller, file: Act, act: Act, draw: Any
) -> None:
    report = (await file(citizen, expected_files=1)).json()
    theirs = await sent_ahead(stranger, draw(minute=14))

    refused = await act(
        stranger, "reports", report, "attachments", version=1, json={"files": [theirs]}
    )

    assert refused.status_code == 404
