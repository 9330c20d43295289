"""Who acts for whom: two officers write it down, and either ends it."""

from collections.abc import Awaitable, Callable
from typing import Any, cast
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from backend.identity.authority import Authority
from backend.identity.people.recording import record_identifier, record_who
from backend.identity.scopes import READ, WARDS
from backend.testing import Caller
from contracts.identity import RepresentationChanged
from tests.privacy.conftest import number_of

DESK = "/v1/admin/representations"
BORN = "2020-02-29"
Told = Callable[[type[RepresentationChanged]], Awaitable[list[RepresentationChanged]]]


@pytest_asyncio.fixture(loop_scope="session")
async def child(as_citizen: Callable[..., Caller], authority: Authority) -> Caller:
    child = as_citizen(READ)
    await child.get("/v1/account")
    person_id = cast("UUID", child.person_id)
    async with authority.transaction() as tx:
        await record_who(tx, person_id, name="Bé Na", birth_date=BORN)
        await record_identifier(
            tx, person_id, "birth_certificate", number_of(child), source="counter"
        )
    return child


@pytest_asyncio.fixture(loop_scope="session")
async def mother(as_citizen: Callable[..., Caller], authority: Authority) -> Caller:
    mother = as_citizen(READ, WARDS)
    await mother.get("/v1/account")
    async with authority.transaction() as tx:
        await record_identifier(
            tx, cast("UUID", mother.person_id), "national_id", number_of(mother), source="vneid"
        )
    return mother


@pytest.fixture
def papers(child: Caller, mother: Caller) -> dict[str, Any]:
    return {
        "ward": {"kind": "birth_certificate", "value": number_of(child)},
        "guardian": {"kind": "national_id", "value": number_of(mother)},
        "kind": "parent",
        "basis": "Giấy khai sinh số 12/2020",
    }


async def wards_of(person: Caller) -> list[str]:
    return [ward["person_id"] for ward in (await person.get("/v1/account/wards")).json()["items"]]


async def test_a_mother_acts_for_her_child_once_two_officers_have_said_so(
    desk: Caller, colleague: Caller, child: Caller, mother: Caller, papers: Any, told: Told
) -> None:
    proposed = await desk.post(DESK, json=papers)
    draft = proposed.json()
    alone = await desk.post(f"{DESK}/{draft['id']}/approval")
    before = await wards_of(mother)
    waiting = [each["id"] for each in (await colleague.get(DESK)).json()["items"]]

    agreed = await colleague.post(f"{DESK}/{draft['id']}/approval")

    assert (proposed.status_code, alone.status_code, agreed.status_code) == (201, 409, 200)
    assert draft["id"] in waiting
    assert agreed.json()["valid_to"].startswith("2038-03-01T00:00")
    assert (before, await wards_of(mother)) == ([], [str(child.person_id)])
    seen = (await child.get("/v1/account/access-log")).json()["items"]
    assert {each["purpose"] for each in seen} >= {"identity.representation"}
    (event,) = [e for e in await told(RepresentationChanged) if e.ward_id == child.person_id]
    assert (event.guardian_id, event.change) == (mother.person_id, "begun")


async def test_it_ends_with_the_next_request(
    desk: Caller, colleague: Caller, mother: Caller, papers: Any, told: Told
) -> None:
    draft = (await desk.post(DESK, json=papers)).json()
    await colleague.post(f"{DESK}/{draft['id']}/approval")
    before = await wards_of(mother)

    ended = await desk.post(f"{DESK}/{draft['id']}/ending")
    again = await desk.post(f"{DESK}/{draft['id']}/ending")

    assert (ended.status_code, again.status_code) == (204, 404)
    assert (len(before), await wards_of(mother)) == (1, [])
    events = [e for e in await told(RepresentationChanged) if e.guardian_id == mother.person_id]
    assert {event.change for event in events} == {"begun", "ended"}


async def test_what_is_refused_never_began(
    desk: Caller, colleague: Caller, mother: Caller, papers: Any
) -> None:
    draft = (await desk.post(DESK, json=papers)).json()

    refused = await colleague.post(f"{DESK}/{draft['id']}/ending")
    late = await colleague.post(f"{DESK}/{draft['id']}/approval")

    assert (refused.status_code, late.status_code) == (204, 404)
    assert await wards_of(mother) == []


@pytest.mark.parametrize(
    ("changed", "slug"),
    [
        ({"guardian": {"kind": "national_id", "value": "038000000000"}}, "paper-unknown"),
        ({"until": "2020-01-01"}, "end-unknown"),
    ],
)
async def test_what_the_papers_do_not_say_is_refused(
    desk: Caller, papers: Any, changed: Any, slug: str
) -> None:
    answer = await desk.post(DESK, json={**papers, **changed})

    assert answer.status_code == 422
    assert answer.json()["type"].endswith(f"/identity/{slug}")


async def test_nobody_else_writes_it_down(
    as_staff: Callable[..., Caller], mother: Caller, papers: Any
) -> None:
    admin = as_staff("admin")

    for stranger in (admin, mother):
        assert (await stranger.post(DESK, json=papers)).status_code == 403
    assert (await admin.post(f"{DESK}/{uuid4()}/approval")).status_code == 403
