"""Administrators' pages: what a button proposes another administrator approves, in a browser."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from backend.kernel.database import Connection
from backend.testing import Caller, Client, Clock
from backend.testing.callers import BASE_URL
from contracts.demo import HAC_THANH, agency_of

PEOPLE = "/console/identity/people"
PROPOSALS = "/console/identity/proposals"
PAGES = (PEOPLE, PROPOSALS, "/console/identity/partners")
VIETNAMESE = {"Accept-Language": "vi"}


@pytest.fixture
async def admins(
    connection: Connection, clock: Clock, as_staff: Callable[..., Caller]
) -> tuple[Caller, Caller]:
    """Two administrators, and nobody else."""
    clock.advance(minutes=1)
    await connection.execute("update identity.staff set status = 'disabled'")
    found = (
        as_staff("admin", agency_id=agency_of(HAC_THANH)),
        as_staff("admin", agency_id=agency_of(HAC_THANH)),
    )
    for each in found:
        assert (await each.get(PEOPLE)).status_code == 200
    return found


async def send(admin: Caller, path: str, page: str, **said: str) -> Any:
    """Send a form of a page as a browser does."""
    token = re.search(r'name="csrf" value="([^"]+)"', (await admin.get(page)).text)
    assert token is not None
    headers = {"Origin": "null", "X-CSRF-Token": "", **VIETNAMESE}
    return await admin.send("POST", path, data={"csrf": token[1], **said}, headers=headers)


async def test_an_officer_is_invited_and_comes_by_two_administrators_pages(
    admins: tuple[Caller, Caller], client: Client
) -> None:
    first, second = admins
    said = {
        "name": "Đào Thị Chín",
        "agency_id": str(agency_of(HAC_THANH)),
        "role-officer": "1",
        "areas": HAC_THANH,
    }

    proposed = await send(first, PEOPLE, PEOPLE, **said)
    own = (await first.get(PROPOSALS, headers=VIETNAMESE)).text
    approve = re.search(r'action="([^"]+/approve)"', (await second.get(PROPOSALS)).text)
    assert approve is not None
    decided = await send(second, approve[1], PROPOSALS)
    link = re.search(r"<code>(http[^<]+)</code>", decided.text)

    assert "một quản trị viên khác sẽ quyết định" in proposed.text
    assert "/approve" not in own
    assert link is not None
    assert "Đào Thị Chín" in (await client.get(link[1].removeprefix(BASE_URL))).text
    assert "Đào Thị Chín" in (await first.get(PEOPLE)).text
    assert link[1] not in (await first.get(PROPOSALS)).text


async def test_an_officer_is_shut_out_at_once_by_a_button(
    admins: tuple[Caller, Caller], as_staff: Callable[..., Caller]
) -> None:
    officer = as_staff("officer", areas=[HAC_THANH], agency_id=agency_of(HAC_THANH))
    await officer.get("/console/identity/people")
    page = f"{PEOPLE}/{officer.staff_id}"

    done = await send(admins[0], f"{page}/disable", page)

    assert "Đã thực hiện" in done.text
    assert "đã khóa" in (await admins[0].get(page, headers=VIETNAMESE)).text


@pytest.mark.parametrize("path", PAGES)
async def test_nobody_else_sees_who_works_here(
    path: str, as_staff: Callable[..., Caller], client: Client
) -> None:
    officer = await as_staff("moderator", "lead", areas=["38"]).get(path)
    stranger = await client.get(path)

    assert officer.status_code == 403
    assert stranger.headers["location"] == "/console/login"


async def test_a_form_of_another_page_proposes_nothing(admins: tuple[Caller, Caller]) -> None:
    answer = await admins[0].send(
        "POST", PEOPLE, data={"csrf": "x", "name": "Ai"}, headers={"X-CSRF-Token": ""}
    )

    assert answer.status_code in {401, 403}
