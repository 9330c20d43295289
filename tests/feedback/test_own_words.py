"""A reporter's own name, wherever the reporter wrote it, is for the desk alone."""

from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from backend.testing import Caller, Client
from contracts.demo import HAC_THANH
from modules.feedback.model.masks import MARK
from modules.feedback.model.own_words import found, marks

from .conftest import FILING
from .staging import WHY, reveal

Act = Callable[..., Awaitable[Any]]
NAME = "Đỗ Thị Mận"


def mac(message: bytes) -> bytes:
    return sha256(message).digest()


@pytest.mark.parametrize(
    ("name", "text", "masked"),
    [
        ("Đỗ Thị Mận", "Tôi là Đỗ Thị Mận đây.", ["Đỗ Thị Mận"]),
        ("Đỗ Thị Mận", "ký tên DO THI MAN", ["DO THI MAN"]),
        ("Đỗ Thị Mận", "hỏi nhà Thị Mận, thị  mận", ["Thị Mận", "thị  mận"]),
        ("Đỗ Thị Mận", "cây mận đổ ở thị trấn", []),
        ("Mận", "chị Mận trồng cây mận", ["Mận"]),
        ("Đỗ Thị Mận", "Đỗ Thị Mận Đỗ Thị Mận", ["Đỗ Thị Mận", "Đỗ Thị Mận"]),
        ("!!", "!!", []),
    ],
)
def test_a_name_is_found_however_it_is_written(name: str, text: str, masked: list[str]) -> None:
    edges = found(text, marks(name, mac), mac)

    assert [text[start:end] for start, end in edges] == masked


@pytest.fixture
async def signed(client: Client, as_staff: Any, officer: Caller, act: Act) -> Mapping[str, Any]:
    """A report without an account whose reporter signed in its text and in its address."""
    body = {
        **FILING,
        "text": f"Ổ gà to trước cổng trường. {NAME.upper()}",
        "address": f"Nhà bà {NAME}, 12 Lê Lợi",
        "contact": {"name": NAME, "phone": "0911222333"},
    }
    headers = {"Idempotency-Key": uuid4().hex, "Tinhs-Device": uuid4().hex * 2}
    filed = await client.post("/v1/feedback/reports", json=body, headers=headers)
    assert filed.status_code == 201, filed.text
    moderator = as_staff("moderator", areas=[HAC_THANH])
    await act(moderator, "desk", filed.json(), "claim")
    await act(moderator, "desk", filed.json(), "assignments", json={})
    return {**filed.json(), "moderator": moderator}


async def test_the_agency_reads_the_place_and_not_the_name(
    signed: Mapping[str, Any], officer: Caller
) -> None:
    one = (await officer.get(f"/v1/feedback/work/reports/{signed['id']}")).json()
    listed = (await officer.get("/v1/feedback/work/reports?limit=100")).json()["items"]
    desk = await signed["moderator"].get(f"/v1/feedback/desk/reports/{signed['id']}")

    assert one["address"] == f"Nhà bà {MARK}, 12 Lê Lợi"
    assert one["text"] == f"Ổ gà to trước cổng trường. {MARK}"
    (excerpt,) = [item["excerpt"] for item in listed if item["id"] == signed["id"]]
    assert excerpt == one["text"]
    assert NAME in desk.json()["address"]


async def test_nor_in_what_is_answered_or_said_later(
    signed: Mapping[str, Any], client: Client, officer: Caller, act: Act
) -> None:
    moderator = signed["moderator"]
    path, token = f"/v1/feedback/reports/{signed['id']}", {"Tracking-Token": signed["token"]}
    await act(moderator, "desk", signed, "questions", json={"text": WHY})
    own = (await client.get("/v1/feedback/tracked-report", headers=token)).json()

    answered = await client.post(
        f"{path}/answers",
        json={"text": f"Số nhà 12, hỏi {NAME}."},
        headers={**token, "If-Match": f'"{own["version"]}"'},
    )
    said = await client.post(f"{path}/messages", json={"text": f"{NAME} cảm ơn."}, headers=token)
    work = (await officer.get(f"/v1/feedback/work/reports/{signed['id']}")).json()

    assert (answered.status_code, said.status_code) == (200, 204), answered.text
    assert msgspec.json.encode(work).decode().count(NAME) == 0
    assert [step["text"] for step in work["timeline"] if step["kind"] == "answer"] == [
        f"Số nhà 12, hỏi {MARK}."
    ]
    assert [message["text"] for message in work["messages"]] == [f"{MARK} cảm ơn."]


async def test_everybody_reads_the_report_without_the_name_too(
    signed: Mapping[str, Any], client: Client
) -> None:
    await reveal(signed["moderator"], signed["id"])

    shown = await client.get(f"/v1/feedback/public/reports/{signed['code']}")

    assert shown.json()["text"] == f"Ổ gà to trước cổng trường. {MARK}"
