"""Administrators set up what is asked, how long it takes and what is said; each change is kept."""

from base64 import b64decode
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from hashlib import sha256
from itertools import count
from typing import Any, Final

import asyncpg
import pytest

from backend.kernel import VIETNAM, House, Principal, Transaction
from backend.testing import Caller, Client, Clock
from contracts.demo import HAC_THANH, agency_of
from modules.feedback.service.categories import load
from modules.feedback.service.history import verify

from .conftest import LIGHTING
from .staging import WHY, vietnam

Act = Callable[..., Awaitable[Any]]
CONFIG = "/v1/feedback/config"
HOURS: Final = count(1)
"""Each test is later than those before it: what a process remembers is renewed as time passes."""

QUESTIONS: list[Mapping[str, Any]] = [
    {
        "code": "kind",
        "label_vi": "Loại tiếng ồn",
        "label_en": "Kind of noise",
        "datatype": "singlevaluelist",
        "required": True,
        "options": [
            {"code": "karaoke", "label_vi": "Karaoke", "label_en": "Karaoke"},
            {"code": "works", "label_vi": "Thi công", "label_en": "Building works"},
        ],
    },
    {
        "code": "permit",
        "label_vi": "Số giấy phép trên biển",
        "label_en": "Number of the permit on the sign",
        "datatype": "string",
        "required": True,
        "pattern": "[A-Z]{2}-[0-9]{1,4}",
        "show_if": {"code": "kind", "in": ["works"]},
    },
    {
        "code": "hours",
        "label_vi": "Mấy giờ một ngày",
        "label_en": "Hours a day",
        "datatype": "number",
        "min": 1,
        "max": 24,
    },
    {"code": "note", "label_vi": "Ghi chú", "label_en": "Note", "datatype": "text"},
]


def draft(day: str, **changes: Any) -> dict[str, Any]:
    return {
        "label_vi": "Tiếng ồn",
        "label_en": "Noise",
        "help_vi": "Karaoke, thi công quá giờ.",
        "help_en": "Karaoke, works after hours.",
        "precision": "street",
        "publishable": True,
        "evidence": "text",
        "questions": QUESTIONS,
        "valid_from": day,
        "reason": WHY,
        **changes,
    }


def today(clock: Clock) -> str:
    return f"{clock.now.astimezone(VIETNAM):%Y-%m-%d}"


@pytest.fixture
def admin(as_staff: Any, clock: Clock) -> Caller:
    clock.now = vietnam("2026-03-02T08:00") + timedelta(hours=next(HOURS))
    return as_staff("admin", areas=["38"])


async def newest(admin: Caller, code: str) -> int:
    found = await admin.get(f"{CONFIG}/categories/{code}/versions")
    return 0 if found.status_code == 422 else found.json()["items"][-1]["number"]


async def write(admin: Caller, code: str, body: Mapping[str, Any]) -> Any:
    headers = {"If-Match": f'"{await newest(admin, code)}"'}
    return await admin.post(f"{CONFIG}/categories/{code}/versions", json=body, headers=headers)


@pytest.fixture
async def asking(admin: Caller, clock: Clock) -> str:
    """A category that asks four questions, from today."""
    written = await write(admin, "noise", draft(today(clock)))
    assert written.status_code == 201, written.text
    clock.advance(seconds=61)  # so long a process may be behind
    return "noise"


async def test_a_category_asks_what_was_set_up(asking: str, client: Client) -> None:
    listed = (await client.get("/v1/feedback/categories")).json()["items"]

    (found,) = [each for each in listed if each["code"] == asking]
    assert [question["code"] for question in found["questions"]] == [
        "kind",
        "permit",
        "hours",
        "note",
    ]
    assert found["questions"][1]["show_if"] == {"code": "kind", "in": ["works"]}


async def test_every_bad_answer_is_named_at_once(asking: str, citizen: Caller, file: Act) -> None:
    nothing = await file(citizen, category=asking)
    wrong = await file(
        citizen, category=asking, answers={"kind": "works", "permit": "x", "hours": 25, "note": 3}
    )

    assert nothing.status_code == wrong.status_code == 422
    assert wrong.json()["type"].endswith("/feedback/answers-invalid")
    assert [(fault["pointer"], fault["code"]) for fault in nothing.json()["errors"]] == [
        ("/answers/kind", "required")
    ]
    assert [(fault["pointer"], fault["code"]) for fault in wrong.json()["errors"]] == [
        ("/answers/permit", "pattern"),
        ("/answers/hours", "too_large"),
        ("/answers/note", "type"),
    ]


async def test_answers_are_kept_as_they_were_asked_and_their_numbers_masked_for_agencies(
    asking: str, citizen: Caller, moderator: Caller, officer: Caller, file: Act, act: Act
) -> None:
    answers = {
        "kind": "karaoke",
        "permit": "not asked, so ignored",
        "hours": 6,
        "note": "Gọi 0911222333.",
        "unknown": "ignored",
    }
    filed = (await file(citizen, category=asking, answers=answers)).json()
    await act(moderator, "desk", filed, "assignments", json={})

    own = (await citizen.get(f"/v1/feedback/reports/{filed['id']}")).json()
    work = (await officer.get(f"/v1/feedback/work/reports/{filed['id']}")).json()

    assert {card["code"]: card["words"] for card in own["answers"]} == {
        "kind": ["Karaoke"],
        "hours": ["6"],
        "note": ["Gọi 0911222333."],
    }
    assert [card["words"] for card in work["answers"]] == [["Karaoke"], ["6"], ["Gọi █████."]]


async def test_a_replay_with_other_answers_is_another_filing(
    asking: str, citizen: Caller, file: Act
) -> None:
    first = await file(citizen, category=asking, key="answers-1", answers={"kind": "karaoke"})
    same = await file(citizen, category=asking, key="answers-1", answers={"kind": "karaoke"})
    other = await file(
        citizen, category=asking, key="answers-1", answers={"kind": "karaoke", "hours": 2}
    )

    assert first.json()["id"] == same.json()["id"]
    assert other.status_code == 422


async def test_the_receipt_commits_to_the_answers(
    asking: str, citizen: Caller, file: Act, tx: Any
) -> None:
    filed = (await file(citizen, category=asking, answers={"kind": "karaoke"})).json()

    held = (await citizen.get(f"/v1/feedback/reports/{filed['id']}/receipt")).json()

    content = b64decode(held["content"])
    assert b'"answers":{"kind":["karaoke"]}' in content
    digest = sha256(bytes.fromhex(held["salt"]) + content).hexdigest()
    assert digest == filed["receipt"]["content_digest"]
    assert [each for each in (await verify(tx)).breaches if each.code == filed["code"]] == []


async def test_a_report_keeps_the_version_that_it_was_filed_under(
    asking: str, admin: Caller, citizen: Caller, moderator: Caller, file: Act, clock: Clock
) -> None:
    filed = (
        await file(citizen, category=asking, answers={"kind": "works", "permit": "AB-12"})
    ).json()
    renamed = draft(today(clock), label_vi="Ồn ào", questions=[], deadline_class="priority")

    written = await write(admin, asking, renamed)
    clock.advance(seconds=61)
    later = (await file(citizen, category=asking)).json()
    kept = (await moderator.get(f"/v1/feedback/desk/reports/{filed['id']}")).json()

    assert written.status_code == 201, written.text
    assert kept["category"]["label"] == "Tiếng ồn"
    assert kept["deadline"]["deadline_class"] == "normal"
    assert [card["words"] for card in kept["answers"]] == [["Thi công"], ["AB-12"]]
    assert later["deadline"]["deadline_class"] == "priority"


async def test_a_new_category_is_planned_closed_and_outlives_the_list(
    admin: Caller, client: Client, clock: Clock, connection: Any
) -> None:
    plan = draft("2099-01-01", group="environment", questions=[])
    groupless = await write(admin, "drones", {**plan, "group": None})
    planned = await write(admin, "drones", plan)
    opened = await write(admin, "drones", {**plan, "valid_from": today(clock)})
    clock.advance(seconds=61)
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    await load(
        Transaction(connection, House(), clock.now, Principal(kind="job", client_id="feedback"))
    )

    offered = {
        each["code"] for each in (await client.get("/v1/feedback/categories")).json()["items"]
    }
    versions = (await admin.get(f"{CONFIG}/categories/drones/versions")).json()["items"]
    ended = await admin.put(
        f"{CONFIG}/categories/drones/end",
        json={"on": today(clock), "reason": WHY},
        headers={"If-Match": '"2"'},
    )
    clock.advance(seconds=61)
    left = {each["code"] for each in (await client.get("/v1/feedback/categories")).json()["items"]}

    assert groupless.json()["type"].endswith("/feedback/unknown-group")
    assert (planned.status_code, opened.status_code, ended.status_code) == (201, 201, 200)
    assert "drones" in offered
    assert "drones" not in left
    # What was overtaken is in force on no day.
    assert versions[0]["valid_from"] == versions[0]["valid_to"] == "2099-01-01"


async def test_what_is_past_stale_or_not_ones_own_is_refused(
    asking: str, admin: Caller, moderator: Caller, clock: Clock
) -> None:
    path = f"{CONFIG}/categories/{asking}/versions"
    past = await write(admin, asking, draft("2025-08-01"))
    stale = await admin.post(path, json=draft(today(clock)), headers={"If-Match": '"1"'})
    blind = await admin.post(path, json=draft(today(clock)))
    foreign = await moderator.post(path, json=draft(today(clock)), headers={"If-Match": '"2"'})

    assert past.json()["type"].endswith("/feedback/day-in-the-past")
    assert (stale.status_code, blind.status_code, foreign.status_code) == (412, 428, 403)


@pytest.mark.parametrize(
    "broken",
    [
        [QUESTIONS[1]],  # its condition is about a question that is not asked before
        [QUESTIONS[0], QUESTIONS[0]],
        [{**QUESTIONS[0], "options": []}],
        [{**QUESTIONS[3], "options": QUESTIONS[0]["options"]}],
        [{**QUESTIONS[2], "min": 9, "max": 3}],
        [{**QUESTIONS[3], "datatype": "string", "pattern": "(a+)+"}],
    ],
    ids=["condition", "twice", "no options", "options", "bounds", "pattern"],
)
async def test_questions_that_cannot_be_asked_are_not_kept(
    admin: Caller, clock: Clock, broken: list[Any]
) -> None:
    answer = await write(admin, "trees", draft(today(clock), questions=broken))

    assert answer.status_code in (400, 422), answer.text


async def test_a_version_is_tried_before_it_counts(
    admin: Caller, citizen: Caller, file: Act, clock: Clock
) -> None:
    await file(citizen, category="street-lighting")
    body = {
        "draft": draft(today(clock), deadline_class="priority"),
        "commune_code": HAC_THANH,
        "filed_at": "2026-03-06T16:40:00+07:00",
    }

    tried = (await admin.post(f"{CONFIG}/categories/street-lighting/dry-run", json=body)).json()

    assert [question["code"] for question in tried["questions"]][:2] == ["kind", "permit"]
    assert tried["subject"] == "feedback.street-lighting"
    assert {agency["id"] for agency in tried["route"]} == {
        str(LIGHTING),
        str(agency_of(HAC_THANH)),
    }
    # Filed on a Friday: passed on by Monday's end, dealt with by Wednesday's.
    assert tried["triage_due_at"] == "2026-03-10T00:00:00+07:00"
    assert tried["handling_due_at"] == "2026-03-12T00:00:00+07:00"
    assert tried["open_reports"] >= 1
    assert await newest(admin, "street-lighting") == 1


async def test_a_competence_is_tried_on_the_open_reports(
    admin: Caller, citizen: Caller, file: Act, clock: Clock
) -> None:
    filed = await file(citizen, category="trees")
    assert filed.status_code == 201, filed.text
    trial = {
        "subject": "feedback.trees",
        "agency_id": str(LIGHTING),
        "change": "add",
        "communes": [HAC_THANH],
        "on": today(clock),
    }

    tried = (await admin.post(f"{CONFIG}/routing/dry-run", json=trial)).json()
    elsewhere = await admin.post(f"{CONFIG}/routing/dry-run", json={**trial, "communes": ["14758"]})

    (moved,) = tried["rerouted"]
    assert (moved["category"], moved["commune_code"]) == ("trees", HAC_THANH)
    assert moved["reports"] >= 1
    assert [agency["id"] for agency in moved["before"]] == [str(agency_of(HAC_THANH))]
    assert [agency["id"] for agency in moved["after"]] == [str(LIGHTING)]
    assert elsewhere.json()["rerouted"] == []


async def test_reasons_are_a_list_of_the_desks_own(
    admin: Caller, moderator: Caller, citizen: Caller, client: Client, file: Act, act: Act
) -> None:
    body = {"label_vi": "Đã có quy hoạch", "label_en": "It is planned already", "reason": WHY}
    path = f"{CONFIG}/reasons/declination/planned"
    filed = (await file(citizen)).json()
    said = {"reason": "planned", "text": WHY}

    before = await act(moderator, "desk", filed, "declination", json=said)
    made = await admin.put(path, json=body, headers={"If-Match": '"0"'})
    again = await admin.put(path, json=body, headers={"If-Match": '"0"'})
    shown = (await client.get("/v1/feedback/reasons")).json()["items"]
    declined = await act(moderator, "desk", filed, "declination", json=said)

    assert before.json()["type"].endswith("/feedback/unknown-reason")
    assert (made.status_code, again.status_code) == (200, 412)
    assert ("declination", "planned", "Đã có quy hoạch") in {
        (each["for_call"], each["code"], each["label"]) for each in shown
    }
    assert declined.status_code == 200, declined.text


async def test_a_template_is_filled_with_the_reports_own_facts(
    admin: Caller, moderator: Caller, citizen: Caller, file: Act
) -> None:
    path = f"{CONFIG}/templates/decline-roads"
    body = {
        "for_call": "declination",
        "for_reason": "no-issue",
        "category": "roads",
        "text_vi": "Phản ánh {code} về {category}: đã kiểm tra.",
        "text_en": "Report {code} about {category}: we looked.",
        "reason": WHY,
    }
    filed = (await file(citizen)).json()
    other = (await file(citizen, category="waste")).json()

    wrong = await admin.put(
        path, json={**body, "text_vi": "{name} ơi, {code"}, headers={"If-Match": '"0"'}
    )
    made = await admin.put(path, json=body, headers={"If-Match": '"0"'})
    texts = [
        (
            await moderator.get(f"/v1/feedback/desk/reports/{report['id']}/templates/declination")
        ).json()["items"]
        for report in (filed, other)
    ]

    assert wrong.json()["type"].endswith("/feedback/unknown-placeholder")
    assert wrong.json()["placeholders"] == ["name", "{"]
    assert made.status_code == 200, made.text
    assert texts[0][0] == {
        "code": "decline-roads",
        "for_reason": "no-issue",
        "text": f"Phản ánh {filed['code']} về Đường sá, vỉa hè: đã kiểm tra.",
    }
    assert "decline-roads" not in {each["code"] for each in texts[1]}


async def test_who_set_up_what_is_in_a_history_that_nobody_changes(
    asking: str, admin: Caller, moderator: Caller, connection: Any
) -> None:
    page = (await admin.get(f"{CONFIG}/history?kind=category&code={asking}")).json()

    (newest_one, *_) = page["items"]
    assert newest_one["reason"] == WHY
    assert newest_one["before"]["number"] + 1 == newest_one["after"]["number"]
    assert newest_one["staff_id"]
    assert (await moderator.get(f"{CONFIG}/history")).status_code == 403
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await connection.execute("update feedback.setup_change set reason = ''")
