"""The same thing twice: hinted at, suggested, made one, and made two again."""

from collections.abc import Awaitable, Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from backend.kernel.database import Connection
from backend.testing import Caller, Client, Clock
from contracts.demo import HAC_THANH
from modules.feedback.commands import duplicates_eval
from modules.feedback.model.duplicates import cosine, dhash, likeness, scored
from modules.feedback.model.machines import Call, ReportState, Who
from modules.feedback.scopes import FOLLOW, OWN

from .staging import SCENES, WHY, Stage

Act = Callable[..., Awaitable[Any]]
Set = Callable[..., Awaitable[Stage]]

HERE = {"lat": 19.8123, "lon": 105.7712}
NEXT_DOOR = {"lat": 19.81245, "lon": 105.77135}
FAR_OFF = {"lat": 19.8323, "lon": 105.7912}
BROKEN = "Nắp cống vỡ toác giữa đường Trần Phú, rất nguy hiểm cho xe máy."
AGAIN = "nap cong vo giua duong Tran Phu, nguy hiem cho xe may"
OTHER = "Cây đổ chắn ngang vỉa hè trước cổng trường tiểu học."


@given(st.text(max_size=60), st.text(max_size=60))
def test_likeness_of_words_is_mutual_and_between_nothing_and_all(one: str, other: str) -> None:
    assert cosine(one, other) == pytest.approx(cosine(other, one))
    assert 0 <= cosine(one, other) <= 1.000001
    assert cosine(one, one) in (0.0, pytest.approx(1.0))


def test_marks_and_case_make_no_difference() -> None:
    assert cosine("NẮP CỐNG VỠ", "nap cong vo") == pytest.approx(1.0)


@given(st.lists(st.integers(0, 255), min_size=72, max_size=72), st.integers(-30, 30))
def test_a_brighter_photo_has_the_same_fingerprint(grey: list[int], more: int) -> None:
    middling = [40 + value * 150 // 255 for value in grey]

    assert dhash(middling) == dhash([value + more for value in middling])
    assert -(2**63) <= dhash(middling) < 2**63


def test_photos_are_alike_by_the_bits_that_agree() -> None:
    assert likeness([0b1011], [0b1011]) == 1
    assert likeness([-1], [0]) == 0
    assert 0 < likeness([0b1111], [0]) < 1
    assert likeness([], [1]) == 0


def test_every_part_of_a_score_counts() -> None:
    best = scored(metres=0, days=0, is_same_category=True, texts=(BROKEN, BROKEN))

    assert best.total == 1
    assert scored(metres=None, days=99, is_same_category=False, texts=(BROKEN, "?")).total < 0.1


@pytest.fixture
def reported(as_citizen: Any, as_staff: Any, file: Act, act: Act) -> Act:
    """Have somebody report something, and the desk take it in hand."""
    moderator = as_staff("moderator", areas=["38"])

    async def report(text: str, place: Any, **more: Any) -> Any:
        filed = await file(as_citizen(OWN), text=text, location=place, **more)
        assert filed.status_code == 201, filed.text
        await act(moderator, "desk", filed.json(), "claim")
        return filed.json()

    return report


async def test_who_is_about_to_repeat_something_public_is_told(
    client: Client, reported: Act
) -> None:
    there = await reported(BROKEN, HERE)
    await reported(OTHER, {"lat": 19.8137, "lon": 105.7712}, category="trees")
    draft = {"category": "roads", "text": AGAIN + ", gọi 0912345678", "location": NEXT_DOOR}

    answer = await client.post("/v1/feedback/hints", json=draft)
    elsewhere = await client.post("/v1/feedback/hints", json={**draft, "location": FAR_OFF})

    assert [hint["code"] for hint in answer.json()["duplicates"]] == [there["code"]]
    assert [span["reason"] for span in answer.json()["personal_data"]] == ["phone"]
    assert elsewhere.json()["duplicates"] == []


async def test_nothing_that_is_not_public_is_hinted_at(
    client: Client, as_citizen: Any, file: Act
) -> None:
    place = {"lat": 19.7011, "lon": 105.7011}
    await file(as_citizen(OWN), text=BROKEN, location=place, wish="not_public")

    draft = {"category": "roads", "text": BROKEN, "location": place}
    answer = await client.post("/v1/feedback/hints", json=draft)

    assert answer.json()["duplicates"] == []


async def test_the_words_of_a_text_suggest_what_it_is_about(client: Client) -> None:
    answer = await client.post("/v1/feedback/hints", json={"text": "Ổ gà to, vỉa hè sụt lún"})

    assert "roads" in [category["code"] for category in answer.json()["categories"]]
    assert len(answer.json()["categories"]) <= 3


async def test_the_desk_sees_why_two_may_be_one(
    client: Client, as_staff: Any, reported: Act, work: Any, draw: Any
) -> None:
    place = {"lat": 19.8201, "lon": 105.7611}
    one = await reported(BROKEN, place, photos=[draw("pothole")])
    two = await reported(OTHER, place, photos=[draw("pothole", minute=5)])
    three = await reported("Trụ điện nghiêng sắp đổ.", place, category="noise")
    await work()
    moderator = as_staff("moderator", areas=[HAC_THANH])

    items = (await moderator.get(f"/v1/feedback/desk/reports/{one['id']}/similar")).json()["items"]

    assert [item["code"] for item in items] == [two["code"]]
    assert items[0]["score"]["photo"] > 0.8
    assert items[0]["score"]["text"] < 0.5
    assert set(items[0]["score"]) == {
        "total",
        "nearness",
        "recency",
        "same_category",
        "text",
        "photo",
    }
    assert three["code"] not in str(items)


def without(view: Any) -> Any:
    """Leave out what a history adds to and a pause moves."""
    moving = {"version", "timeline", "deadline", "photos"}
    return {name: value for name, value in view.items() if name not in moving}


def read(answer: Any) -> tuple[int, bytes | None]:
    """Return what a stranger got, byte for byte; a refusal has a number of its own each time."""
    return answer.status_code, answer.content if answer.is_success else None


@pytest.mark.parametrize(
    "state", [ReportState.RECEIVED, ReportState.IN_REVIEW, ReportState.WITH_AGENCY]
)
async def test_what_was_merged_and_separated_is_as_it_was(
    stage: Set, client: Client, state: ReportState, clock: Clock
) -> None:
    canonical = await stage()
    child = await stage(SCENES[state])
    grandchild = await stage()
    await merge(grandchild, child)
    public = f"/v1/feedback/public/reports/{child.report['code']}"
    _, before = await child.standing()
    shown = await client.get(public)

    clock.advance(seconds=5)
    merged = await merge(child, canonical)
    hidden = await client.get(public)
    _, led = await grandchild.standing()
    separated = await unmerge(child)
    _, after = await child.standing()
    _, back = await grandchild.standing()

    assert merged.json()["state"] == "duplicate"
    assert merged.json()["deadline"]["stopped_at"] is not None
    assert hidden.status_code == 404
    assert led["canonical_id"] == canonical.report["id"]
    assert separated.status_code == 200, separated.text
    assert without(after) == without(before)
    assert back["canonical_id"] == child.report["id"]
    again = await client.get(public)
    assert read(again) == read(shown)


async def test_the_time_as_a_duplicate_does_not_count(stage: Set, at: Any) -> None:
    at("2025-10-06T10:00")
    canonical, child = await stage(), await stage(SCENES[ReportState.WITH_AGENCY])
    await merge(child, canonical)
    at("2025-10-09T10:00")

    answer = await unmerge(child)

    assert answer.json()["deadline"]["original_due_at"] == "2025-10-16T00:00:00+07:00"
    assert answer.json()["deadline"]["due_at"] == "2025-10-21T00:00:00+07:00"


async def test_nothing_goes_in_circles_or_into_what_is_gone(stage: Set) -> None:
    one, two, gone = await stage(), await stage(), await stage((Call.WITHDRAWAL,))
    await merge(two, one)

    itself, back, lost = await merge(one, one), await merge(one, two), await merge(one, gone)

    assert itself.json()["type"].endswith("/feedback/would-cycle")
    assert back.json()["type"].endswith("/feedback/would-cycle")
    assert lost.json()["type"].endswith("/feedback/not-mergeable")


async def test_a_desk_of_elsewhere_merges_nothing(stage: Set, moderator_elsewhere: Caller) -> None:
    one, two = await stage(), await stage()

    answer = await merge(one, two, moderator_elsewhere)

    assert answer.status_code == 404


async def test_its_reporter_learns_what_became_of_it(stage: Set, connection: Connection) -> None:
    canonical, child = await stage((Call.CLAIM,)), await stage()
    await merge(child, canonical)
    path = f"/v1/feedback/reports/{child.report['id']}"

    own = (await child.people[Who.REPORTER].get(path)).json()

    assert own["state"] == "duplicate"
    assert own["duplicate_of"] == canonical.report["code"]
    assert own["timeline"][-1]["text"] == WHY


async def test_whoever_followed_hears_of_the_other_one_and_is_let_go_again(
    stage: Set, as_citizen: Any, work: Any, connection: Connection
) -> None:
    canonical, child = await stage((Call.CLAIM,)), await stage((Call.CLAIM,))
    own, both = as_citizen(OWN, FOLLOW), as_citizen(OWN, FOLLOW)
    path = "/v1/feedback/public/reports/{}/following"
    await own.put(path.format(child.report["code"]))
    for report in (child.report, canonical.report):
        await both.put(path.format(report["code"]))

    async def followers() -> set[str]:
        await work()
        await connection.execute("select set_config('tinhs.kind', 'job', false)")
        rows = await connection.fetch(
            "select person_id from feedback.follower where report_id = $1", canonical.report["id"]
        )
        return {str(row["person_id"]) for row in rows}

    before = await followers()
    await merge(child, canonical)
    merged = await followers()
    await unmerge(child)
    after = await followers()

    reporter = str(child.people[Who.REPORTER].person_id)
    assert before == after == {str(both.person_id)}
    assert merged == {str(both.person_id), str(own.person_id), reporter}


def test_the_score_is_held_against_what_people_said(tmp_path: Path) -> None:
    file = tmp_path / "pairs.csv"
    lines = [
        "metres,days,same_category,text,other_text,duplicate",
        f'10,1,true,"{BROKEN}","{AGAIN}",true',
        f'200,50,false,"{BROKEN}","{OTHER}",false',
        f'240,59,false,"{BROKEN}","Không liên quan gì.",true',
    ]
    file.write_text("\n".join(lines), encoding="utf-8")

    answer = CliRunner().invoke(duplicates_eval, [str(file)])

    assert answer.exit_code == 0, answer.output
    assert "citizens (score 0.55): precision 1.00, recall 0.50, 1 of 3 pairs" in answer.output


def test_a_photo_and_its_small_copy_look_alike(draw: Any) -> None:
    def seen(content: bytes, side: int) -> int:
        with Image.open(BytesIO(content)) as picture:
            small = picture.resize((side, side)).convert("L").resize((9, 8))
        return dhash(small.tobytes())

    photo, other = draw("pothole"), draw("lamp")

    assert likeness([seen(photo, 640)], [seen(photo, 320)]) > 0.9
    assert likeness([seen(photo, 640)], [seen(other, 640)]) < 0.9


async def merge(child: Stage, canonical: Stage, who: Caller | None = None) -> Any:
    _, desk = await child.standing()
    return await (who or child.people[Who.MODERATOR]).post(
        f"/v1/feedback/desk/reports/{child.report['id']}/merge",
        json={"canonical_id": canonical.report["id"], "text": WHY},
        headers={"If-Match": f'"{desk["version"]}"'},
    )


async def unmerge(child: Stage) -> Any:
    _, desk = await child.standing()
    return await child.people[Who.MODERATOR].send(
        "DELETE",
        f"/v1/feedback/desk/reports/{child.report['id']}/merge",
        params={"reason": WHY},
        headers={"If-Match": f'"{desk["version"]}"'},
    )
