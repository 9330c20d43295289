"""Two administrators for everything that gives power, and what an officer may do then."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import asyncpg
import pytest

from backend.identity.authority import Authority
from backend.identity.minting import mint_console_session
from backend.identity.signer import Signer
from backend.kernel.database import Connection
from backend.testing import Caller, Client, Clock
from backend.testing.callers import BASE_URL
from contracts.demo import HAC_THANH, PROVINCE, SAM_SON, agency_of
from contracts.identity import StaffRoleChanged

STAFF = "/v1/admin/staff"
PROPOSALS = "/v1/admin/proposals"
AGENCY = str(agency_of(HAC_THANH))
INVITATION = {
    "name": "Nguyễn Văn Năm",
    "agency_id": AGENCY,
    "roles": ["officer"],
    "areas": [HAC_THANH],
}


@pytest.fixture
async def nobody(connection: Connection, clock: Clock) -> None:
    """Every test begins with no administrator, a minute after the last one."""
    clock.advance(minutes=1)
    await connection.execute("update identity.staff set status = 'disabled'")


@pytest.fixture
async def first(nobody: None, as_staff: Callable[..., Caller]) -> Caller:
    return await working(as_staff("admin"))


@pytest.fixture
async def second(first: Caller, as_staff: Callable[..., Caller]) -> Caller:
    return await working(as_staff("admin"))


@pytest.fixture
async def officer(nobody: None, as_staff: Callable[..., Caller]) -> Caller:
    caller = as_staff("officer", areas=[HAC_THANH], agency_id=agency_of(HAC_THANH))
    return await working(caller)


async def working(caller: Caller) -> Caller:
    """Let the database know an officer, who comes to be with the first request."""
    await caller.get(PROPOSALS)
    return caller


async def proposed(admin: Caller, path: str = STAFF, **body: Any) -> dict[str, Any]:
    answer = await admin.post(path, json=body or None)
    assert answer.status_code == 202, answer.text
    return answer.json()["proposal"]


async def approved(admin: Caller, proposal: dict[str, Any]) -> dict[str, Any]:
    answer = await admin.post(f"{PROPOSALS}/{proposal['id']}/approve")
    assert answer.status_code == 200, answer.text
    return answer.json()


def slug(answer: Any) -> str:
    return answer.json()["type"].removeprefix(f"{BASE_URL}/problems/")


async def test_an_officer_comes_by_a_proposal_that_another_approves(
    first: Caller, second: Caller, client: Client
) -> None:
    proposal = await proposed(first, **{**INVITATION, "name": "Hồ Thị Bảy"})

    decided = await approved(second, proposal)
    listed = (await first.get(f"{STAFF}?limit=100")).json()["items"]
    page = await client.get(decided["link"].removeprefix(BASE_URL))

    assert proposal["state"] == "open"
    assert decided["proposal"]["state"] == "approved"
    assert decided["proposal"]["decided_by"] == str(second.staff_id)
    assert "Hồ Thị Bảy" in page.text
    (new,) = (one for one in listed if one["name"] == "Hồ Thị Bảy")
    assert new["status"] == "invited"
    assert (new["roles"], new["areas"]) == (["officer"], [HAC_THANH])
    assert new["agency_id"] == AGENCY
    assert new["has_key"] is False


async def test_nobody_approves_their_own_proposal(first: Caller, second: Caller) -> None:
    proposal = await proposed(first, **INVITATION)

    answer = await first.post(f"{PROPOSALS}/{proposal['id']}/approve")

    assert (answer.status_code, slug(answer)) == (409, "identity/own-proposal")


async def test_nobody_approves_what_is_about_themselves(first: Caller, second: Caller) -> None:
    proposal = await proposed(
        first, f"{STAFF}/{second.staff_id}/roles", agency_id=AGENCY, roles=["admin", "auditor"]
    )

    answer = await second.post(f"{PROPOSALS}/{proposal['id']}/approve")

    assert (answer.status_code, slug(answer)) == (409, "identity/own-proposal")


async def test_two_who_approve_at_once_do_it_once(
    first: Caller, second: Caller, as_staff: Callable[..., Caller], connection: Connection
) -> None:
    third = await working(as_staff("admin"))
    proposal = await proposed(first, **{**INVITATION, "name": "Một lần"})

    answers = await asyncio.gather(
        *(one.post(f"{PROPOSALS}/{proposal['id']}/approve") for one in (second, third) * 2)
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    assert (
        await connection.fetchval("select count(*) from identity.staff where name = 'Một lần'") == 1
    )


async def test_one_who_approves_and_one_who_refuses_at_once_do_not_both_win(
    first: Caller, second: Caller, as_staff: Callable[..., Caller]
) -> None:
    third = await working(as_staff("admin"))
    proposal = await proposed(first, **INVITATION)

    answers = await asyncio.gather(
        second.post(f"{PROPOSALS}/{proposal['id']}/approve"),
        third.post(f"{PROPOSALS}/{proposal['id']}/refuse"),
    )

    assert sorted(answer.status_code for answer in answers) == [200, 409]


async def test_a_proposal_is_refused_taken_back_or_too_old(
    first: Caller, second: Caller, clock: Clock
) -> None:
    refused, taken_back, old = [await proposed(first, **INVITATION) for _ in range(3)]

    by_other = await second.post(f"{PROPOSALS}/{refused['id']}/refuse")
    by_own = await first.post(f"{PROPOSALS}/{taken_back['id']}/refuse")
    clock.advance(days=14)
    late = await second.post(f"{PROPOSALS}/{old['id']}/approve")
    again = await second.post(f"{PROPOSALS}/{refused['id']}/approve")
    expired = (await first.get(f"{PROPOSALS}?state=expired")).json()["items"]

    assert (by_other.json()["state"], by_own.json()["state"]) == ("refused", "refused")
    assert (late.status_code, slug(late)) == (409, "identity/proposal-over")
    assert (again.status_code, again.json()["state"]) == (409, "refused")
    assert old["id"] in {one["id"] for one in expired}


async def test_a_sole_administrator_can_make_the_second_and_nothing_else(
    first: Caller, officer: Caller, client: Client
) -> None:
    other = await first.post(STAFF, json=INVITATION)
    roles = await first.post(
        f"{STAFF}/{officer.staff_id}/roles", json={"agency_id": AGENCY, "roles": ["lead"]}
    )
    second = await first.post(STAFF, json={**INVITATION, "roles": ["admin"], "areas": []})

    assert (other.status_code, slug(other)) == (409, "identity/sole-admin")
    assert (roles.status_code, slug(roles)) == (409, "identity/sole-admin")
    assert second.status_code == 202
    assert second.json()["proposal"]["state"] == "approved"
    assert (await client.get(second.json()["link"].removeprefix(BASE_URL))).status_code == 200


async def test_the_link_of_a_sole_administrator_lives_fifteen_minutes(
    first: Caller, client: Client, clock: Clock
) -> None:
    made = await first.post(STAFF, json={**INVITATION, "roles": ["admin"], "areas": []})
    clock.advance(minutes=15)

    assert (await client.get(made.json()["link"].removeprefix(BASE_URL))).status_code == 400


async def test_an_officer_is_shut_out_at_the_next_request(
    first: Caller, second: Caller, officer: Caller, authority: Authority, client: Client
) -> None:
    async with authority.transaction() as tx:
        login = await mint_console_session(tx, UUID(str(officer.staff_id)))
    shown = {"Cookie": f"__Host-console={login.cookie}"}
    before = await client.get("/console", headers=shown)

    done = await first.post(f"{STAFF}/{officer.staff_id}/disable")
    after = await client.get("/console", headers=shown)
    again = await first.post(f"{STAFF}/{officer.staff_id}/disable")

    assert done.json()["proposal"]["state"] == "approved"
    assert (before.status_code, after.headers["location"]) == (200, "/console/login")
    assert (again.status_code, slug(again)) == (409, "identity/officer-disabled")


async def test_shutting_out_an_administrator_takes_two_others(
    first: Caller, second: Caller, as_staff: Callable[..., Caller]
) -> None:
    third = await working(as_staff("admin"))
    pending = await proposed(second, **INVITATION)
    proposal = await proposed(first, f"{STAFF}/{second.staff_id}/disable")

    himself = await second.post(f"{PROPOSALS}/{proposal['id']}/approve")
    await approved(third, proposal)
    voided = await third.get(f"{PROPOSALS}/{pending['id']}")

    assert proposal["state"] == "open"
    assert slug(himself) == "identity/own-proposal"
    assert voided.json()["state"] == "refused"


async def test_new_roles_replace_the_old_ones_also_at_another_agency(
    first: Caller,
    second: Caller,
    officer: Caller,
    clock: Clock,
    told: Callable[..., Awaitable[list[Any]]],
) -> None:
    clock.advance(minutes=1)
    elsewhere = str(agency_of(SAM_SON))
    proposal = await proposed(
        first,
        f"{STAFF}/{officer.staff_id}/roles",
        agency_id=elsewhere,
        roles=["lead", "officer"],
    )
    areas = await proposed(first, f"{STAFF}/{officer.staff_id}/areas", areas=[SAM_SON])

    await approved(second, proposal)
    await approved(second, areas)

    seen = (await first.get(f"{STAFF}/{officer.staff_id}")).json()
    assert (seen["agency_id"], seen["roles"]) == (elsewhere, ["lead", "officer"])
    assert seen["areas"] == [SAM_SON]
    events = [e for e in await told(StaffRoleChanged) if e.staff_id == officer.staff_id]
    assert len(events) == 2


async def test_a_lost_key_is_replaced_by_a_link_that_two_have_agreed_to(
    first: Caller, second: Caller, officer: Caller, client: Client
) -> None:
    proposal = await proposed(first, f"{STAFF}/{officer.staff_id}/enrolment")

    decided = await approved(second, proposal)
    kept = await second.get(f"{PROPOSALS}/{proposal['id']}")

    assert (await client.get(decided["link"].removeprefix(BASE_URL))).status_code == 200
    assert "enrol/" not in kept.text


@pytest.mark.parametrize(
    ("changed", "refusal"),
    [
        ({"roles": ["wizard"]}, "identity/unknown-role"),
        ({"agency_id": str(UUID(int=1))}, "identity/unknown-agency"),
        ({"areas": ["99999"]}, "identity/unknown-area"),
        ({"areas": ["99"]}, "identity/unknown-area"),
    ],
    ids=str,
)
async def test_what_does_not_exist_is_not_proposed(
    first: Caller, second: Caller, changed: dict[str, Any], refusal: str
) -> None:
    answer = await first.post(STAFF, json={**INVITATION, **changed})

    assert (answer.status_code, slug(answer)) == (422, refusal)


async def test_a_province_is_an_area(first: Caller, second: Caller) -> None:
    await proposed(first, **{**INVITATION, "areas": [PROVINCE]})


async def test_nobody_but_an_administrator_looks_or_proposes_and_not_without_a_fresh_proof(
    first: Caller, officer: Caller, authority: Authority, client: Client, clock: Clock
) -> None:
    async with authority.transaction() as tx:
        login = await mint_console_session(tx, UUID(str(first.staff_id)))
    clock.advance(minutes=6)
    headers = {
        "Cookie": f"__Host-console={login.cookie}",
        "Origin": BASE_URL,
        "Sec-Fetch-Site": "same-origin",
        "X-CSRF-Token": login.csrf,
    }

    by_officer = await officer.get(STAFF)
    looking = await client.get(STAFF, headers=headers)
    stale = await client.post(STAFF, json=INVITATION, headers=headers)

    assert by_officer.status_code == 403
    assert looking.status_code == 200
    assert (stale.status_code, slug(stale)) == (401, "kernel/step-up-needed")


async def test_a_partners_program_is_let_in_by_two_and_shut_out_by_one(
    first: Caller, second: Caller, connection: Connection
) -> None:
    key = Signer().jwk
    draft = {
        "client_id": "clinic-one",
        "name": "Phòng khám",
        "jwks": {"keys": [{"kty": key.kty, "crv": key.crv, "x": key.x, "y": key.y, "kid": "k1"}]},
        "purposes": ["feedback.handling"],
        "agreement": "12/TT-UBND",
    }
    proposal = await proposed(first, "/v1/admin/clients", **draft)
    await approved(second, proposal)

    listed = (await first.get("/v1/admin/clients?limit=100")).json()["items"]
    out = await first.post("/v1/admin/clients/clinic-one/disable")
    again = await first.post("/v1/admin/clients/clinic-one/disable")
    own_app = await first.post("/v1/admin/clients/tinhs-app/disable")

    (program,) = (one for one in listed if one["id"] == "clinic-one")
    assert program["key_ids"] == ["k1"]
    assert program["purposes"] == ["feedback.handling"]
    assert (out.status_code, again.status_code, own_app.status_code) == (204, 404, 404)


async def test_no_proposal_changes_our_own_app(first: Caller, second: Caller) -> None:
    key = Signer().jwk
    proposal = await proposed(
        first,
        "/v1/admin/clients",
        client_id="tinhs-app",
        name="Trộm",
        jwks={"keys": [{"kty": key.kty, "crv": key.crv, "x": key.x, "y": key.y}]},
        agreement="0",
    )

    answer = await second.post(f"{PROPOSALS}/{proposal['id']}/approve")

    assert answer.status_code == 404


async def test_a_signing_key_is_dropped_at_once(first: Caller, client: Client) -> None:
    current = next(
        one
        for one in (await first.get("/v1/admin/keys")).json()["items"]
        if one["state"] == "current"
    )

    dropped = await first.delete(f"/v1/admin/keys/{current['kid']}")
    again = await first.delete(f"/v1/admin/keys/{current['kid']}")

    published = {key["kid"] for key in (await client.get("/oauth/jwks")).json()["keys"]}
    assert (dropped.status_code, again.status_code) == (204, 404)
    assert current["kid"] not in published


async def test_the_figures_of_signing_in_name_no_number(
    first: Caller, new_app: Any, clock: Clock
) -> None:
    app = await new_app().begin()
    await app.prove("+84912777001")

    figures = await first.get("/v1/admin/sign-in")

    assert figures.status_code == 200
    (provider,) = (one for one in figures.json()["providers"] if one["provider"] == "file")
    assert provider["verified"] >= 1
    assert "912777" not in figures.text


async def test_the_wall_keeps_proposals_from_citizens(
    first: Caller, second: Caller, database: Any
) -> None:
    await proposed(first, **INVITATION)
    login: Any = await asyncpg.connect(database.auth)
    try:
        seen = {}
        for kind in ("anyone", "citizen", "partner", "staff"):
            async with login.transaction():
                await login.execute("select set_config('tinhs.kind', $1, true)", kind)
                count = await login.fetchval("select count(*) from identity.proposal")
                seen[kind] = count > 0
    finally:
        await login.close()
    assert seen == {"anyone": False, "citizen": False, "partner": False, "staff": True}
