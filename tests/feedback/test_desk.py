"""The desk: who sees what, who decides first, and what a decision must say."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from backend.kernel.database import Connection
from backend.testing import Caller, Client
from contracts.demo import HAC_THANH, SAM_SON, agency_of

from .staging import WHY, reveal

Act = Callable[..., Awaitable[Any]]
NOBODY = "0198c0de-0000-7000-8000-000000000000"
REASONED = {"reason": "not-competent", "text": "Việc này thuộc thẩm quyền của tỉnh khác."}


async def test_a_moderator_sees_the_reports_of_their_communes_and_no_others(
    citizen: Caller, moderator: Caller, moderator_elsewhere: Caller, filed: Any
) -> None:
    path = f"/v1/feedback/desk/reports/{filed['id']}"

    here, elsewhere = await moderator.get(path), await moderator_elsewhere.get(path)
    queue = await moderator.get("/v1/feedback/desk/reports?limit=100")
    other = await moderator_elsewhere.get("/v1/feedback/desk/reports?limit=100")

    assert here.status_code == 200
    assert here.json()["location"] == {"lat": 19.806712, "lon": 105.785234}
    assert elsewhere.status_code == 404
    assert filed["code"] in queue.text
    assert filed["code"] not in other.text


async def test_an_area_of_two_digits_is_a_whole_province(
    as_staff: Callable[..., Caller], filed: Any
) -> None:
    province = as_staff("moderator", areas=["38"])

    answer = await province.get(f"/v1/feedback/desk/reports/{filed['id']}")

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "call", ["claim", "declination", "assignments", "approval", "refusal", "publication", "hiding"]
)
async def test_to_a_moderator_of_elsewhere_every_call_is_about_nothing(
    moderator_elsewhere: Caller, filed: Any, act: Act, call: str
) -> None:
    body = {
        "text": "Một lý do đủ dài để được nhận.",
        "reason": "other-channel",
        "source_digest": "0" * 64,
    }
    if call == "hiding":
        body["reason"] = "other"

    theirs = await act(moderator_elsewhere, "desk", filed, call, version=1, json=body)
    nobodys = await act(moderator_elsewhere, "desk", {"id": NOBODY}, call, version=1, json=body)

    assert theirs.status_code == nobodys.status_code == 404


async def test_two_officers_at_once_one_wins_and_the_other_is_told_why(
    as_staff: Callable[..., Caller], filed: Any, act: Act, connection: Connection
) -> None:
    officers = [as_staff("moderator", areas=[HAC_THANH]) for _ in range(2)]
    for officer in officers:
        await officer.get(f"/v1/feedback/desk/reports/{filed['id']}")

    answers = await asyncio.gather(
        *(act(officer, "desk", filed, "claim", version=1) for officer in officers)
    )

    won, lost = sorted(answers, key=lambda answer: answer.status_code)
    assert (won.status_code, lost.status_code) == (200, 409)
    assert lost.json()["type"].endswith("/feedback/not-from-here")
    assert lost.json()["state"] == "in_review"
    assert set(lost.json()["allowed"]) == {
        "release",
        "assignment",
        "declination",
        "hiding",
        "sealing",
        "masking",
        "question",
        "class",
        "category",
        "place",
        "concern",
        "merge",
    }
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    claims = await connection.fetchval(
        "select count(*) from feedback.event where report_id = $1 and kind = 'claim'", filed["id"]
    )
    assert claims == 1


async def test_one_of_two_different_decisions_wins(
    as_staff: Callable[..., Caller], filed: Any, act: Act
) -> None:
    first, second = (as_staff("moderator", areas=[HAC_THANH]) for _ in range(2))
    for officer in (first, second):
        await officer.get(f"/v1/feedback/desk/reports/{filed['id']}")

    answers = await asyncio.gather(
        act(first, "desk", filed, "claim", version=1),
        act(second, "desk", filed, "declination", version=1, json=REASONED),
    )

    assert sorted(answer.status_code for answer in answers) in ([200, 409], [200, 412])


async def test_whoever_looks_at_an_old_version_is_told_so(
    moderator: Caller, filed: Any, act: Act
) -> None:
    await act(moderator, "desk", filed, "claim", version=1)

    stale = await act(moderator, "desk", filed, "declination", version=1, json=REASONED)

    assert stale.status_code == 412
    assert stale.json()["current_version"] == 3


async def test_a_decision_names_the_version_it_is_about(moderator: Caller, filed: Any) -> None:
    path = f"/v1/feedback/desk/reports/{filed['id']}/claim"

    blind = await moderator.post(path)
    garbled = await moderator.post(path, headers={"If-Match": "latest"})

    assert blind.status_code == 428
    assert garbled.status_code == 400


async def test_a_declined_report_tells_its_reporter_why(
    citizen: Caller, moderator: Caller, client: Client, filed: Any, act: Act
) -> None:
    answer = await act(moderator, "desk", filed, "declination", json=REASONED)

    own = (await citizen.get(f"/v1/feedback/reports/{filed['id']}")).json()
    assert answer.json()["state"] == own["state"] == "declined"
    assert own["timeline"][-1]["codes"] == ["not-competent"]
    assert own["timeline"][-1]["text"] == REASONED["text"]
    assert (await client.get(f"/v1/feedback/public/reports/{filed['code']}")).status_code == 404


async def test_a_public_report_that_is_declined_says_why_to_everybody(
    moderator: Caller, client: Client, filed: Any, act: Act
) -> None:
    await act(moderator, "desk", filed, "claim")
    said = {"reason": "not-verifiable", "text": "Không thấy ổ gà; gọi 0912 345 678 nếu còn."}

    await act(moderator, "desk", filed, "declination", json=said)

    public = (await client.get(f"/v1/feedback/public/reports/{filed['code']}")).json()
    assert public["state"] == "declined"
    assert public["reason"].startswith("Không thấy ổ gà")
    assert "0912" not in public["reason"]


async def test_no_reason_no_declination(moderator: Caller, filed: Any, act: Act) -> None:
    silent = await act(moderator, "desk", filed, "declination", json={"reason": "no-issue"})
    curt = await act(
        moderator, "desk", filed, "declination", json={"reason": "no-issue", "text": "không"}
    )
    made_up = await act(
        moderator, "desk", filed, "declination", json={**REASONED, "reason": "monday"}
    )

    assert silent.status_code == curt.status_code == 400
    assert made_up.status_code == 422
    assert made_up.json()["type"].endswith("/feedback/unknown-reason")


async def test_the_only_competent_agency_need_not_be_named(
    moderator: Caller, filed: Any, act: Act, connection: Connection
) -> None:
    answer = await act(moderator, "desk", filed, "assignments", json={})

    committee = str(agency_of(HAC_THANH))
    assert answer.json()["state"] == "with_agency"
    assert answer.json()["agency"]["id"] == committee
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    routing = await connection.fetchrow(
        "select subject, candidates, chosen, chosen_by from feedback.routing where report_id = $1",
        filed["id"],
    )
    assert routing is not None
    assert routing["subject"] == "feedback"
    assert [str(agency) for agency in routing["candidates"]] == [committee]
    assert routing["chosen_by"] == moderator.staff_id


async def test_among_several_a_person_chooses(
    citizen: Caller, moderator: Caller, file: Act, act: Act
) -> None:
    report = (await file(citizen, category="street-lighting")).json()

    unnamed = await act(moderator, "desk", report, "assignments", json={})
    seen = await moderator.get(f"/v1/feedback/desk/reports/{report['id']}")
    chosen = unnamed.json()["candidates"][0]
    named = await act(moderator, "desk", report, "assignments", json={"agency_id": chosen})

    assert unnamed.status_code == 409
    assert unnamed.json()["type"].endswith("/feedback/agency-needed")
    assert len(unnamed.json()["candidates"]) == len(seen.json()["competent"]) == 2
    assert named.json()["agency"]["id"] == chosen


async def test_an_agency_that_does_not_exist_is_given_nothing(
    moderator: Caller, filed: Any, act: Act
) -> None:
    answer = await act(moderator, "desk", filed, "assignments", json={"agency_id": NOBODY})

    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/feedback/unknown-agency")


async def test_an_agency_beside_the_competent_ones_may_be_chosen(
    moderator: Caller, filed: Any, act: Act
) -> None:
    chosen = str(agency_of(SAM_SON))

    answer = await act(moderator, "desk", filed, "assignments", json={"agency_id": chosen})

    assert answer.json()["agency"]["id"] == chosen


async def test_nobody_approves_their_own_result(
    as_staff: Callable[..., Caller], moderator: Caller, filed: Any, act: Act, mended: bytes
) -> None:
    both = as_staff("moderator", "officer", areas=[HAC_THANH], agency_id=agency_of(HAC_THANH))
    await act(both, "desk", filed, "assignments", json={})
    await act(both, "work", filed, "acceptance")
    parts = [
        (
            "data",
            (None, b'{"text": "It has been mended, as the photo shows."}', "application/json"),
        ),
        ("photos", ("a.jpg", mended, "image/jpeg")),
    ]
    await act(both, "work", filed, "result", files=parts)

    own = await act(both, "desk", filed, "approval")
    another = await act(moderator, "desk", filed, "approval", params={"reason": WHY})

    assert own.status_code == 409
    assert own.json()["type"].endswith("/feedback/four-eyes")
    assert another.json()["state"] == "resolved"


async def test_a_refused_result_goes_back_with_the_reason(
    citizen: Caller, moderator: Caller, officer: Caller, finished: Any, act: Act
) -> None:
    said = {"text": "Ảnh chưa thấy mặt đường đã vá."}

    refused = await act(moderator, "desk", finished, "refusal", json=said)

    work = (await officer.get(f"/v1/feedback/work/reports/{finished['id']}")).json()
    own = (await citizen.get(f"/v1/feedback/reports/{finished['id']}")).json()
    assert refused.json()["state"] == work["state"] == "with_agency"
    assert work["assignment"] == "working"
    assert work["timeline"][-1]["text"] == said["text"]
    assert said["text"] not in str(own)
    assert own["result"] is None


async def test_a_hidden_report_is_unknown_until_it_is_published_again(
    moderator: Caller, client: Client, filed: Any, act: Act
) -> None:
    path = f"/v1/feedback/public/reports/{filed['code']}"
    await act(moderator, "desk", filed, "claim")
    said = {"reason": "personal-data", "text": "Trong ảnh thấy rõ mặt một cháu bé."}

    await act(moderator, "desk", filed, "hiding", json=said)
    hidden, nothing = (
        await client.get(path),
        await client.get("/v1/feedback/public/reports/PA-222222"),
    )
    await reveal(moderator, filed["id"])
    shown = await client.get(path)

    assert hidden.status_code == nothing.status_code == 404
    assert hidden.json()["type"] == nothing.json()["type"]
    assert shown.status_code == 200


async def test_what_was_hidden_before_it_was_taken_in_hand_stays_hidden(
    moderator: Caller, client: Client, filed: Any, act: Act
) -> None:
    said = {"reason": "offensive", "text": "Lời lẽ xúc phạm một người cụ thể."}
    await act(moderator, "desk", filed, "hiding", json=said)

    claimed = await act(moderator, "desk", filed, "claim")

    assert claimed.json()["publication"] == "hidden"
    assert (await client.get(f"/v1/feedback/public/reports/{filed['code']}")).status_code == 404


@pytest.mark.parametrize("changes", [{"wish": "not_public"}, {"category": "construction"}])
async def test_what_may_not_be_public_never_is(
    citizen: Caller,
    moderator: Caller,
    client: Client,
    file: Act,
    act: Act,
    changes: dict[str, Any],
) -> None:
    report = (await file(citizen, **changes)).json()

    claimed = await act(moderator, "desk", report, "claim")
    seen = {"source_digest": "0" * 64}
    published = await act(moderator, "desk", report, "publication", json=seen)

    assert claimed.json()["publication"] == "private"
    assert "publication" not in claimed.json()["allowed"]
    assert published.status_code == 409
    assert published.json()["type"].endswith("/feedback/not-publishable")
    assert (await client.get(f"/v1/feedback/public/reports/{report['code']}")).status_code == 404


async def test_the_queue_is_filtered_and_comes_page_by_page(
    citizen: Caller, moderator: Caller, file: Act, act: Act
) -> None:
    noisy = [(await file(citizen, category="noise")).json() for _ in range(3)]
    await act(moderator, "desk", noisy[0], "claim")
    queue = "/v1/feedback/desk/reports?category=noise"
    path = f"{queue}&limit=1"

    received = (await moderator.get(f"{queue}&state=received")).json()
    first = (await moderator.get(path)).json()
    second = (await moderator.get(f"{path}&cursor={first['next_cursor']}")).json()
    foreign = await moderator.get(
        f"/v1/feedback/desk/reports?category=waste&limit=1&cursor={first['next_cursor']}"
    )

    assert {item["code"] for item in received["items"]} == {r["code"] for r in noisy[1:]}
    assert first["items"][0]["code"] != second["items"][0]["code"]
    assert foreign.status_code == 400
