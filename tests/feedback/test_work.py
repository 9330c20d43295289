"""An agency at work: it sees what it was given, and shows what it did."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from backend.files.samples import Samples
from backend.testing import Caller, Clock
from contracts.demo import HAC_THANH, SAM_SON, agency_of

from .staging import WHY, reveal

Act = Callable[..., Awaitable[Any]]
SAID = {"text": "Đã vá mặt đường, nghiệm thu xong hôm nay."}


def form(photo: bytes, **said: str) -> list[Any]:
    return [
        ("data", (None, msgspec.json.encode({**SAID, **said}), "application/json")),
        ("photos", ("after.jpg", photo, "image/jpeg")),
    ]


async def test_an_agency_sees_what_it_was_given_and_nothing_else(
    moderator: Caller, officer: Caller, officer_elsewhere: Caller, filed: Any, act: Act
) -> None:
    path = f"/v1/feedback/work/reports/{filed['id']}"
    before = await officer.get(path)

    await act(moderator, "desk", filed, "assignments", json={})

    given, foreign = await officer.get(path), await officer_elsewhere.get(path)
    assert (before.status_code, given.status_code, foreign.status_code) == (404, 200, 404)
    assert filed["code"] in (await officer.get("/v1/feedback/work/reports?limit=100")).text
    assert (
        filed["code"]
        not in (await officer_elsewhere.get("/v1/feedback/work/reports?limit=100")).text
    )


async def test_an_officer_sees_their_communes_and_a_lead_the_whole_agency(
    as_staff: Callable[..., Caller], moderator: Caller, filed: Any, act: Act
) -> None:
    agency = agency_of(HAC_THANH)
    colleague = as_staff("officer", areas=["14758"], agency_id=agency)
    lead = as_staff("lead", areas=[], agency_id=agency)
    await act(moderator, "desk", filed, "assignments", json={})
    path = f"/v1/feedback/work/reports/{filed['id']}"

    answers = [await person.get(path) for person in (colleague, lead)]
    lists = [
        await person.get("/v1/feedback/work/reports?limit=100") for person in (colleague, lead)
    ]

    assert [answer.status_code for answer in answers] == [404, 200]
    assert [filed["code"] in page.text for page in lists] == [False, True]


async def test_an_agency_of_elsewhere_deals_with_what_it_was_given(
    as_staff: Callable[..., Caller], moderator: Caller, client: Any, filed: Any, act: Act
) -> None:
    agency = agency_of(SAM_SON)
    lead = as_staff("lead", areas=[SAM_SON], agency_id=agency)
    await act(moderator, "desk", filed, "assignments", json={"agency_id": str(agency)})

    accepted = await act(lead, "work", filed, "acceptance")
    planned = await act(lead, "work", filed, "plan", json={"planned_for": "2099-01-01"})

    assert (accepted.status_code, planned.status_code) == (200, 200)
    public = await client.get(f"/v1/feedback/public/reports/{filed['code']}")
    assert public.json()["agency"] == "UBND phường Sầm Sơn"


async def test_an_agency_reads_no_numbers_of_people(
    citizen: Caller, moderator: Caller, officer: Caller, file: Act, act: Act
) -> None:
    text = "Nắp cống vỡ trước nhà tôi, gọi 0912.345.678 hoặc hoa@example.vn nhé."
    report = (await file(citizen, text=text)).json()
    await act(moderator, "desk", report, "assignments", json={})

    desk = (await moderator.get(f"/v1/feedback/desk/reports/{report['id']}")).json()
    work = await officer.get(f"/v1/feedback/work/reports/{report['id']}")
    listed = await officer.get("/v1/feedback/work/reports?limit=100")

    assert desk["text"] == text
    assert [span["reason"] for span in desk["personal_data"]] == ["phone", "email"]
    for answer in (work, listed):
        assert "0912" not in answer.text
        assert "hoa@" not in answer.text


async def test_an_agency_reads_the_exact_place_and_no_camera(
    citizen: Caller, moderator: Caller, officer: Caller, file: Act, act: Act, pothole: bytes
) -> None:
    report = (await file(citizen, photos=[pothole])).json()
    await act(moderator, "desk", report, "assignments", json={})

    work = (await officer.get(f"/v1/feedback/work/reports/{report['id']}")).json()
    desk = (await moderator.get(f"/v1/feedback/desk/reports/{report['id']}")).json()

    assert work["location"] == {"lat": 19.806712, "lon": 105.785234}
    assert set(work["photos"][0]) == {"role", "media_type", "url", "thumb_url"}
    taken = desk["photos"][0]["taken_location"]
    assert (round(taken["lat"], 4), round(taken["lon"], 4)) == (19.8067, 105.7852)
    assert desk["photos"][0]["taken_at"].startswith("2026-03-02T08:00")


async def test_work_begins_with_accepting_it(
    moderator: Caller, officer: Caller, filed: Any, act: Act, mended: bytes
) -> None:
    await act(moderator, "desk", filed, "assignments", json={})

    planned = await act(officer, "work", filed, "plan", json={"planned_for": "2099-01-01"})
    finished = await act(officer, "work", filed, "result", files=form(mended))

    assert planned.status_code == finished.status_code == 409
    assert planned.json()["allowed"] == ["acceptance", "handler", "return"]
    assert finished.json()["type"].endswith("/feedback/not-from-here")


async def test_a_plan_is_for_a_day_to_come_and_may_change(
    citizen: Caller, officer: Caller, worked_on: Any, act: Act, clock: Clock
) -> None:
    yesterday = {"planned_for": str(clock.now.date().replace(year=2020))}

    late = await act(officer, "work", worked_on, "plan", json=yesterday)
    first = await act(officer, "work", worked_on, "plan", json={"planned_for": "2099-01-01"})
    second = await act(officer, "work", worked_on, "plan", json={"planned_for": "2099-02-01"})

    own = (await citizen.get(f"/v1/feedback/reports/{worked_on['id']}")).json()
    assert late.status_code == 422
    assert (first.status_code, second.status_code) == (200, 200)
    assert own["planned_for"] == "2099-02-01"


@pytest.mark.parametrize(
    ("said", "status"), [({"text": "xong rồi"}, 400), ({"text": " " * 30 + "xong"}, 422)]
)
async def test_a_result_says_what_was_done(
    officer: Caller, worked_on: Any, act: Act, mended: bytes, said: dict[str, str], status: int
) -> None:
    answer = await act(officer, "work", worked_on, "result", files=form(mended, **said))

    assert answer.status_code == status


async def test_a_result_without_a_photo_is_refused(
    officer: Caller, worked_on: Any, act: Act
) -> None:
    answer = await act(officer, "work", worked_on, "result", json=SAID)

    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/feedback/evidence-needed")


async def test_where_there_is_nothing_to_see_words_are_enough(
    citizen: Caller, moderator: Caller, officer: Caller, file: Act, act: Act
) -> None:
    report = (await file(citizen, category="noise")).json()
    await act(moderator, "desk", report, "assignments", json={})
    await act(officer, "work", report, "acceptance")

    answer = await act(officer, "work", report, "result", json=SAID)

    assert answer.json()["state"] == "awaiting_approval"


async def test_the_reporters_own_photo_proves_nothing(
    citizen: Caller, moderator: Caller, officer: Caller, file: Act, act: Act, pothole: bytes
) -> None:
    report = (await file(citizen, photos=[pothole])).json()
    await act(moderator, "desk", report, "assignments", json={})
    await act(officer, "work", report, "acceptance")

    answer = await act(officer, "work", report, "result", files=form(pothole))

    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/feedback/evidence-not-new")


async def test_evidence_may_be_sent_ahead(
    as_staff: Callable[..., Caller], worked_on: Any, act: Act, draw: Callable[..., bytes]
) -> None:
    officer = as_staff("officer", areas=[HAC_THANH], agency_id=agency_of(HAC_THANH))
    sent = await officer.post(
        "/v1/files?purpose=feedback.evidence",
        files=[("photos", ("a.jpg", draw("rubbish"), "image/jpeg"))],
    )
    assert sent.status_code == 201, sent.text

    answer = await act(
        officer, "work", worked_on, "result", json={**SAID, "files": [sent.json()["id"]]}
    )

    assert answer.status_code == 200
    assert [photo["role"] for photo in answer.json()["photos"]] == ["evidence"]


async def test_a_result_is_not_public_before_it_is_approved(
    citizen: Caller, moderator: Caller, client: Any, finished: Any, act: Act
) -> None:
    public = f"/v1/feedback/public/reports/{finished['code']}"

    before = (await client.get(public)).json()
    own = (await citizen.get(f"/v1/feedback/reports/{finished['id']}")).json()
    await act(moderator, "desk", finished, "approval", params={"reason": WHY})
    unseen = (await client.get(public)).json()
    await reveal(moderator, finished["id"])
    after = (await client.get(public)).json()

    assert unseen["photos"] == []
    assert before["result"] is own["result"] is None
    assert before["photos"] == own["photos"] == []
    assert after["result"] == SAID["text"]
    assert len(after["photos"]) == 1


async def test_a_photo_of_elsewhere_or_of_before_is_accepted_with_a_word_about_it_alone(
    worked_on: Any, officer: Caller, moderator: Caller, act: Act, clock: Clock
) -> None:
    def taken(*, hours: float, north: float) -> bytes:
        moment = clock.now + timedelta(hours=hours)
        return Samples(None).draw(  # type: ignore[arg-type]
            "lamp", taken_at=moment, lat=19.806712 + north, lon=105.785234
        )

    doubted: list[Any] = []
    for hours, north in ((-2, 0), (0, 0.003), (-2, 0.003)):
        photo = form(taken(hours=hours, north=north))
        given = await act(officer, "work", worked_on, "result", files=photo)
        assert given.status_code == 200, given.text
        answer = await act(moderator, "desk", worked_on, "approval")
        assert answer.status_code == 422, answer.text
        assert answer.json()["type"].endswith("/feedback/evidence-doubtful")
        doubted.append(answer.json()["doubts"])
        await act(moderator, "desk", worked_on, "refusal", json={"text": WHY})
    await act(officer, "work", worked_on, "result", files=form(taken(hours=0, north=0.0005)))

    accepted = await act(moderator, "desk", worked_on, "approval")

    assert doubted == [["earlier"], ["elsewhere"], ["earlier", "elsewhere"]]
    assert (accepted.status_code, accepted.json()["state"]) == (200, "resolved")
