"""Administrators set up words and deadlines in a browser, as their programs' twins do."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from backend.testing import Caller, Client, Clock
from contracts.demo import HAC_THANH

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


@pytest.mark.parametrize("page", ["", "/templates", "/category?code=roads", "/ways", "/blocks"])
async def test_nobody_else_sets_anything_up(page: str, moderator: Caller, client: Client) -> None:
    path = f"{SETTINGS}{page}"
    assert (await moderator.get(path)).status_code == 403
    assert (await client.get(path)).headers["location"] == "/console/login"


def lamp(**more: str) -> dict[str, str]:
    """The next version of a category as its form sends it, with one question and two choices."""
    return {
        "code": "street-lighting",
        "version": "1",
        "label_vi": "Đèn đường",
        "label_en": "Street lights",
        "help_vi": "Đèn hỏng, đèn tắt.",
        "help_en": "Lamps that are out.",
        "precision": "asset",
        "evidence": "photo",
        "deadline_class": "normal",
        "publishable": "true",
        "code-0": "pole",
        "label_vi-0": "Cột đèn thế nào?",
        "label_en-0": "How is the pole?",
        "datatype-0": "singlevaluelist",
        "required-0": "true",
        "options-0": "leaning | Bị nghiêng | Leaning\nbroken | Bị gãy | Broken",
        "valid_from": "2199-01-05",
        "reason": WHY,
        **more,
    }


async def test_a_version_is_tried_on_its_page_before_it_is_kept(
    admin: Caller, clock: Clock
) -> None:
    clock.advance(days=1)
    page = f"{SETTINGS}/category?code=street-lighting"
    trial = {"do": "try", "commune_code": HAC_THANH, "filed_at": "2026-11-20T16:40"}
    path = "/v1/feedback/config/categories/street-lighting/versions"
    before = (await admin.get(path)).json()["items"]

    tried = await send(admin, f"{SETTINGS}/category", page, **lamp(**trial))
    after_trial = (await admin.get(path)).json()["items"]
    kept = await send(admin, f"{SETTINGS}/category", page, **lamp(do="keep"))
    stale = await send(admin, f"{SETTINGS}/category", page, **lamp(do="keep"))
    (*_, newest) = (await admin.get(path)).json()["items"]

    assert tried.status_code == 200, tried.text
    # A Friday afternoon; the desk has the Monday, the agency seven working days.
    for said in ("20/11/2026 16:40", "23/11/2026", "01/12/2026"):
        assert said in tried.text
    assert "Cột đèn thế nào?" in tried.text
    assert after_trial == before
    assert kept.status_code == 303, kept.text
    assert [option["code"] for option in newest["questions"][0]["options"]] == ["leaning", "broken"]
    assert (newest["publishable"], newest["anonymous"]) == (True, False)
    assert stale.status_code == 412
    assert 'value="leaning' not in stale.text
    assert "leaning | Bị nghiêng | Leaning" in stale.text  # what was written is not lost


async def test_a_question_that_cannot_be_asked_is_named_with_its_number(admin: Caller) -> None:
    page = f"{SETTINGS}/category?code=street-lighting"

    refused = await send(
        admin, f"{SETTINGS}/category", page, **lamp(**{"label_en-0": "", "do": "try"})
    )

    assert refused.status_code == 400
    assert "Câu hỏi 1" in refused.text


async def test_another_channel_and_a_block_are_set_up_by_forms(
    admin: Caller, citizen: Caller, file: Any
) -> None:
    ways, blocks = f"{SETTINGS}/ways", f"{SETTINGS}/blocks"
    way = {
        "code": "power-cuts",
        "text_vi": "Mất điện: gọi điện lực.",
        "text_en": "Power cuts: call the power company.",
        "phone": "19006769",
        "keywords": "mất điện\ncúp điện",
        "valid_from": "2026-01-01",
    }
    report = (await file(citizen)).json()
    block = {"report": report["id"], "account": "true", "until": "2199-01-01", "reason": WHY}

    kept = await send(admin, ways, ways, **way)
    again = await send(admin, ways, ways, **way)
    blocked = await send(admin, blocks, blocks, **block)
    nobody = await send(admin, blocks, blocks, **{**block, "report": "PA-7K3M9Q"})

    assert (kept.status_code, again.status_code) == (303, 412)
    assert "19006769" in (await admin.get(ways)).text
    assert blocked.status_code == 303, blocked.text
    assert nobody.status_code == 400
    assert (await file(citizen)).status_code == 403
    shown = (await admin.get(blocks, headers=VIETNAMESE)).text
    assert WHY in shown
    (lift,) = re.findall(rf'action="({blocks}/[0-9a-f-]+/end)"', shown)
    assert (await send(admin, lift, blocks)).status_code == 303
    assert (await file(citizen)).status_code == 201
