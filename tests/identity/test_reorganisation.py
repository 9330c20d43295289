"""Agencies end and others take over: who sees what from that day on, and who is told."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from litestar import get
from litestar.params import FromPath

from backend.host.registry import discover
from backend.identity.admin.reorganising import CARRY_OVER
from backend.identity.authority import Authority
from backend.identity.minting import mint_console_session, mint_staff
from backend.kernel import VIETNAM, Injected, Module, Scope, Snapshot, requires, same_agency
from backend.kernel.database import Connection
from backend.testing import Caller, Client, Clock
from backend.work import Workshop
from contracts.demo import HAC_THANH, SAM_SON
from contracts.identity import AgencyReorganised

FILES = Scope(
    name="archive:files",
    kinds=frozenset({"staff"}),
    roles=frozenset({"officer", "lead"}),
    rule=same_agency("owner_agency_id"),
)


class File(msgspec.Struct, frozen=True, kw_only=True):
    owner_agency_id: UUID


@get("/files/{agency_id:uuid}", guards=[requires(FILES)])
async def read_file(agency_id: FromPath[UUID], snapshot: Injected[Snapshot]) -> File:
    """Read something that an agency owns."""
    return snapshot.check(FILES, File(owner_agency_id=agency_id))


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return [*discover(), Module(name="archive", scopes=(FILES,), routes=(read_file,))]


@pytest.fixture
async def agencies(client: Client, connection: Connection) -> list[UUID]:
    """Agencies of the register that nothing was done with yet."""
    found = await connection.fetch(
        """
        select id from territory.agency
         where id not in (select old_id from identity.agency_successor)
           and id not in (select new_id from identity.agency_successor)
         order by id
         limit 4
        """
    )
    return [row["id"] for row in found]


@pytest.fixture
async def admins(
    connection: Connection, as_staff: Callable[..., Caller], clock: Clock
) -> tuple[Caller, Caller]:
    clock.advance(minutes=1)
    pair = as_staff("admin"), as_staff("admin")
    for one in pair:
        await one.get("/v1/admin/proposals")
    return pair


@pytest.fixture
def reorganised(admins: tuple[Caller, Caller], clock: Clock) -> Callable[..., Awaitable[Any]]:
    """Propose and approve a reorganisation of tomorrow; return the answer to the approval."""

    async def arrange(
        former: list[UUID], *heirs: tuple[UUID, list[str]], carry: tuple[str, ...] = ()
    ) -> Any:
        first, second = admins
        tomorrow = (clock.now + timedelta(days=1)).astimezone(VIETNAM).date()
        body = {
            "former": [str(one) for one in former],
            "heirs": [{"agency_id": str(one), "areas": areas} for one, areas in heirs],
            "on": tomorrow.isoformat(),
            "carry_roles": list(carry),
        }
        proposed = await first.post("/v1/admin/reorganisations", json=body)
        assert proposed.status_code == 202, proposed.text
        proposal = proposed.json()["proposal"]["id"]
        return await second.post(f"/v1/admin/proposals/{proposal}/approve")

    return arrange


@pytest.fixture
def sees(authority: Authority, client: Client, clock: Clock) -> Callable[..., Awaitable[int]]:
    """Tell what an officer gets who asks for something that an agency owns."""

    async def status(staff_id: UUID, agency_id: UUID) -> int:
        async with authority.transaction() as tx:
            login = await mint_console_session(tx, staff_id)
        shown = {"Cookie": f"__Host-console={login.cookie}"}
        return (await client.get(f"/v1/archive/files/{agency_id}", headers=shown)).status_code

    return status


@pytest.fixture
def employed(authority: Authority) -> Callable[..., Awaitable[UUID]]:
    async def employ(agency_id: UUID, *areas: str, roles: tuple[str, ...] = ("officer",)) -> UUID:
        async with authority.transaction() as tx:
            return await mint_staff(
                tx, name="Cán bộ", roles=roles, agency_id=agency_id, areas=areas
            )

    return employ


@pytest.fixture
def carry_over(shop: Workshop) -> Callable[[], Awaitable[None]]:
    """What a worker does every minute."""

    async def run() -> None:
        async with shop.transaction() as tx:
            await CARRY_OVER.run(tx)

    return run


async def to_the_day(clock: Clock, carry_over: Callable[..., Awaitable[Any]]) -> None:
    clock.advance(days=1)
    await carry_over()


async def test_the_successor_sees_what_the_former_agency_owned_and_others_do_not(
    agencies: list[UUID],
    reorganised: Callable[..., Awaitable[Any]],
    employed: Callable[..., Awaitable[UUID]],
    sees: Callable[..., Awaitable[int]],
    clock: Clock,
    carry_over: Callable[..., Awaitable[Any]],
) -> None:
    old, heir, other, _ = agencies
    successor, stranger = await employed(heir), await employed(other)
    before = await sees(successor, old)
    assert (await reorganised([old], (heir, []))).status_code == 200
    eve = await sees(successor, old)

    await to_the_day(clock, carry_over)

    assert (before, eve) == (404, 404)
    assert await sees(successor, old) == 200
    assert await sees(stranger, old) == 404


async def test_officers_go_over_with_the_roles_that_are_carried_and_no_others(
    agencies: list[UUID],
    reorganised: Callable[..., Awaitable[Any]],
    employed: Callable[..., Awaitable[UUID]],
    sees: Callable[..., Awaitable[int]],
    admins: tuple[Caller, Caller],
    clock: Clock,
    carry_over: Callable[..., Awaitable[Any]],
) -> None:
    old, heir, _, _ = agencies
    carried = await employed(old, HAC_THANH, roles=("officer", "moderator"))
    left = await employed(old, HAC_THANH, roles=("lead",))
    await reorganised([old], (heir, []), carry=("officer",))

    await to_the_day(clock, carry_over)

    first = admins[0]
    gone_over = (await first.get(f"/v1/admin/staff/{carried}")).json()
    stays_behind = (await first.get(f"/v1/admin/staff/{left}")).json()
    assert (gone_over["agency_id"], gone_over["roles"]) == (str(heir), ["officer"])
    assert gone_over["areas"] == [HAC_THANH]
    assert (stays_behind["agency_id"], stays_behind["roles"]) == (None, [])
    assert await sees(carried, old) == 200
    assert await sees(left, old) == 403


async def test_a_split_is_inherited_by_whose_areas_lie_in_their_part(
    agencies: list[UUID],
    reorganised: Callable[..., Awaitable[Any]],
    employed: Callable[..., Awaitable[UUID]],
    sees: Callable[..., Awaitable[int]],
    admins: tuple[Caller, Caller],
    clock: Clock,
    carry_over: Callable[..., Awaitable[Any]],
) -> None:
    old, west, east, _ = agencies
    of_west, of_both = await employed(old, HAC_THANH), await employed(old, HAC_THANH, SAM_SON)
    at_east_without = await employed(east, "14758")
    at_east_within = await employed(east, SAM_SON)
    await reorganised([old], (west, [HAC_THANH]), (east, [SAM_SON]), carry=("officer",))

    await to_the_day(clock, carry_over)

    first = admins[0]
    assert (await first.get(f"/v1/admin/staff/{of_west}")).json()["agency_id"] == str(west)
    assert (await first.get(f"/v1/admin/staff/{of_both}")).json()["agency_id"] is None
    assert await sees(of_west, old) == 200
    assert await sees(at_east_within, old) == 200
    assert await sees(at_east_without, old) == 404


async def test_the_house_is_told_once_however_many_workers_look(
    agencies: list[UUID],
    reorganised: Callable[..., Awaitable[Any]],
    clock: Clock,
    carry_over: Callable[..., Awaitable[Any]],
    told: Callable[..., Awaitable[list[Any]]],
    connection: Connection,
) -> None:
    old, other, heir, _ = agencies
    await reorganised([old, other], (heir, []))

    await carry_over()
    before = [event for event in await told(AgencyReorganised) if old in event.former]
    clock.advance(days=1)
    await asyncio.gather(*(carry_over() for _ in range(3)))
    await carry_over()

    (event,) = (event for event in await told(AgencyReorganised) if old in event.former)
    assert before == []
    assert set(event.former) == {old, other}
    assert [one.agency_id for one in event.heirs] == [heir]
    assert event.on == clock.now.astimezone(VIETNAM).date()
    kinds = await connection.fetch(
        "select distinct kind from identity.agency_successor where new_id = $1", heir
    )
    assert [row["kind"] for row in kinds] == ["merge"]


async def test_who_was_moved_meanwhile_is_not_moved_again(
    agencies: list[UUID],
    reorganised: Callable[..., Awaitable[Any]],
    employed: Callable[..., Awaitable[UUID]],
    admins: tuple[Caller, Caller],
    clock: Clock,
    carry_over: Callable[..., Awaitable[Any]],
) -> None:
    """The worker was down on the day, and an officer was given other work before it came back."""
    old, heir, elsewhere, _ = agencies
    officer = await employed(old, HAC_THANH)
    await reorganised([old], (heir, []), carry=("officer",))
    clock.advance(days=2)
    first, second = admins
    body = {"agency_id": str(elsewhere), "roles": ["lead"]}
    proposal = (await first.post(f"/v1/admin/staff/{officer}/roles", json=body)).json()["proposal"]
    await second.post(f"/v1/admin/proposals/{proposal['id']}/approve")

    await carry_over()

    seen = (await first.get(f"/v1/admin/staff/{officer}")).json()
    assert (seen["agency_id"], seen["roles"]) == (str(elsewhere), ["lead"])


async def test_an_agency_has_its_heirs_once(
    agencies: list[UUID], reorganised: Callable[..., Awaitable[Any]]
) -> None:
    old, heir, other, _ = agencies
    await reorganised([old], (heir, []))

    again = await reorganised([old], (other, []))

    assert again.status_code == 409
    assert again.json()["type"].endswith("/identity/agency-succeeded")


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"on": "2020-01-01"}, 422),
        ({"heirs": []}, 400),
        ({"carry_roles": ["wizard"]}, 422),
        ({"former": [str(UUID(int=1))]}, 422),
    ],
    ids=str,
)
async def test_a_reorganisation_that_makes_no_sense_is_not_proposed(
    agencies: list[UUID],
    admins: tuple[Caller, Caller],
    clock: Clock,
    changed: dict[str, Any],
    status: int,
) -> None:
    old, heir, _, _ = agencies
    body = {
        "former": [str(old)],
        "heirs": [{"agency_id": str(heir)}],
        "on": clock.now.date().isoformat(),
        **changed,
    }

    answer = await admins[0].post("/v1/admin/reorganisations", json=body)

    assert answer.status_code == status, answer.text


async def test_nobody_inherits_from_themselves_and_a_split_says_what_goes_where(
    agencies: list[UUID], admins: tuple[Caller, Caller], clock: Clock
) -> None:
    old, west, east, _ = map(str, agencies)
    today = clock.now.date().isoformat()

    own = await admins[0].post(
        "/v1/admin/reorganisations",
        json={"former": [old], "heirs": [{"agency_id": old}], "on": today},
    )
    vague = await admins[0].post(
        "/v1/admin/reorganisations",
        json={
            "former": [old],
            "heirs": [{"agency_id": west}, {"agency_id": east, "areas": [SAM_SON]}],
            "on": today,
        },
    )

    assert (own.status_code, vague.status_code) == (422, 422)
