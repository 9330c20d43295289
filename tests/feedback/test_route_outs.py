"""What belongs elsewhere is hinted at, and where a category says so, not taken."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from backend.testing import Caller, Client

Act = Callable[..., Awaitable[Any]]
WAY = {
    "text_vi": "Tố cáo gửi theo Luật Tố cáo, người tố cáo được giữ bí mật.",
    "text_en": "Denunciations have a law of their own, which protects whoever makes them.",
    "phone": "024 3824 0000",
    "law": "25/2018/QH14",
    "keywords": ["tố cáo"],
    "valid_from": "2025-07-01",
}


@pytest.fixture
async def admin(as_staff: Any) -> Caller:
    return as_staff("admin", areas=["38"])


async def put(admin: Caller, code: str, seen: int, **changes: Any) -> Any:
    return await admin.put(
        f"/v1/feedback/config/route-outs/{code}",
        json={**WAY, **changes},
        headers={"If-Match": f'"{seen}"'},
    )


async def test_words_hint_and_refuse_nothing(
    admin: Caller, client: Client, citizen: Caller, file: Act
) -> None:
    made = await put(admin, "denunciation", 0)
    draft = {"text": "Tôi muốn TO CAO cán bộ nhận tiền."}

    hints = (await client.post("/v1/feedback/hints", json=draft)).json()
    filed = await file(citizen, text=draft["text"])

    assert made.status_code == 200, made.text
    assert {way["law"] for way in hints["other_channels"]} == {"25/2018/QH14"}
    assert filed.status_code == 201


async def test_a_category_that_belongs_elsewhere_is_not_taken(
    admin: Caller, citizen: Caller, file: Act
) -> None:
    await put(admin, "trees-office", 0, category="trees", keywords=[])

    refused = await file(citizen, category="trees")
    await put(admin, "trees-office", 1, category="trees", keywords=[], valid_to="2025-07-02")
    taken = await file(citizen, category="trees")

    assert refused.status_code == 422
    assert refused.json()["type"].endswith("/feedback/other-channel")
    assert refused.json()["channel"]["phone"] == "024 3824 0000"
    assert taken.status_code == 201


async def test_of_two_who_change_a_way_the_second_looks_again(
    admin: Caller, moderator: Caller
) -> None:
    await put(admin, "emergency", 0, keywords=["cháy"])

    answers = [await put(admin, "emergency", seen) for seen in (1, 1)]
    unknown = await put(admin, "nowhere", 0, category="no-such")
    foreign = await put(moderator, "emergency", 2)

    assert [answer.status_code for answer in answers] == [200, 412]
    assert unknown.status_code == 422
    assert foreign.status_code == 403
