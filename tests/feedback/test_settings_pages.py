"""Administrators set up words and deadlines in a browser, as their programs' twins do."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from backend.testing import Caller, Client, Clock

SETTINGS = "/console/feedback/settings"
WHY = "Nghị quyết mới của tỉnh."
VIETNAMESE = {"Accept-Language": "vi"}


@pytest.fixture
def admin(as_staff: Callable[..., Caller]) -> Caller:
    return as_staff("admin")


async def send(admin: Caller, path: str, page: str, **said: str) -> Any:
    token = re.search(r'name="csrf" value="([^"]+)"', (await admin.get(page)).text)
    assert token is not None
    headers = {"Origin": "null", "X-CSRF-Token": "", **VIETNAMESE}
    return await admin.send("POST", path, data={"csrf": token[1], **said}, headers=headers)


async def test_terms_that_are_kept_stand_on_the_page_and_in_the_twin(
    admin: Caller, clock: Clock
) -> None:
    clock.advance(days=1)
    said = {"triage_days": "2", "handling_days": "17", "valid_from": "2199-01-05", "reason": WHY}

    kept = await send(admin, f"{SETTINGS}/terms/normal", SETTINGS, **said)
    page = await admin.get(SETTINGS, headers=VIETNAMESE)
    twin = (await admin.get("/v1/feedback/config/classes")).json()["items"]

    assert (kept.status_code, kept.headers["location"]) == (303, f"{SETTINGS}?done=normal")
    assert "17 ngày làm việc" in page.text
    assert "05/01/2199" in page.text
    assert WHY in page.text
    assert ("normal", 17) in {(each["deadline_class"], each["handling_days"]) for each in twin}


async def test_a_text_with_a_place_that_nothing_fills_is_shown_again_with_its_words(
    admin: Caller,
) -> None:
    page = f"{SETTINGS}/templates"
    said = {"code": "thank-you", "for_call": "declination", "text_en": "Thanks.", "reason": WHY}
    good, bad = "Cảm ơn, mã {code}, hạn {due}.", "Chào {ten} thân mến."

    refused = await send(admin, page, page, **said, text_vi=bad)
    kept = await send(admin, page, page, **said, text_vi=good)
    shown = (await admin.get(page, headers=VIETNAMESE)).text

    assert refused.status_code == 422
    assert bad in refused.text
    assert kept.status_code == 303, kept.text
    assert "Cảm ơn, mã PA-7K3M9Q, hạn 28/11/2026." in shown
    assert bad not in shown


@pytest.mark.parametrize("path", [SETTINGS, f"{SETTINGS}/templates"])
async def test_nobody_else_sets_anything_up(path: str, moderator: Caller, client: Client) -> None:
    assert (await moderator.get(path)).status_code == 403
    assert (await client.get(path)).headers["location"] == "/console/login"
