"""Administrators' pages: what a button proposes another administrator approves, in a browser."""

import re
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from backend.identity.signer import Signer
from backend.kernel.database import Connection
from backend.testing import Caller, Client, Clock
from backend.testing.callers import BASE_URL
from contracts.demo import HAC_THANH, agency_of
from tests.pressing import press, shown

PEOPLE = "/console/identity/people"
PROPOSALS = "/console/identity/proposals"
PAGES = (PEOPLE, PROPOSALS, "/console/identity/partners")
VIETNAMESE = {"Accept-Language": "vi"}


@pytest.fixture
async def admins(
    connection: Connection, clock: Clock, as_staff: Callable[..., Caller]
) -> tuple[Caller, Caller]:
    """Two administrators, nobody else, and nothing that waits for either of them."""
    clock.advance(minutes=1)
    await connection.execute("update identity.staff set status = 'disabled'")
    async with connection.transaction():
        await connection.execute("select set_config('tinhs.kind', 'job', true)")
        await connection.execute("update identity.proposal set expires_at = 'epoch'")
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


WORK = "/console/work"
STATUS = f"{WORK}/status"
BURY = """
    insert into kernel.work (name, payload, trace, state, attempts, due_at, error)
    values ('work.mend', '{"id": 1, "step": "retry"}', 'vết', 'buried', 5, $1, 'ValueError')
    returning id
"""


async def test_work_that_was_given_up_is_tried_again_or_let_go_by_buttons(
    as_staff: Callable[..., Caller],
    connection: Connection,
    drain: Callable[[], Awaitable[list[str]]],
    clock: Clock,
) -> None:
    admin = as_staff("admin")
    again, gone = [await connection.fetchval(BURY, clock.now) for _ in range(2)]

    page = await shown(admin, WORK)
    first = await press(admin, f"{WORK}/buried/{again}/retry", WORK)
    second = await press(admin, f"{WORK}/buried/{gone}/discard", WORK)
    strange = await press(admin, f"{WORK}/buried/{10**18}/retry", WORK)
    await drain()
    after = await shown(admin, WORK)
    said = await connection.fetch(
        "select state, error from kernel.work where id = any($1) order by id", [again, gone]
    )
    late = await admin.post(f"/v1/admin/work/buried/{gone}/discard")
    listed = (await admin.get("/v1/admin/work/buried")).json()

    assert "work.mend" in page
    assert "5 lần thất bại" in page
    assert first.headers["location"] == f"{WORK}?done=retry"
    assert second.headers["location"] == f"{WORK}?done=discard"
    assert strange.status_code == late.status_code == 409
    assert [tuple(each) for each in said] == [("done", None), ("done", "discarded: ValueError")]
    assert "Không có việc nào bị bỏ lại" in after
    assert listed == {"items": [], "next_after": None}
    assert (await as_staff("officer").get(WORK)).status_code == 403


async def test_what_is_installed_is_shown_without_a_secret(
    as_staff: Callable[..., Caller],
) -> None:
    admin = as_staff("admin")

    page = await shown(admin, f"{WORK}/installation")
    told = (await admin.get("/v1/admin/installation")).json()

    values = {each["name"]: each for each in told["settings"]}
    assert values["TINHS_DATABASE_URL"]["value"] is None
    assert values["TINHS_BASE_URL"]["value"] == BASE_URL
    assert "TINHS_SECRET bí mật" in page
    assert "postgresql://" not in page
    assert {"documents", "work"} <= {each["name"] for each in told["modules"]}
    assert told["migrations"][0]["name"] in page


async def test_everybody_reads_of_an_incident_what_an_administrator_tells(
    as_staff: Callable[..., Caller], client: Client, clock: Clock
) -> None:
    admin = as_staff("admin")
    said = {"said_vi": "Nhà mạng nghẽn, mã SMS đến chậm.", "said_en": "Codes by SMS come late."}

    empty = await press(admin, STATUS, STATUS, **said)
    told = await press(admin, STATUS, STATUS, **said, **{"service-signing_in": "1"})
    end = re.search(r'action="([^"]+/end)"', (await admin.get(STATUS)).text)
    assert end is not None
    clock.advance(minutes=10)
    ended = await press(admin, end[1], STATUS)
    twice = await press(admin, end[1], STATUS)
    (listed,) = (await admin.get("/v1/admin/status")).json()["items"]

    assert empty.status_code == 400
    assert "Nhà mạng nghẽn" in empty.text
    assert told.headers["location"] == f"{STATUS}?done=told"
    assert ended.headers["location"] == f"{STATUS}?done=ended"
    assert twice.status_code == 409
    assert (listed["services"], listed["said_en"]) == (["signing_in"], "Codes by SMS come late.")
    page = await client.get("/status", headers=VIETNAMESE)
    program = (await client.get("/status.json")).json()
    assert "Nhà mạng nghẽn" in page.text
    assert program["incidents"][0]["ended_at"] == listed["ended_at"]


PARTNERS = "/console/identity/partners"


async def test_a_partners_program_is_proposed_by_a_form_and_shown_before_and_after(
    admins: tuple[Caller, Caller],
) -> None:
    first, second = admins
    key = Signer().jwk
    said = {
        "client_id": "benh-vien-tinh",
        "name": "Bệnh viện tỉnh",
        "agreement": "TT 12/2026",
        "jwks": msgspec.json.encode(key).decode(),
        "scope-documents:verify": "1",
    }

    bad = await press(first, PARTNERS, PARTNERS, **{**said, "jwks": '{"kty": "oct"}'})
    kept = await press(first, PARTNERS, PARTNERS, **said)
    approve = re.search(r'action="([^"]+/approve)"', (await second.get(PROPOSALS)).text)
    assert approve is not None
    await press(second, approve[1], PROPOSALS)
    form = (await first.get(f"{PARTNERS}?change=benh-vien-tinh")).text
    await press(first, PARTNERS, PARTNERS, **{**said, "agreement": "TT 15/2026"})
    both = await shown(second, f"{PROPOSALS}?state=open")
    gone = await press(second, f"{PARTNERS}/benh-vien-tinh/disable", PARTNERS)
    twice = await press(second, f"{PARTNERS}/benh-vien-tinh/disable", PARTNERS)

    assert bad.status_code == 400
    assert "TT 12/2026" in bad.text
    assert kept.headers["location"] == f"{PROPOSALS}?state=open"
    assert 'value="benh-vien-tinh"' in form
    assert "Thỏa thuận TT 12/2026 TT 15/2026 đổi" in both
    assert gone.headers["location"] == f"{PARTNERS}?done=disabled"
    assert twice.status_code == 404


async def test_administrators_see_which_role_opens_what(as_staff: Callable[..., Caller]) -> None:
    admin = as_staff("admin")

    page = await shown(admin, "/console/identity/roles")
    told = (await admin.get("/v1/admin/permissions", headers=VIETNAMESE)).json()["items"]

    roles = {each["scope"]: each["roles"] for each in told}
    assert roles["audit:inquire"] == ["auditor"]
    assert "Tạm đình chỉ và thu hồi văn bản documents:revoke khóa đăng nhập" in page


async def test_the_first_page_counts_what_waits_for_whoever_looks(
    as_staff: Callable[..., Caller], connection: Connection, clock: Clock
) -> None:
    admin, registrar = as_staff("admin"), as_staff("registrar", "moderator")
    await connection.execute("delete from kernel.work where state = 'buried'")
    await connection.fetchval(BURY, clock.now)

    theirs = await shown(admin, "/console")
    ours = await shown(registrar, "/console")
    await connection.execute("alter table feedback.clock rename to clocks")
    try:
        broken = await shown(registrar, "/console")
    finally:
        await connection.execute("alter table feedback.clocks rename to clock")
    await connection.execute("delete from kernel.work where state = 'buried'")

    assert "1 ⏰ việc nền bị bỏ lại" in theirs
    assert "đề xuất chờ bạn duyệt" in theirs
    assert "0 văn bản chờ ký" in ours
    assert "việc nền" not in ours
    assert "0 văn bản chờ ký" in broken
    assert "– phản ánh quá hạn (chưa đọc được)" in broken
