"""A holder shows "employed since", to one recipient for a day, and takes it back."""

import re
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from backend.testing import Caller, Client, Clock
from modules.documents.scopes import READ, SHARE, SIGN
from tests.documents.conftest import DOCUMENTS, Phone

ORDER = {
    "fields": ["employee", "employed_since"],
    "purpose": "Vay mua nhà",
    "recipient": "Ngân hàng Sông Mã",
    "hours": 24,
}
Tick = Callable[..., Awaitable[None]]


@pytest.fixture
async def employee(as_citizen: Callable[..., Caller]) -> Phone:
    phone = Phone(as_citizen(SIGN, READ, SHARE))
    await phone.enrol()
    return phone


@pytest.fixture
def share(issued: str, employee: Phone) -> Callable[..., Awaitable[dict[str, Any]]]:
    async def shared(**changed: Any) -> dict[str, Any]:
        answer = await employee.caller.post(
            f"{DOCUMENTS}/{issued}/shares", json={**ORDER, **changed}
        )
        assert answer.status_code == 201, answer.text
        return answer.json()

    return shared


@pytest.fixture
def look(client: Client) -> Callable[..., Awaitable[httpx.Response]]:
    async def looked(token: str, pin: str | None = None) -> httpx.Response:
        question = {"token": token} if pin is None else {"token": token, "pin": pin}
        return await client.post(f"{DOCUMENTS}/shares/open", json=question)

    return looked


Share = Callable[..., Awaitable[dict[str, Any]]]
Look = Callable[..., Awaitable[httpx.Response]]


async def test_a_holder_shares_downloads_and_withdraws_in_a_browser(
    issued: str, employee: Phone, client: Client, look: Look
) -> None:
    home, reader = f"/account/documents/papers/{issued}", employee.caller
    page = (await reader.get(home)).text
    form = {"recipient": "Ngân hàng", "purpose": "vay", "field.employee": "1"}

    empty = await reader.post(f"{home}/shares", data={"recipient": "Ai", "purpose": "gì"})
    shared = (await reader.post(f"{home}/shares", data=form)).text
    (token,) = re.findall(r"/share#([A-Za-z0-9_-]{22})<", shared)
    opened = await look(token)
    (withdrawal,) = re.findall(r'action="([^"]+/withdrawal)"', shared)
    await reader.post(withdrawal)

    assert 'name="field.employee"' in page
    assert empty.status_code == 400
    assert opened.json()["extract"]["fields"] == {"employee": "Hà Văn Đạt"}
    assert (await look(token)).status_code == 404
    assert token not in (await reader.get(home)).text
    paper = await reader.get(f"{home}/files/original.pdf")
    verdict = await client.post("/verify", files={"file": ("a.pdf", paper.content)})
    assert "CÒN HIỆU LỰC" in verdict.text


async def test_the_recipient_sees_what_was_chosen_and_nothing_else(
    share: Share, look: Look
) -> None:
    opened = (await look((await share())["token"])).json()

    assert opened["status"] == "VALID"
    assert opened["extract"]["fields"] == {
        "employee": "Hà Văn Đạt",
        "employed_since": "2026-12-01",
    }
    assert opened["extract"]["recipient"] == ORDER["recipient"]
    assert "9500000" not in str(opened)


async def test_what_the_recipient_keeps_is_checked_by_anybody_until_it_is_withdrawn(
    share: Share, look: Look, employee: Phone, client: Client
) -> None:
    shared = await share(fields=["employed_since"])
    kept = (await look(shared["token"])).json()["extract"]["sd_jwt"]

    async def checked() -> dict[str, Any]:
        return (await client.post(f"{DOCUMENTS}/verifications", json={"sd_jwt": kept})).json()

    before = await checked()
    await employee.caller.post(f"{DOCUMENTS}/shares/{shared['id']}/withdrawal")
    after = await checked()

    assert before["verdict"] == "VALID"
    assert before["content"] == {
        "vct": "urn:tinhs:document:labour.contract/2",
        "purpose": ORDER["purpose"],
        "recipient": ORDER["recipient"],
        "fields": {"employed_since": "2026-12-01"},
    }
    assert "Đạt" not in kept
    assert after["verdict"] == "REVOKED"
    assert "chủ giấy tờ đã rút lại" in after["message"]  # nobody revoked the document itself


async def test_what_was_kept_ends_with_the_day(
    share: Share, look: Look, client: Client, clock: Clock
) -> None:
    kept = (await look((await share())["token"])).json()["extract"]["sd_jwt"]
    clock.advance(hours=24)

    answer = await client.post(f"{DOCUMENTS}/verifications", json={"sd_jwt": kept})

    assert (answer.json()["verdict"], answer.json()["subindication"]) == ("INVALID", "EXPIRED")


async def test_the_holder_sees_who_looked(
    share: Share, look: Look, employee: Phone, issued: str, clock: Clock
) -> None:
    shared = await share()
    await look(shared["token"])
    clock.advance(minutes=1)
    await look(shared["token"])

    (listed,) = (await employee.caller.get(f"{DOCUMENTS}/{issued}/shares")).json()["items"]

    assert (listed["id"], len(listed["views"])) == (shared["id"], 2)
    assert listed["recipient"] == ORDER["recipient"]


async def test_after_withdrawal_there_is_nothing(
    share: Share, look: Look, employee: Phone, clock: Clock
) -> None:
    withdrawn, old, used = await share(), await share(hours=1), await share(views=1)

    await employee.caller.post(f"{DOCUMENTS}/shares/{withdrawn['id']}/withdrawal")
    await look(used["token"])
    clock.advance(hours=2)
    answers = [
        await look(withdrawn["token"]),
        await look(old["token"]),
        await look(used["token"]),
        await look("A" * 22),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.json()["type"] for answer in answers}) == 1


async def test_a_pin_is_asked_for_and_not_guessed(share: Share, look: Look) -> None:
    shared = await share(pin="4711")

    right = await look(shared["token"], "4711")
    wrong = [(await look(shared["token"], pin)).status_code for pin in ("0000", "1111", "4712")]
    more = [(await look(shared["token"], "9999")).status_code for _ in range(4)]

    assert right.status_code == 200
    assert wrong == [404] * 3
    assert more[-1] == 429


async def test_a_suspended_document_is_told_to_be_so(
    share: Share, look: Look, issued: str, as_staff: Callable[..., Caller]
) -> None:
    shared = await share()
    order = {"status": "suspended", "reason": "Chờ xác minh"}
    await as_staff("registrar").post(f"{DOCUMENTS}/{issued}/status", json=order)

    assert (await look(shared["token"])).json()["status"] == "SUSPENDED"


async def test_only_the_holder_shares(
    issued: str, employer: Phone, as_citizen: Callable[..., Caller], employee: Phone
) -> None:
    stranger = as_citizen(SHARE)
    where = f"{DOCUMENTS}/{issued}/shares"

    unknown = await employee.caller.post(where, json={**ORDER, "fields": ["salary"]})
    theirs = await stranger.post(where, json=ORDER)

    assert (unknown.status_code, theirs.status_code) == (422, 404)


async def test_a_stranger_cannot_tell_a_foreign_document_from_none_by_its_shares(
    share: Share, issued: str, employer: Phone, employee: Phone, as_citizen: Callable[..., Caller]
) -> None:
    await share()
    stranger, signatory = as_citizen(SHARE), as_citizen(SHARE, person_id=employer.caller.person_id)
    where, nowhere = (f"{DOCUMENTS}/{each}/shares" for each in (issued, uuid4()))

    refused = [
        await stranger.get(where),
        await stranger.get(nowhere),
        await signatory.get(where),
        await employee.caller.get(nowhere),
    ]
    own = await employee.caller.get(where)

    assert [answer.status_code for answer in refused] == [404] * 4
    assert len({answer.json()["type"] for answer in refused}) == 1
    assert (own.status_code, len(own.json()["items"])) == (200, 1)


async def test_the_database_alone_opens_no_share(share: Share, connection: Any) -> None:
    shared = await share()

    rows = await connection.fetch("select * from documents.share_opening")

    assert shared["token"] not in str(rows)
    assert "2026-12-01" not in str([row["sealed"] for row in rows])


async def test_a_recipient_reads_whom_it_is_for_before_anything_is_opened(
    share: Share, client: Client, employee: Phone, issued: str
) -> None:
    shared = await share(pin="2468")
    vietnamese = {"Accept-Language": "vi"}

    async def asked(where: str, **form: str) -> httpx.Response:
        return await client.post(where, data=form, headers=vietnamese)

    empty = await client.get("/share", headers=vietnamese)
    script = await asked("/share", token=shared["token"])  # as the script asks, without the PIN
    told = await asked("/share", token=shared["url"], pin="2468")
    wrong = await asked("/share/opening", token=shared["token"], pin="1111")
    before = (await employee.caller.get(f"{DOCUMENTS}/{issued}/shares")).json()["items"]
    opened = await asked("/share/opening", token=shared["token"], pin="2468")
    after = (await employee.caller.get(f"{DOCUMENTS}/{issued}/shares")).json()["items"]

    assert 'data-secret="token"' in empty.text
    assert [each.status_code for each in (script, wrong)] == [404, 404]
    assert all(each in told.text for each in (ORDER["recipient"], ORDER["purpose"], "Làm việc từ"))
    assert "Hà Văn Đạt" not in told.text
    assert "Hà Văn Đạt" in opened.text
    assert "01/12/2026" in opened.text
    assert "CÒN HIỆU LỰC" in opened.text
    assert "9500000" not in opened.text
    assert opened.headers["cache-control"] == "no-store"
    views = [[len(s["views"]) for s in each if s["id"] == shared["id"]] for each in (before, after)]
    assert views == [[0], [1]]


@pytest.mark.parametrize("token", ["", "nonsense", "A" * 22, "<script>alert(1)</script>"])
async def test_what_opens_nothing_is_said_on_the_page(client: Client, token: str) -> None:
    for where in ("/share", "/share/opening"):
        shown = await client.post(where, data={"token": token})
        assert shown.status_code == 404
        assert "<script>alert" not in shown.text
