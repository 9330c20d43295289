"""Who reported and where they stood: planted, and looked for in all that leaves the house."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from io import BytesIO
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from backend.files.samples import CAMERA_SERIAL
from backend.gateway.logs import Journal
from backend.host.registry import discover
from backend.kernel import Module
from backend.kernel.database import Connection
from backend.testing import Caller, Client
from contracts.demo import HAC_THANH, SAM_SON, agency_of
from modules.feedback.model.machines import Call, Who
from modules.feedback.scopes import FOLLOW, OWN, SEALER

from .staging import WHY, Stage, reveal

Act = Callable[..., Awaitable[Any]]
REPORTS = "/v1/feedback/reports"

NAME, PHONE, EMAIL = "Lê Thị Cấy Vào", "0911222333", "cayvao.kiemtra@example.vn"
EXACT = {"lat": 19.807354, "lon": 105.786531}
PERSON = {"name": NAME, "phone": PHONE, "email": EMAIL}
POINT = ("19.807354", "105.786531", "5.786531", "9.807354")
"""Six places after the point: the public may know three or four of them."""
TEXT = f"Rác đổ trộm sau nhà. Gọi tôi {PHONE} hoặc {EMAIL} nhé, cảm ơn. Ký tên: {NAME}"


@pytest.fixture(scope="module")
def written() -> BytesIO:
    return BytesIO()


@pytest.fixture(scope="module")
def journal(written: BytesIO) -> Journal:
    return Journal(written)


@pytest.fixture
async def planted(client: Client, as_staff: Any, act: Act, draw: Any) -> Mapping[str, Any]:
    """A report that somebody without an account left a contact with, published and at work."""
    body = {
        "category": "waste",
        "text": TEXT,
        "location": EXACT,
        "address": f"12 Lê Lợi, nhà {NAME}",
        "contact": PERSON,
    }
    parts: list[Any] = [
        ("data", (None, msgspec.json.encode(body), "application/json")),
        ("photos", ("p.jpg", draw(), "image/jpeg")),
    ]
    headers = {"Idempotency-Key": uuid4().hex, "Tinhs-Device": secrets.token_urlsafe(32)}
    filed = await client.post(REPORTS, files=parts, headers=headers)
    assert filed.status_code == 201, filed.text
    report = filed.json()
    moderator = as_staff("moderator", areas=[HAC_THANH])
    await act(moderator, "desk", report, "claim")
    await reveal(moderator, report["id"])
    await act(moderator, "desk", report, "assignments", json={})
    said = await client.post(
        f"{REPORTS}/{report['id']}/messages",
        json={"text": f"Tôi là {NAME}, {PHONE}, gọi sớm nhé."},
        headers={"Tracking-Token": report["token"]},
    )
    assert said.status_code == 204, said.text
    return report


def reads(report: Mapping[str, Any]) -> list[str]:
    """Return an address of every route of the module that reads."""
    (feedback,) = (module for module in discover() if module.name == "feedback")
    values = {"uuid": report["id"], "int": "1", "code": report["code"]}
    found: list[str] = []
    for route in feedback.routes:
        if "GET" not in route.http_methods:
            continue
        (path,) = route.paths
        parts = [
            part if not part.startswith("{") else _value(part, values)
            for part in path.split("/")
            if part
        ]
        found.append("/v1/feedback/" + "/".join(parts))
    return found


def _value(part: str, values: Mapping[str, str]) -> str:
    name, _, kind = part.strip("{}").partition(":")
    return values.get(kind if kind != "str" else name, values["code"])


async def test_no_answer_to_anybody_else_tells_who_reported_or_where_they_stood(
    planted: Mapping[str, Any], client: Client, as_citizen: Any, as_staff: Any, work: Any
) -> None:
    await work()
    addresses = reads(planted)
    agency = agency_of(HAC_THANH)
    callers: dict[str, Any] = {
        "anybody": client,
        "another citizen": as_citizen(OWN, FOLLOW),
        "a desk of elsewhere": as_staff("moderator", areas=[SAM_SON]),
        "an agency of elsewhere": as_staff("lead", areas=[], agency_id=agency_of(SAM_SON)),
        "the agency": as_staff("officer", areas=[HAC_THANH], agency_id=agency),
        "an administrator": as_staff("admin", areas=["38"]),
    }
    found: list[str] = []
    answered = 0

    for who, caller in callers.items():
        hidden = [NAME, PHONE, EMAIL, CAMERA_SERIAL]
        if who != "the agency":  # it has to find the place
            hidden += POINT
        for address in addresses:
            answer = await caller.get(address)
            answered += answer.status_code == 200
            found += [f"{value} in {address} for {who}" for value in hidden if value in answer.text]

    assert found == []
    assert answered >= 20


async def test_no_event_log_line_or_history_tells_it_either(
    planted: Mapping[str, Any], connection: Connection, work: Any, written: BytesIO
) -> None:
    await work()
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    rows = [
        *await connection.fetch("select payload::text as said from kernel.event"),
        *await connection.fetch("select payload::text as said from kernel.work"),
        *await connection.fetch("select row(event.*)::text as said from feedback.event"),
        *await connection.fetch("select row(p.*)::text as said from feedback.public_report as p"),
        *await connection.fetch("select row(m.*)::text as said from notifications.message as m"),
        *await connection.fetch("select row(r.*)::text as said from feedback.reporter as r"),
    ]
    told = "\n".join(row["said"] for row in rows) + written.getvalue().decode(errors="replace")

    assert planted["code"] in told
    for value in (NAME, PHONE, EMAIL, CAMERA_SERIAL, *POINT):
        assert value not in told, value


async def test_a_disclosure_is_for_the_few_and_leaves_a_line(
    planted: Mapping[str, Any], as_staff: Any, connection: Connection
) -> None:
    path = f"/v1/feedback/desk/reports/{planted['id']}/reporter-disclosures"
    asked = {"purpose": "verification", "text": WHY}
    few = as_staff(SEALER, areas=[HAC_THANH])
    before = await connection.fetchval("select count(*) from audit.event")

    refused = await as_staff("moderator", areas=[HAC_THANH]).post(path, json=asked)
    elsewhere = await as_staff(SEALER, areas=[SAM_SON]).post(path, json=asked)
    reasonless = await few.post(path, json={"purpose": "verification", "text": "vì"})
    told = await few.post(path, json=asked)

    after = await connection.fetchval("select count(*) from audit.event")
    assert (refused.status_code, elsewhere.status_code) == (403, 404)
    assert reasonless.status_code in (400, 422)
    assert told.json() == {"origin": "anonymous", **PERSON}
    assert after == before + 1


async def test_an_agency_has_no_name_by_which_to_join_two_reports(
    stage: Callable[..., Awaitable[Stage]],
) -> None:
    one, two = [await stage((Call.CLAIM, Call.ASSIGNMENT)) for _ in range(2)]
    officer: Caller = one.people[Who.AGENCY]

    seen = [
        (await officer.get(f"/v1/feedback/work/reports/{scene.report['id']}")).text
        for scene in (one, two)
    ]

    reporter = one.people[Who.REPORTER]
    assert all(str(reporter.person_id) not in text for text in seen)


def test_the_module_says_what_it_keeps_of_people(modules: list[Module]) -> None:
    (feedback,) = (module for module in modules if module.name == "feedback")
    provider = next(
        provided
        for asked, provided in feedback.provides.items()
        if asked.__name__ == "PersonalData"
    )

    kept = {f"{item.table}.{item.column}" for item in provider(None).inventory()}

    assert {"feedback.reporter.person_id", "feedback.report.lat", "feedback.message.text"} <= kept
