"""The holder sees who looked at a document, and a child's facts go nowhere on one word alone."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest

from backend.identity.authority import Authority
from backend.identity.minting import mint_ward
from backend.identity.people.recording import record_who
from backend.testing import Caller, Client
from modules.documents.scopes import READ, SHARE, SIGN
from tests.documents.conftest import CONTRACTS, DOCUMENTS, Phone, contract

ORDER = {
    "fields": ["employed_since"],
    "purpose": "Vay mua nhà",
    "recipient": "Ngân hàng Sông Mã",
    "hours": 24,
}
Accesses = Callable[[Caller], Awaitable[list[dict[str, Any]]]]


@pytest.fixture
async def employee(as_citizen: Callable[..., Caller]) -> Phone:
    phone = Phone(as_citizen(SIGN, READ, SHARE))
    await phone.enrol()
    return phone


@pytest.fixture
def accesses(issued: str) -> Accesses:
    async def told(who: Caller) -> list[dict[str, Any]]:
        answer = await who.get(f"{DOCUMENTS}/{issued}/accesses")
        assert answer.status_code == 200, answer.text
        return answer.json()["items"]

    return told


@pytest.fixture
def born(client: Client) -> Callable[[Phone, str], Awaitable[None]]:
    """Writes down when somebody was born, as the national account tells it."""
    authority: Authority = client.app.state.authority

    async def recorded(phone: Phone, day: str) -> None:
        assert phone.caller.person_id is not None
        async with authority.transaction() as tx:
            await record_who(tx, phone.caller.person_id, birth_date=day)

    return recorded


@pytest.fixture
async def guardian(
    client: Client, as_citizen: Callable[..., Caller], employee: Phone, issued: str
) -> Caller:
    """Whoever represents the holder of the issued document."""
    parent = as_citizen(SHARE, READ)
    await parent.get(f"{DOCUMENTS}/{issued}")
    authority: Authority = client.app.state.authority
    async with authority.transaction() as tx:
        assert parent.person_id is not None
        await mint_ward(tx, guardian_id=parent.person_id, ward_id=employee.caller.person_id)
    return parent


Born = Callable[[Phone, str], Awaitable[None]]


async def test_the_holder_is_told_of_every_look_but_their_own(
    issued: str, employee: Phone, employer: Phone, accesses: Accesses
) -> None:
    parts = ("content.json", "original.pdf", "bundle.json", "package.zip", "revisions/1", "")
    for part in parts:
        where = f"{DOCUMENTS}/{issued}/{part}".rstrip("/")
        for phone in (employee, employer):
            assert (await phone.caller.get(where)).status_code == 200
    await employer.caller.post(f"{DOCUMENTS}/{issued}/paper-copies")

    found = await accesses(employee.caller)

    seen = sorted(field for each in found for field in each["fields"])
    assert seen == sorted(
        ["bundle", "content", "content", "original", "package", "paper_copy", "standing"]
    )
    assert {each["by"]["kind"] for each in found} == {"citizen"}
    assert {each["purpose"] for each in found} == {"documents.reading"}


async def test_a_look_through_a_share_names_the_share(
    issued: str, employee: Phone, client: Client, accesses: Accesses
) -> None:
    where = f"{DOCUMENTS}/{issued}/shares"
    shared = (await employee.caller.post(where, json=ORDER)).json()

    await client.post(f"{DOCUMENTS}/shares/open", json={"token": shared["token"]})
    (look,) = await accesses(employee.caller)

    assert (look["by"]["kind"], look["purpose"]) == ("anyone", "documents.sharing")
    assert (look["fields"], look["basis"]) == (["employed_since"], f"consent {shared['id']}")


async def test_a_partner_is_named_in_the_log_when_it_opens_a_share(
    issued: str, employee: Phone, as_partner: Callable[..., Caller], accesses: Accesses
) -> None:
    shared = (await employee.caller.post(f"{DOCUMENTS}/{issued}/shares", json=ORDER)).json()
    bank = as_partner()

    opened = await bank.post(f"{DOCUMENTS}/shares/open", json={"token": shared["token"]})
    (look,) = await accesses(employee.caller)

    assert opened.status_code == 200, opened.text
    assert (look["by"]["kind"], look["by"]["client_id"]) == ("partner", bank.client_id)
    assert (look["purpose"], look["basis"]) == ("documents.sharing", f"consent {shared['id']}")


async def test_nobody_else_learns_who_looked(
    issued: str, employee: Phone, employer: Phone, as_citizen: Callable[..., Caller]
) -> None:
    where, nowhere = (f"{DOCUMENTS}/{each}/accesses" for each in (issued, uuid4()))

    answers = [await each.get(where) for each in (employer.caller, as_citizen(READ))]
    answers.append(await employee.caller.get(nowhere))

    assert [each.status_code for each in answers] == [404, 404, 404]
    assert len({each.json()["type"] for each in answers}) == 1


async def test_a_child_of_ten_shares_only_with_its_guardian(
    issued: str, employee: Phone, client: Client, guardian: Caller, born: Born
) -> None:
    await born(employee, "2016-05-01")
    where = f"{DOCUMENTS}/{issued}/shares"
    shared = (await employee.caller.post(where, json=ORDER)).json()
    question = {"token": shared["token"]}

    alone = await client.post(f"{DOCUMENTS}/shares/open", json=question)
    own = await employee.caller.post(f"{DOCUMENTS}/shares/{shared['id']}/consent")
    seen = (await guardian.get(where)).json()["items"]
    agreed = await guardian.post(f"{DOCUMENTS}/shares/{shared['id']}/consent")
    together = await client.post(f"{DOCUMENTS}/shares/open", json=question)
    await guardian.post(f"{DOCUMENTS}/shares/{shared['id']}/withdrawal")
    after = await client.post(f"{DOCUMENTS}/shares/open", json=question)

    assert (shared["waits_for"], [each["waits_for"] for each in seen]) == ("guardian", ["guardian"])
    assert (alone.status_code, own.status_code) == (404, 404)
    assert (agreed.status_code, together.status_code, after.status_code) == (204, 200, 404)


async def test_a_guardian_decides_for_a_small_child_and_asks_a_bigger_one(
    issued: str, employee: Phone, client: Client, guardian: Caller, born: Born
) -> None:
    where = f"{DOCUMENTS}/{issued}/shares"
    await born(employee, "2022-05-01")
    small = (await guardian.post(where, json=ORDER)).json()
    await born(employee, "2016-05-01")
    bigger = (await guardian.post(where, json=ORDER)).json()

    before = await client.post(f"{DOCUMENTS}/shares/open", json={"token": bigger["token"]})
    await employee.caller.post(f"{DOCUMENTS}/shares/{bigger['id']}/consent")
    after = await client.post(f"{DOCUMENTS}/shares/open", json={"token": bigger["token"]})

    assert (small["waits_for"], bigger["waits_for"]) == (None, "holder")
    assert (before.status_code, after.status_code) == (404, 200)


async def test_an_amendment_says_why_to_both_sides(
    issued: str, employer: Phone, employee: Phone
) -> None:
    changed = {
        "contract": contract(job="Tổ trưởng"),
        "employer_signatory_id": employer.person_id,
        "employee_id": employee.person_id,
    }
    where = f"{CONTRACTS}/{issued}"

    silent = await employer.caller.put(where, json=changed)
    told = await employer.caller.put(where, json={**changed, "reason": "Bổ nhiệm tổ trưởng"})
    await employer.caller.post(f"{where}/submission")
    revisions = (await employee.caller.get(f"{DOCUMENTS}/{issued}/revisions")).json()["items"]

    assert (silent.status_code, told.status_code) == (422, 200)
    assert [(each["rev"], each["state"], each["because"]) for each in revisions] == [
        (2, "frozen", "Bổ nhiệm tổ trưởng"),
        (1, "issued", None),
    ]
