"""What everybody reads is what somebody has looked at."""

from collections.abc import Awaitable, Callable
from io import BytesIO
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from backend.testing import Caller, Client, Clock
from contracts.demo import HAC_THANH, SAM_SON, agency_of
from modules.feedback.model.machines import Call, ReportState, Who
from modules.feedback.model.masks import MARK, redacted, spans
from modules.feedback.scopes import OWN, SEALER

from .staging import SCENES, WHY, Stage

Act = Callable[..., Awaitable[Any]]
Set = Callable[..., Awaitable[Stage]]

TWO_PHONES = "Gọi 0912 345 678 hoặc 0987.654.321 gặp ông Nguyễn Văn Tèo nhé."


@given(
    st.text(max_size=80),
    st.lists(st.tuples(st.integers(0, 90), st.integers(1, 20)), max_size=5),
)
def test_no_letter_that_was_masked_is_left(text: str, cuts: list[tuple[int, int]]) -> None:
    decided = [(start, start + length) for start, length in cuts]
    covered = {place for start, end in decided for place in range(start, end)}
    covered |= {place for span in spans(text) for place in range(span.start, span.end)}

    shown = redacted(text, decided)

    visible = "".join(letter for place, letter in enumerate(text) if place not in covered)
    assert shown.replace(MARK, "") == visible.replace(MARK, "")


async def put_masks(moderator: Caller, report: Any, **masks: Any) -> Any:
    path = f"/v1/feedback/desk/reports/{report['id']}"
    version = (await moderator.get(path)).json()["version"]
    return await moderator.put(f"{path}/masks", json=masks, headers={"If-Match": f'"{version}"'})


async def publish(moderator: Caller, report: Any, digest: str) -> Any:
    path = f"/v1/feedback/desk/reports/{report['id']}"
    version = (await moderator.get(path)).json()["version"]
    return await moderator.post(
        f"{path}/publication",
        json={"source_digest": digest},
        headers={"If-Match": f'"{version}"'},
    )


async def preview(moderator: Caller, report: Any) -> Any:
    return (await moderator.get(f"/v1/feedback/desk/reports/{report['id']}/preview")).json()


async def test_two_phones_in_one_text_are_both_masked_before_it_is_public(
    citizen: Caller, moderator: Caller, client: Client, file: Act, act: Act
) -> None:
    report = (await file(citizen, text=TWO_PHONES)).json()
    claimed = (await act(moderator, "desk", report, "claim")).json()
    early = await preview(moderator, report)
    refused = await publish(moderator, report, early["source_digest"])

    found = [{"start": s["start"], "end": s["end"]} for s in claimed["personal_data"]]
    name = TWO_PHONES.index("Nguyễn Văn Tèo")
    found.append({"start": name, "end": name + len("Nguyễn Văn Tèo"), "reason": "name"})
    await put_masks(moderator, report, spans=found)
    seen = await preview(moderator, report)
    published = await publish(moderator, report, seen["source_digest"])
    public = await client.get(f"/v1/feedback/public/reports/{report['code']}")

    assert claimed["publication"] == "private"
    assert (early["undecided"], seen["undecided"]) == (2, 0)
    assert refused.json()["type"].endswith("/feedback/masks-undecided")
    assert published.status_code == 200, published.text
    assert public.json()["text"] == f"Gọi {MARK} hoặc {MARK} gặp ông {MARK} nhé."


async def test_the_preview_is_the_page(
    citizen: Caller, moderator: Caller, client: Client, file: Act, act: Act, draw: Any
) -> None:
    report = (await file(citizen, photos=[draw()])).json()
    await act(moderator, "desk", report, "claim")
    desk = (await moderator.get(f"/v1/feedback/desk/reports/{report['id']}")).json()
    await put_masks(moderator, report, photos=[{"file_id": desk["photos"][0]["file_id"]}])

    seen = await preview(moderator, report)
    await publish(moderator, report, seen["source_digest"])
    public = await client.get(f"/v1/feedback/public/reports/{report['code']}")

    assert public.json() == seen["report"]
    assert len(public.json()["photos"]) == 1


async def test_an_edit_after_the_preview_blocks_publishing(
    citizen: Caller, moderator: Caller, file: Act, act: Act
) -> None:
    report = (await file(citizen, text=TWO_PHONES)).json()
    claimed = (await act(moderator, "desk", report, "claim")).json()
    found = [{"start": s["start"], "end": s["end"]} for s in claimed["personal_data"]]
    await put_masks(moderator, report, spans=found)
    seen = await preview(moderator, report)
    await put_masks(moderator, report, spans=[*found, {"start": 40, "end": 50}])

    stale = await publish(moderator, report, seen["source_digest"])

    assert stale.status_code == 409
    assert stale.json()["type"].endswith("/feedback/preview-stale")


async def test_no_photo_is_public_before_somebody_has_looked_at_it(
    citizen: Caller, moderator: Caller, client: Client, file: Act, act: Act, draw: Any
) -> None:
    report = (await file(citizen, photos=[draw(), draw("lamp")])).json()
    claimed = (await act(moderator, "desk", report, "claim")).json()
    one, two = (photo["file_id"] for photo in claimed["photos"])
    await put_masks(moderator, report, photos=[{"file_id": one}])
    seen = await preview(moderator, report)
    refused = await publish(moderator, report, seen["source_digest"])
    foreign = await put_masks(moderator, report, photos=[{"file_id": report["id"]}])

    assert claimed["publication"] == "private"
    assert seen["unseen"] == [two]
    assert refused.json()["type"].endswith("/feedback/photos-unseen")
    assert foreign.status_code == 404
    public = await client.get(f"/v1/feedback/public/reports/{report['code']}")
    assert public.status_code == 404


async def test_what_is_painted_over_is_gone_from_the_picture(
    citizen: Caller,
    moderator: Caller,
    client: Client,
    file: Act,
    act: Act,
    draw: Any,
    fetch: Callable[[str], Awaitable[bytes]],
) -> None:
    report = (await file(citizen, photos=[draw()])).json()
    claimed = (await act(moderator, "desk", report, "claim")).json()
    photo = claimed["photos"][0]["file_id"]
    box = {"x": 0.25, "y": 0.25, "width": 0.5, "height": 0.5, "reason": "face"}
    masked = await put_masks(moderator, report, photos=[{"file_id": photo, "rectangles": [box]}])
    assert masked.status_code == 200, masked.text
    seen = await preview(moderator, report)
    await publish(moderator, report, seen["source_digest"])

    (address,) = (await client.get(f"/v1/feedback/public/reports/{report['code']}")).json()[
        "photos"
    ]
    with Image.open(BytesIO(await fetch(address))) as picture:
        width, height = picture.size
        middle = (width * 3 // 10, height * 3 // 10, width * 7 // 10, height * 7 // 10)
        brightest = max(picture.convert("L").crop(middle).tobytes())

    assert brightest < 30
    assert masked.json()["photos"][0]["rectangles"][0]["reason"] == "face"


async def test_a_suggestion_may_be_left_and_is_masked_until_it_is(
    citizen: Caller, moderator: Caller, client: Client, file: Act, act: Act
) -> None:
    text = "Mã công trình 123456789 dựng sai quy hoạch."
    report = (await file(citizen, text=text)).json()
    claimed = (await act(moderator, "desk", report, "claim")).json()
    (found,) = claimed["personal_data"]
    before = await preview(moderator, report)

    await put_masks(moderator, report, left=[{"start": found["start"], "end": found["end"]}])
    seen = await preview(moderator, report)
    await publish(moderator, report, seen["source_digest"])

    public = await client.get(f"/v1/feedback/public/reports/{report['code']}")
    assert MARK in before["report"]["text"]
    assert public.json()["text"] == text


async def test_a_mask_of_what_is_public_works_at_once(stage: Set, client: Client) -> None:
    scene = await stage((Call.CLAIM,))
    moderator = scene.people[Who.MODERATOR]

    await put_masks(moderator, scene.report, spans=[{"start": 0, "end": 5}])

    public = await client.get(f"/v1/feedback/public/reports/{scene.report['code']}")
    assert public.json()["text"].startswith(MARK)


async def test_a_denunciation_is_sealed_from_everybody_but_the_few(
    stage: Set, as_staff: Any, client: Client, act: Act
) -> None:
    scene = await stage((Call.CLAIM,))
    moderator = scene.people[Who.MODERATOR]
    few = as_staff("moderator", SEALER, areas=[HAC_THANH])
    path = f"/v1/feedback/desk/reports/{scene.report['id']}"

    sealed = await act(moderator, "desk", scene.report, "sealing", json={"text": WHY})

    queue = "/v1/feedback/desk/reports?limit=100"
    assert sealed.status_code == 204, sealed.text
    assert (await moderator.get(path)).status_code == 404
    assert scene.report["code"] not in (await moderator.get(queue)).text
    assert scene.report["code"] in (await few.get(queue)).text
    assert (await few.get(path)).json()["publication"] == "sealed"
    public = await client.get(f"/v1/feedback/public/reports/{scene.report['code']}")
    assert public.status_code == 404
    assigned = await act(few, "desk", scene.report, "assignments", json={})
    assert assigned.json()["type"].endswith("/feedback/not-from-here")


async def test_what_an_agency_has_read_is_not_sealed_from_it(stage: Set, act: Act) -> None:
    scene = await stage(SCENES[ReportState.WITH_AGENCY])

    answer = await act(
        scene.people[Who.MODERATOR], "desk", scene.report, "sealing", json={"text": WHY}
    )

    assert answer.json()["type"].endswith("/feedback/not-from-here")


async def test_words_beside_a_report_move_nothing_and_reach_whom_they_are_for(
    stage: Set, as_citizen: Any, clock: Clock
) -> None:
    scene = await stage(SCENES[ReportState.WITH_AGENCY])
    before, desk = await scene.standing()
    report_id = scene.report["id"]
    parts = {"reports": Who.REPORTER, "desk/reports": Who.MODERATOR, "work/reports": Who.AGENCY}
    answers: list[Any] = []
    for part, who in parts.items():
        clock.advance(seconds=1)
        said = {"text": f"Lời của {who}, gọi 0912345678."}
        path = f"/v1/feedback/{part}/{report_id}/messages"
        answers.append(await scene.people[who].post(path, json=said))
    for part in ("desk/reports", "work/reports"):
        who = scene.people[parts[part]]
        text = {"text": f"Ghi chú từ {part}."}
        answers.append(await who.post(f"/v1/feedback/{part}/{report_id}/notes", json=text))

    after, later = await scene.standing()
    own = await scene.people[Who.REPORTER].get(f"/v1/feedback/reports/{report_id}")
    work = await scene.people[Who.AGENCY].get(f"/v1/feedback/work/reports/{report_id}")
    foreign = await as_citizen(OWN).post(
        f"/v1/feedback/reports/{report_id}/messages", json={"text": "?"}
    )

    assert {answer.status_code for answer in answers} == {204}
    assert (after, later["version"], later["deadline"]) == (
        before,
        desk["version"],
        desk["deadline"],
    )
    assert [message["side"] for message in own.json()["messages"]] == ["reporter", "desk", "agency"]
    assert "Ghi chú" not in own.text
    assert [note["text"] for note in work.json()["notes"]] == ["Ghi chú từ work/reports."]
    assert len(later["notes"]) == 2
    assert "0912345678" not in work.text
    assert foreign.status_code == 404


async def test_officers_see_who_else_is_looking_and_hold_on_to_their_claim(
    stage: Set, at: Any, work: Any
) -> None:
    at("2025-10-06T10:00")
    scene = await stage((Call.CLAIM,))
    path = f"/v1/feedback/desk/reports/{scene.report['id']}/presence"
    at("2025-10-06T10:25")

    mine = await scene.people[Who.MODERATOR].post(path)
    theirs = await scene.other.post(path)
    at("2025-10-06T10:40")
    await work()

    assert (len(mine.json()["items"]), len(theirs.json()["items"])) == (0, 1)
    assert (await scene.standing())[0].report is ReportState.IN_REVIEW


async def test_a_category_that_was_wrong_proposes_another_route(
    stage: Set, moderator: Caller
) -> None:
    scene = await stage()
    path = f"/v1/feedback/desk/reports/{scene.report['id']}/category"

    answer = await moderator.put(
        path, json={"category": "street-lighting", "text": WHY}, headers={"If-Match": '"1"'}
    )

    assert answer.json()["category"]["code"] == "street-lighting"
    assert len(answer.json()["competent"]) == 2


async def test_a_report_that_lies_elsewhere_goes_to_the_desk_there(
    stage: Set, moderator: Caller, as_staff: Any
) -> None:
    scene = await stage()
    province = as_staff("moderator", areas=["38"])
    path = f"/v1/feedback/desk/reports/{scene.report['id']}"
    place = {"location": {"lat": 19.74, "lon": 105.9}, "text": WHY}

    answer = await province.put(f"{path}/point", json=place, headers={"If-Match": '"1"'})

    assert answer.json()["commune_code"] == SAM_SON
    assert (await moderator.get(path)).status_code == 404


async def test_a_batch_answers_for_each_and_a_dry_run_does_nothing(
    stage: Set, moderator: Caller, moderator_elsewhere: Caller
) -> None:
    scenes = [await stage(), await stage(), await stage((Call.WITHDRAWAL,))]
    items = [{"id": scene.report["id"], "version": 1} for scene in scenes]
    items[1]["version"] = 7
    batch = {"action": "declination", "items": items, "reason": "no-issue", "text": WHY}

    tried = await moderator.post("/v1/feedback/desk/batches", json={**batch, "dry_run": True})
    before = [(await scene.standing())[0].report for scene in scenes]
    foreign = await moderator_elsewhere.post("/v1/feedback/desk/batches", json=batch)
    done = await moderator.post("/v1/feedback/desk/batches", json=batch)
    after = [(await scene.standing())[0].report for scene in scenes]

    problems = [None, "kernel/version-stale", "feedback/not-from-here"]
    assert [item["problem"] for item in tried.json()["items"]] == problems
    assert before == ["received", "received", "withdrawn"]
    assert {item["problem"] for item in foreign.json()["items"]} == {"kernel/not-found"}
    assert [item["problem"] for item in done.json()["items"]] == problems
    assert after == ["declined", "received", "withdrawn"]


async def test_a_batch_is_at_most_a_hundred(moderator: Caller) -> None:
    items = [{"id": str(agency_of(HAC_THANH)), "version": 1}] * 101

    answer = await moderator.post(
        "/v1/feedback/desk/batches", json={"action": "claim", "items": items}
    )

    assert answer.status_code in (400, 422)


async def test_the_desk_counts_what_waits_for_it(as_staff: Any, stage: Set) -> None:
    scene = await stage((Call.CLAIM,))
    await stage()
    mine = scene.people[Who.MODERATOR]

    answer = await mine.get("/v1/feedback/desk/counts")
    assert answer.status_code == 200, answer.text
    counts = answer.json()["items"]
    elsewhere = (
        await as_staff("moderator", areas=["99999"]).get("/v1/feedback/desk/counts")
    ).json()["items"]

    found = {count["name"]: count["n"] for count in counts}
    assert found["mine"] == 1
    assert found["received"] >= 1
    assert {count["n"] for count in elsewhere} == {0}


async def test_a_view_of_the_queue_is_ones_own_or_the_agencys(as_staff: Any) -> None:
    agency = agency_of(HAC_THANH)
    mine, colleague, stranger = (
        as_staff("moderator", areas=[HAC_THANH], agency_id=agency),
        as_staff("moderator", areas=[HAC_THANH], agency_id=agency),
        as_staff("moderator", areas=[SAM_SON], agency_id=agency_of(SAM_SON)),
    )
    path = "/v1/feedback/desk/filters"
    for shared in (True, False):
        draft = {"name": f"Đèn {shared}", "query": "category=street-lighting", "is_shared": shared}
        assert (await mine.post(path, json=draft)).status_code == 201

    seen = [(await who.get(path)).json()["items"] for who in (mine, colleague, stranger)]
    dropped = [
        (await who.send("DELETE", f"{path}/{seen[1][0]['id']}")).status_code
        for who in (colleague, mine)
    ]

    assert [len(items) for items in seen] == [2, 1, 0]
    assert seen[1][0]["is_own"] is False
    assert dropped == [404, 204]


async def test_what_is_begun_is_kept_for_oneself(stage: Set, act: Act) -> None:
    scene = await stage((Call.CLAIM,))
    path = f"/v1/feedback/desk/reports/{scene.report['id']}/draft"

    answer = await scene.people[Who.MODERATOR].put(
        path, json={"call": "declination", "text": "Việc này…"}
    )

    assert answer.status_code == 204
    seen = await scene.people[Who.MODERATOR].get(path.removesuffix("/draft"))
    assert [draft["text"] for draft in seen.json()["drafts"]] == ["Việc này…"]
    colleague = await scene.other.get(path.removesuffix("/draft"))
    assert colleague.json()["drafts"] == []
