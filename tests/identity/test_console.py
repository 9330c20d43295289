"""Officers at the console: a cookie, taken from our own pages alone, and asked about every time."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid4

import msgspec
import pytest
from litestar import get, post

from backend.host.registry import discover
from backend.identity.authority import Authority
from backend.identity.minting import ConsoleLogin, mint_console_session, mint_staff
from backend.kernel import (
    Anyone,
    Injected,
    Module,
    Scope,
    Snapshot,
    Statement,
    Transaction,
    area_in,
    everything,
    requires,
)
from backend.kernel.database import Connection
from backend.testing import Caller, Client, Clock
from backend.testing.callers import BASE_URL

TRIAGE = Scope(
    name="desk:triage",
    kinds=frozenset({"staff"}),
    roles=frozenset({"moderator"}),
    rule=area_in("area_code"),
    acr="aal2",
)
FRESH = Scope(
    name="desk:issue",
    kinds=frozenset({"staff"}),
    roles=frozenset({"moderator"}),
    rule=everything(),
    max_age=timedelta(minutes=5),
)


ASK = Statement("select tinhs.kind()")


class Seen(msgspec.Struct, kw_only=True):
    kind: str
    staff_id: UUID | None
    roles: list[str]
    agencies: list[UUID]
    areas: list[str]


def seen(snapshot: Snapshot) -> Seen:
    caller = snapshot.principal
    return Seen(
        kind=caller.kind,
        staff_id=caller.staff_id,
        roles=sorted(caller.roles),
        agencies=list(caller.agencies),
        areas=sorted(caller.areas),
    )


@get("/desk", guards=[requires(TRIAGE)])
async def look(snapshot: Injected[Snapshot]) -> Seen:
    return seen(snapshot)


@post("/desk", guards=[requires(TRIAGE)], status_code=200)
async def act(tx: Injected[Transaction]) -> Seen:
    return seen(tx)


@get("/issue", guards=[requires(FRESH)])
async def issue(snapshot: Injected[Snapshot]) -> Seen:
    return seen(snapshot)


@get("/open", guards=[Anyone()])
async def open_to_all(tx: Injected[Transaction]) -> Seen:
    await tx.run(ASK)
    return seen(tx)


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    desk = Module(name="desk", scopes=(TRIAGE, FRESH), routes=(look, act, issue, open_to_all))
    return [*discover(), desk]


@pytest.fixture
async def login(authority: Authority) -> ConsoleLogin:
    async with authority.transaction() as tx:
        staff_id = await mint_staff(
            tx, name="Cán bộ", roles=["moderator"], agency_id=uuid4(), areas=["14797"]
        )
        return await mint_console_session(tx, staff_id)


def shown(login: ConsoleLogin, **more: str) -> dict[str, str]:
    return {"Cookie": f"__Host-console={login.cookie}", **more}


OURS = {"Origin": BASE_URL, "Sec-Fetch-Site": "same-origin"}


async def test_an_officer_is_who_the_database_says_now(
    as_staff: Callable[..., Caller], connection: Connection
) -> None:
    officer = as_staff("moderator", "issuer", areas=["14797", "16531"])

    first = (await officer.get("/v1/desk/desk")).json()
    await connection.execute(
        "update identity.staff_role set valid_to = valid_from where role = 'issuer'"
    )
    await connection.execute(
        "update identity.staff_area set valid_to = valid_from where area_code = '16531'"
    )
    second = (await officer.get("/v1/desk/desk")).json()

    assert first["kind"] == "staff"
    assert first["staff_id"] == str(officer.staff_id)
    assert first["agencies"] == [str(officer.agency_id)]
    assert (first["roles"], first["areas"]) == (["issuer", "moderator"], ["14797", "16531"])
    assert (second["roles"], second["areas"]) == (["moderator"], ["14797"])


async def test_a_role_that_is_taken_away_closes_the_door(
    as_staff: Callable[..., Caller], connection: Connection
) -> None:
    officer = as_staff("moderator")
    before = await officer.get("/v1/desk/desk")

    await connection.execute(
        "update identity.staff_role set valid_to = valid_from where staff_id = $1",
        officer.staff_id,
    )
    after = await officer.get("/v1/desk/desk")

    assert (before.status_code, after.status_code) == (200, 403)


@pytest.mark.parametrize(
    "ending",
    [
        "update identity.staff set status = 'disabled', disabled_at = now() where id = $1",
        "update identity.console_session set revoked_at = now() where staff_id = $1",
        "delete from identity.console_session where staff_id = $1",
    ],
)
async def test_a_disabled_officer_is_out_on_the_next_request(
    as_staff: Callable[..., Caller], connection: Connection, ending: str
) -> None:
    officer = as_staff("moderator")
    before = await officer.post("/v1/desk/desk")

    await connection.execute(ending, officer.staff_id)
    after = await officer.post("/v1/desk/desk")

    assert (before.status_code, after.status_code) == (200, 401)
    assert after.json()["type"].endswith("/identity/session-ended")
    assert "Max-Age=0" in after.headers["set-cookie"]


async def test_a_successor_has_what_its_predecessors_had(
    as_staff: Callable[..., Caller], connection: Connection, clock: Clock
) -> None:
    oldest, old, new, future = uuid4(), uuid4(), uuid4(), uuid4()
    today = clock.now.date()
    await connection.executemany(
        """
        insert into identity.agency_successor (old_id, new_id, on_date, kind)
        values ($1, $2, $3, 'merge')
        """,
        [(oldest, old, today), (old, new, today), (future, new, today + timedelta(days=1))],
    )
    officer = as_staff("moderator", agency_id=new)

    today_has = (await officer.get("/v1/desk/desk")).json()["agencies"]
    clock.advance(days=1)
    tomorrow_has = (await officer.get("/v1/desk/desk")).json()["agencies"]

    assert set(today_has) == {str(new), str(old), str(oldest)}
    assert set(tomorrow_has) == {str(new), str(old), str(oldest), str(future)}


async def test_an_officer_works_for_one_agency_at_a_time(
    connection: Connection, as_staff: Callable[..., Caller]
) -> None:
    officer = as_staff("moderator")
    await officer.get("/v1/desk/desk")

    with pytest.raises(Exception, match="one_agency_at_a_time"):
        await connection.execute(
            """
            insert into identity.staff_role (staff_id, role, agency_id, valid_from)
            values ($1, 'issuer', $2, now())
            """,
            officer.staff_id,
            uuid4(),
        )


async def test_a_province_stands_for_its_own_communes_and_no_others(
    as_staff: Callable[..., Caller], connection: Connection
) -> None:
    await connection.execute(
        "insert into identity.commune (province_code, code) values ('40', '17329')"
    )

    async def areas(*codes: str) -> set[str]:
        officer = as_staff("moderator", areas=codes)
        return set((await officer.get("/v1/desk/desk")).json()["areas"])

    home, neighbour, both = await areas("38"), await areas("40"), await areas("38", "17329")
    assert {"38", "14797", "16531"} <= home
    assert "17329" not in home
    assert neighbour == {"40", "17329"}
    assert both == home | {"17329"}
    assert await areas("99") == set()
    assert await areas("14797") == {"14797"}


async def test_a_form_of_ours_is_taken(client: Client, login: ConsoleLogin) -> None:
    answer = await client.post(
        "/v1/desk/desk", headers=shown(login, **OURS, **{"X-CSRF-Token": login.csrf})
    )

    assert answer.status_code == 200


@pytest.mark.parametrize(
    "how",
    [
        {},
        OURS,
        {**OURS, "X-CSRF-Token": "guessed"},
        {"Sec-Fetch-Site": "same-origin", "X-CSRF-Token": "…"},
        {"Origin": BASE_URL, "X-CSRF-Token": "…"},
        {**OURS, "Origin": "https://evil.example", "X-CSRF-Token": "…"},
        {**OURS, "Origin": "null", "X-CSRF-Token": "…"},
        {**OURS, "Sec-Fetch-Site": "same-site", "X-CSRF-Token": "…"},
        {**OURS, "Sec-Fetch-Site": "cross-site", "X-CSRF-Token": "…"},
        {**OURS, "Sec-Fetch-Site": "none", "X-CSRF-Token": "…"},
    ],
    ids=lambda how: str(how) or "nothing",
)
async def test_a_form_of_somebody_else_is_refused(
    client: Client, login: ConsoleLogin, how: dict[str, str]
) -> None:
    headers = {name: login.csrf if value == "…" else value for name, value in how.items()}

    answer = await client.post("/v1/desk/desk", headers=shown(login, **headers))

    assert answer.status_code == 403
    assert answer.json()["type"].endswith("/identity/foreign-form")


async def test_a_foreign_page_cannot_even_read(client: Client, login: ConsoleLogin) -> None:
    statuses = {
        site: (
            await client.get("/v1/desk/desk", headers=shown(login, **{"Sec-Fetch-Site": site}))
        ).status_code
        for site in ("cross-site", "same-site", "same-origin", "none")
    }

    assert statuses == {"cross-site": 403, "same-site": 403, "same-origin": 200, "none": 200}


async def test_another_officers_form_is_refused(
    client: Client, login: ConsoleLogin, authority: Authority
) -> None:
    async with authority.transaction() as tx:
        staff_id = await mint_staff(
            tx, name="Khác", roles=["moderator"], agency_id=uuid4(), areas=[]
        )
        other = await mint_console_session(tx, staff_id)

    answer = await client.post(
        "/v1/desk/desk", headers=shown(login, **OURS, **{"X-CSRF-Token": other.csrf})
    )

    assert answer.status_code == 403


async def test_an_idle_console_closes_and_a_used_one_stays(
    client: Client, login: ConsoleLogin, clock: Clock
) -> None:
    async def status() -> int:
        return (await client.get("/v1/desk/desk", headers=shown(login))).status_code

    used = []
    for _ in range(3):
        clock.advance(minutes=29)
        used.append(await status())
    clock.advance(minutes=31)
    idle = await status()

    assert (used, idle) == ([200, 200, 200], 401)


async def test_a_working_day_is_the_longest(
    client: Client, login: ConsoleLogin, clock: Clock
) -> None:
    statuses = []
    for _ in range(25):
        clock.advance(minutes=29)
        answer = await client.get("/v1/desk/desk", headers=shown(login))
        statuses.append(answer.status_code)

    assert statuses == [200] * 24 + [401]


async def test_a_stale_cookie_is_forgotten_at_an_open_door(client: Client) -> None:
    first = await client.get("/v1/desk/open", headers={"Cookie": "__Host-console=stale"})
    second = await client.get("/v1/desk/open")

    assert (first.status_code, second.status_code) == (401, 200)
    assert first.headers["set-cookie"].startswith("__Host-console=; Path=/; Secure; HttpOnly")


async def test_a_door_may_ask_for_a_fresh_proof(
    client: Client, login: ConsoleLogin, clock: Clock
) -> None:
    fresh = await client.get("/v1/desk/issue", headers=shown(login))
    clock.advance(minutes=6)
    stale = await client.get("/v1/desk/issue", headers=shown(login))

    assert (fresh.status_code, stale.status_code) == (200, 401)
    assert 'error="insufficient_user_authentication"' in stale.headers["www-authenticate"]


async def test_the_database_keeps_no_cookie(login: ConsoleLogin, connection: Connection) -> None:
    rows: list[Any] = await connection.fetch("select hash, csrf from identity.console_session")

    kept = {bytes(row["hash"]) for row in rows} | {bytes(row["csrf"]) for row in rows}
    assert sha256(login.cookie.encode()).digest() in kept
    assert not kept & {login.cookie.encode(), login.csrf.encode()}
