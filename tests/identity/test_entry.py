"""The way into the database: who is asking now, and what nobody sees without being let in."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest

from backend.identity.authority import Authority
from backend.identity.entry import SignedRequest, enter
from backend.identity.errors import ProofUsed, PurposeNotAgreed, SessionEnded
from backend.identity.minting import mint_citizen, mint_partner, mint_ward
from backend.identity.repository import Session
from backend.kernel import NOBODY, Principal
from backend.kernel.database import Connection, prepare_connection
from backend.local.roles import DatabaseUrls
from backend.testing import Clock

SignIn = Callable[..., Awaitable[Session]]


class Context(msgspec.Struct, kw_only=True):
    kind: str
    person_id: UUID | None
    staff_id: UUID | None
    subjects: list[UUID]
    agencies: list[UUID]
    areas: list[str]
    client_id: str | None
    purpose: str | None


@pytest.fixture
async def runtime(database: DatabaseUrls) -> AsyncGenerator[Any]:
    """A connection as requests have it, and as an attacker with an injection would."""
    connection: Any = await asyncpg.connect(database.runtime)
    await prepare_connection(connection)
    yield connection
    await connection.close()


@pytest.fixture
def sign_in(authority: Authority) -> SignIn:
    async def sign_in(**how: Any) -> Session:
        async with authority.transaction() as tx:
            return await mint_citizen(tx, jkt=uuid4().hex, scopes=["identity:read"], **how)

    return sign_in


def signed(session: Session, clock: Clock, proof: bytes | None = None) -> SignedRequest:
    principal = Principal(
        kind="citizen",
        person_id=session.person_id,
        session_id=session.id,
        client_id=session.client_id,
    )
    return SignedRequest(principal=principal, issued_at=clock.now, proof=proof)


async def context(connection: Any) -> Context:
    row = await connection.fetchrow(
        """
        select tinhs.kind(), tinhs.person_id(), tinhs.staff_id(), tinhs.subjects(),
               tinhs.agencies(), tinhs.areas(), tinhs.client_id(), tinhs.purpose()
        """
    )
    return msgspec.convert(dict(row), Context)


@asynccontextmanager
async def rolled_back(connection: Any) -> AsyncGenerator[None]:
    try:
        yield
    finally:
        await connection.execute("rollback")


async def test_requests_can_read_no_table_of_identity(runtime: Any, connection: Connection) -> None:
    tables = await connection.fetch(
        "select tablename from pg_tables where schemaname = 'identity' order by tablename"
    )

    assert len(tables) > 10
    for (table,) in tables:
        for statement in (
            f"select from identity.{table}",
            f"delete from identity.{table}",
            f"insert into identity.{table} default values",
            f"update identity.{table} set {'id' if table == 'person' else 'ctid'} = null",
        ):
            with pytest.raises(asyncpg.PostgresError) as refusal:
                await runtime.execute(statement)
            assert refusal.value.sqlstate in {"42501", "0A000"}, statement


async def test_requests_cannot_read_or_change_what_was_told_or_is_to_be_done(
    runtime: Any,
) -> None:
    for statement in (
        "select payload from kernel.event",
        "select payload from kernel.work",
        "update kernel.work set state = 'done'",
        "delete from kernel.event",
    ):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await runtime.execute(statement)


LENT_WITH_A_LINE = {"lend_key", "read_card", "find_person"}
"""Functions that write the access log in the same call; see tests/people/test_vault.py."""


async def test_requests_may_call_these_functions_of_identity_and_no_other(
    connection: Connection,
) -> None:
    allowed = await connection.fetch(
        """
        select proname from pg_proc
         where pronamespace = 'identity'::regnamespace
           and has_function_privilege('tinhs_rt', oid, 'execute')
         order by proname
        """
    )

    assert {name for (name,) in allowed} == {
        *(
            "enter_account",
            "enter_client",
            "enter_console",
            "enter_session",
            "consented",
            "spend_proof",
        ),
        *("epoch_in_use", "keep_key", "destroy_key", "works_in", "names_of"),
        *LENT_WITH_A_LINE,
    }


async def test_functions_that_lend_rights_say_where_they_look(connection: Connection) -> None:
    loose = await connection.fetch(
        """
        select proname from pg_proc
         where pronamespace = 'identity'::regnamespace
           and not coalesce(proconfig, '{}') @> array['search_path=pg_catalog, pg_temp']
        """
    )

    assert loose == []


async def test_without_being_let_in_nobody_asks(runtime: Any) -> None:
    found = await context(runtime)

    assert found == Context(
        kind="anyone", person_id=None, staff_id=None, subjects=[], agencies=[], areas=[],
        client_id=None, purpose=None,
    )  # fmt: skip


async def test_a_citizen_is_known_until_the_transaction_ends(
    runtime: Any, clock: Clock, sign_in: SignIn
) -> None:
    session = await sign_in()

    principal = await enter(runtime, signed(session, clock), writes=True, now=clock.now)
    inside = await context(runtime)
    await runtime.execute("commit")
    outside = await context(runtime)

    assert principal.person_id == session.person_id
    assert (inside.kind, inside.person_id) == ("citizen", session.person_id)
    assert (inside.subjects, inside.client_id) == ([session.person_id], "tinhs-app")
    assert (outside.kind, outside.person_id, outside.subjects) == ("anyone", None, [])


async def test_a_picture_cannot_be_painted_on(runtime: Any, clock: Clock, sign_in: SignIn) -> None:
    session = await sign_in()

    for credential in (None, signed(session, clock), signed(session, clock, uuid4().bytes)):
        await enter(runtime, credential, writes=False, now=clock.now)
        async with rolled_back(runtime):
            assert await runtime.fetchval("show transaction_isolation") == "repeatable read"
            assert await runtime.fetchval("show transaction_read_only") == "on"
            with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
                await runtime.execute("insert into kernel.event default values")


async def test_who_reads_after_somebody_else_sees_nothing_of_them_and_paints_no_more(
    runtime: Any, clock: Clock, sign_in: SignIn
) -> None:
    before, after = await sign_in(), await sign_in()

    async with rolled_back(runtime):
        await enter(runtime, signed(before, clock), writes=False, now=clock.now)
        await enter(runtime, signed(after, clock), writes=False, now=clock.now)
        seen = await context(runtime)
        isolation = await runtime.fetchval("show transaction_isolation")
        await enter(runtime, None, writes=False, now=clock.now)
        nobody = await context(runtime)
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await runtime.execute("insert into kernel.work (name, due_at) values ('x', now())")

    assert seen.person_id == after.person_id
    assert isolation == "repeatable read"
    assert (nobody.kind, nobody.person_id) == ("anyone", None)


async def test_nobody_gets_a_transaction_too(runtime: Any, clock: Clock) -> None:
    principal = await enter(runtime, None, writes=True, now=clock.now)

    assert principal is NOBODY
    assert (await context(runtime)).kind == "anyone"
    await runtime.execute("rollback")


ENDINGS = {
    "revoked": "update identity.session set revoked_at = now() where id = $1",
    "expired": "update identity.session set expires_at = now() - interval '1 day' where id = $1",
    "idle": "update identity.session set idle_expires_at = now() - interval '1 day' where id = $1",
    "the person died": """
        update identity.person set status = 'deceased'
         where id = (select person_id from identity.session where id = $1)""",
    "the person is somebody else": """
        update identity.person set status = 'merged', merged_into = id
         where id = (select person_id from identity.session where id = $1)""",
    "gone": "delete from identity.session where id = $1",
}


@pytest.mark.parametrize("ending", ENDINGS)
async def test_a_session_that_is_over_lets_nobody_in(
    runtime: Any, clock: Clock, sign_in: SignIn, connection: Connection, ending: str
) -> None:
    session = await sign_in()
    await connection.execute(ENDINGS[ending], session.id)

    async with rolled_back(runtime):
        with pytest.raises(SessionEnded):
            await enter(runtime, signed(session, clock), writes=True, now=clock.now)


async def test_a_program_that_is_switched_off_lets_nobody_in(
    runtime: Any, clock: Clock, sign_in: SignIn, connection: Connection
) -> None:
    session = await sign_in()
    await connection.execute("update identity.client set disabled_at = now()")

    try:
        async with rolled_back(runtime):
            with pytest.raises(SessionEnded):
                await enter(runtime, signed(session, clock), writes=True, now=clock.now)
    finally:
        await connection.execute("update identity.client set disabled_at = null")


async def test_signing_in_again_on_a_device_ends_the_session_before(
    runtime: Any, clock: Clock, authority: Authority
) -> None:
    person, jkt = uuid4(), uuid4().hex
    async with authority.transaction() as tx:
        first = await mint_citizen(tx, jkt=jkt, scopes=[], person_id=person)
        second = await mint_citizen(tx, jkt=jkt, scopes=[], person_id=person, ial=2, acr="aal2")

    async with rolled_back(runtime):
        with pytest.raises(SessionEnded):
            await enter(runtime, signed(first, clock), writes=True, now=clock.now)
    await enter(runtime, signed(second, clock), writes=True, now=clock.now)
    await runtime.execute("rollback")


async def test_a_proof_that_changes_something_counts_once(
    runtime: Any, clock: Clock, sign_in: SignIn
) -> None:
    session, proof = await sign_in(), uuid4().bytes
    await enter(runtime, signed(session, clock, proof), writes=True, now=clock.now)
    await runtime.execute("commit")

    async with rolled_back(runtime):
        with pytest.raises(ProofUsed):
            await enter(runtime, signed(session, clock, proof), writes=True, now=clock.now)
    async with rolled_back(runtime):
        with pytest.raises(ProofUsed):
            await enter(runtime, signed(session, clock, proof), writes=False, now=clock.now)


async def test_a_parent_speaks_for_a_child_when_well_enough_known(
    runtime: Any, clock: Clock, authority: Authority, sign_in: SignIn
) -> None:
    known, barely_known = await sign_in(ial=2, acr="aal2"), await sign_in()
    async with authority.transaction() as tx:
        child = await mint_ward(tx, guardian_id=known.person_id)
        await mint_ward(tx, guardian_id=barely_known.person_id, ward_id=child)

    parent = await enter(runtime, signed(known, clock), writes=False, now=clock.now)
    as_parent = await context(runtime)
    await runtime.execute("rollback")
    stranger = await enter(runtime, signed(barely_known, clock), writes=False, now=clock.now)
    await runtime.execute("rollback")

    assert parent.wards == {child}
    assert set(as_parent.subjects) == {known.person_id, child}
    assert stranger.wards == frozenset()


async def test_a_parent_no_longer_speaks_when_it_has_ended(
    runtime: Any, clock: Clock, authority: Authority, sign_in: SignIn, connection: Connection
) -> None:
    known = await sign_in(ial=2, acr="aal2")
    async with authority.transaction() as tx:
        await mint_ward(tx, guardian_id=known.person_id)
    await connection.execute(
        "update identity.representation set valid_to = $2 where guardian_id = $1",
        known.person_id,
        clock.now,
    )

    parent = await enter(runtime, signed(known, clock), writes=False, now=clock.now)
    await runtime.execute("rollback")

    assert parent.wards == frozenset()


async def test_a_partner_reads_for_what_it_has_agreed_to(
    runtime: Any, clock: Clock, authority: Authority, connection: Connection
) -> None:
    async with authority.transaction() as tx:
        await mint_partner(
            tx, client_id="clinic", name="Clinic", scopes=[], purposes=["health.care"]
        )

    def call(purpose: str | None, issued_at: Any = clock.now) -> SignedRequest:
        principal = Principal(kind="partner", client_id="clinic", purpose=purpose)
        return SignedRequest(principal=principal, issued_at=issued_at, proof=None)

    await enter(runtime, call("health.care"), writes=False, now=clock.now)
    agreed = await context(runtime)
    await runtime.execute("rollback")
    await enter(runtime, call(None), writes=False, now=clock.now)
    await runtime.execute("rollback")
    async with rolled_back(runtime):
        with pytest.raises(PurposeNotAgreed):
            await enter(runtime, call("marketing.calls"), writes=False, now=clock.now)
    await connection.execute("update identity.client set not_before = $1", clock.now)
    async with rolled_back(runtime):
        early = call(None, clock.now - timedelta(seconds=1))
        with pytest.raises(SessionEnded):
            await enter(runtime, early, writes=False, now=clock.now)

    assert (agreed.kind, agreed.client_id, agreed.purpose) == ("partner", "clinic", "health.care")
    await connection.execute("update identity.client set not_before = null")


async def test_what_policies_ask_is_put_into_their_plan(
    runtime: Any, connection: Connection
) -> None:
    await connection.execute(
        """
        create table public.plant (owner_id uuid, area_code text, agency_id uuid);
        create index on public.plant (owner_id);
        create index on public.plant (agency_id);
        insert into public.plant select gen_random_uuid(), '14797', gen_random_uuid()
          from generate_series(1, 5000);
        analyze public.plant;
        grant select on public.plant to tinhs_rt
        """
    )

    for condition in (
        "owner_id = tinhs.person_id()",
        "owner_id = any (tinhs.subjects())",
        "agency_id = any (tinhs.agencies())",
    ):
        plan = await runtime.fetch(f"explain select from public.plant where {condition}")
        text = "\n".join(line for (line,) in plan)
        assert "Index" in text, text
        assert "tinhs." not in text.replace("'tinhs.", "'"), text
    plan = await runtime.fetch("explain select from public.plant where tinhs.covers(area_code)")
    assert "tinhs.covers" not in "\n".join(line for (line,) in plan)


HOME = ("{38}", "{14797,38}", "{38,14797}")
COVERED = [("{14797}", "14797"), *((areas, "16531") for areas in HOME)]
OUTSIDE = [("{}", "14797"), ("{14797}", "16531"), ("", "14797")]


async def test_a_province_covers_its_communes(runtime: Any) -> None:
    said = {}
    async with rolled_back(runtime):
        await runtime.execute("begin")
        for areas, code in [*COVERED, *OUTSIDE]:
            await runtime.execute("select set_config('tinhs.areas', $1, true)", areas)
            said[areas, code] = bool(await runtime.fetchval("select tinhs.covers($1)", code))

    assert said == dict.fromkeys(COVERED, True) | dict.fromkeys(OUTSIDE, False)
