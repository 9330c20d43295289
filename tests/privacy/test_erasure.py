"""Being forgotten: what no law holds is gone from every table, and stays gone after a restore."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from backend.gateway import health
from backend.identity.login import numbers
from backend.kernel.database import Connection
from backend.privacy.jobs import REPLAY
from backend.privacy.settings import Settings
from backend.testing import Caller, Client, Clock
from contracts.personal_data import PersonErased, PersonRestricted
from tests.audit.conftest import Work
from tests.people import clinic
from tests.privacy.conftest import COMPLAINT, NAME, Drain, number_of, phone_of

ERASURE = "/v1/account/erasure"
COOLING = timedelta(hours=72, minutes=1)


async def values(superuser: Connection, person: Caller) -> dict[str, bytes]:
    """Return everything that names a person as it lies there, plain and sealed."""
    found: dict[str, bytes] = {
        "name": NAME.encode(),
        "phone": phone_of(person).encode(),
        "number": number_of(person).encode(),
        "complaint": COMPLAINT.encode(),
    }
    for what, statement in {
        "sealed name": "select name_enc from identity.person where id = $1",
        "sealed phone": "select value_enc from identity.person_phone where person_id = $1",
        "index of the phone": "select bidx from identity.person_phone where person_id = $1",
        "sealed number": "select value_enc from identity.person_identifier where person_id = $1",
        "index of the number": "select bidx from identity.person_identifier where person_id = $1",
        "sealed complaint": "select complaint_enc from clinic.visit where person_id = $1",
        "wrapped key": "select wrapped from identity.subject_key where subject_id = $1",
    }.items():
        value: Any = await superuser.fetchval(statement, person.person_id)
        assert value, what
        found[what] = bytes(value)
    return found


async def dumped(superuser: Connection) -> bytes:
    """Return every row of every table, as `pg_dump` would write them."""
    tables: Any = await superuser.fetch(
        """
        select format('%I.%I', nspname, relname) as name
          from pg_class join pg_namespace on pg_namespace.oid = relnamespace
         where relkind = 'r' and nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
        """
    )
    parts: list[bytes] = []

    async def take(chunk: bytes) -> None:
        parts.append(chunk)

    for table in tables:
        await superuser.copy_from_query(f"select * from {table['name']}", output=take)
    return b"".join(parts)


def found_in(dump: bytes, wanted: dict[str, bytes]) -> set[str]:
    text = dump.decode(errors="replace")
    return {what for what, value in wanted.items() if value in dump or value.hex() in text}


async def erased(person: Caller, drain: Drain, clock: Clock) -> dict[str, Any]:
    asked = await person.post(ERASURE)
    assert asked.status_code == 202, asked.text
    clock.advance(seconds=COOLING.total_seconds())
    assert set(await drain()) == {"done"}
    return asked.json()


async def test_nothing_that_was_erased_is_in_a_dump(
    known: Caller, drain: Drain, clock: Clock, superuser: Connection
) -> None:
    wanted = await values(superuser, known)
    before = found_in(await dumped(superuser), wanted)

    await erased(known, drain, clock)

    sealed = {what for what in wanted if what.startswith(("sealed", "index", "wrapped"))}
    assert before == sealed, "the control: sealed values are found, and none lies there in plain"
    assert found_in(await dumped(superuser), wanted) == set()


async def test_who_was_erased_is_nobody(
    known: Caller, drain: Drain, clock: Clock, client: Client, superuser: Connection
) -> None:
    asked = await erased(known, drain, clock)

    receipt = (await client.get(f"/v1/erasures/{asked['receipt']}")).json()
    assert (receipt["state"], receipt["held"]) == ("done", [])
    key: Any = await superuser.fetchrow(
        "select wrapped, destroyed_at from identity.subject_key where subject_id = $1",
        known.person_id,
    )
    assert key["wrapped"] is None
    assert key["destroyed_at"] is not None
    sessions = await superuser.fetchval(
        "select count(*) from identity.session where person_id = $1", known.person_id
    )
    assert sessions == 0


async def test_the_next_request_is_refused(known: Caller, drain: Drain, clock: Clock) -> None:
    await known.post(ERASURE)
    clock.advance(seconds=COOLING.total_seconds() - 60)
    assert (await known.get(ERASURE)).status_code == 200  # signs in again, as people do
    clock.advance(seconds=61)
    await drain()

    assert (await known.get("/v1/account")).status_code == 401


async def test_a_number_is_free_for_whoever_has_it_next(
    known: Caller,
    drain: Drain,
    clock: Clock,
    as_citizen: Callable[..., Caller],
    authority: Any,
    superuser: Connection,
) -> None:
    await erased(known, drain, clock)
    other = as_citizen(clinic.TELL)
    await other.get("/v1/account")

    async with authority.transaction() as tx:
        assert other.person_id is not None
        await numbers.keep(tx, authority.kms, other.person_id, phone_of(known))

    holder = await superuser.fetchval(
        "select person_id from identity.person_phone where ended_at is null and bidx = $1",
        numbers.indexed(authority.kms, phone_of(known)).value,
    )
    assert holder == other.person_id


async def test_it_can_be_taken_back_until_it_is_done(
    known: Caller, drain: Drain, clock: Clock, superuser: Connection
) -> None:
    await known.post(ERASURE)
    twice = await known.post(ERASURE)

    kept = await known.delete(ERASURE)
    clock.advance(seconds=COOLING.total_seconds())
    await drain()

    assert twice.status_code == 409
    assert kept.status_code == 204
    assert (await known.get(ERASURE)).json()["state"] == "withdrawn"
    assert await values(superuser, known)
    assert (await known.delete(ERASURE)).status_code == 409


async def test_what_the_law_holds_stays_with_its_reason(
    known: Caller, drain: Drain, clock: Clock, client: Client, told: Any, superuser: Connection
) -> None:
    until = (clock.now + timedelta(days=30)).date()
    clinic.ClinicData.held_until = until
    wanted = await values(superuser, known)
    asked = await known.post(ERASURE)
    await drain()
    foreseen = (await known.get(ERASURE)).json()["held"]
    clock.advance(seconds=COOLING.total_seconds())
    await drain()
    receipt = f"/v1/erasures/{asked.json()['receipt']}"

    held = (await client.get(receipt)).json()
    assert (
        foreseen
        == held["held"]
        == [
            {
                "module": "clinic",
                "table": "clinic.visit",
                "basis": "Law 15/2023/QH15, article 69",
                "until": until.isoformat(),
            }
        ]
    )
    assert held["state"] == "restricted"
    left = found_in(await dumped(superuser), wanted)
    assert left == {"sealed complaint", "wrapped key"}
    assert known.person_id in {event.person_id for event in await told(PersonRestricted)}

    clock.advance(days=31)
    await drain()

    assert (await client.get(receipt)).json()["state"] == "done"
    assert found_in(await dumped(superuser), wanted) == set()
    assert known.person_id in {event.person_id for event in await told(PersonErased)}


async def test_a_hold_of_the_desk_takes_two_and_ends(
    known: Caller,
    drain: Drain,
    clock: Clock,
    client: Client,
    desk: Caller,
    colleague: Caller,
    superuser: Connection,
) -> None:
    wanted = await values(superuser, known)
    order = {"person_id": str(known.person_id), "module": "clinic", "basis": "Court order 12/2026"}
    hold = (await desk.post("/v1/admin/holds", json=order)).json()
    alone = await desk.post(f"/v1/admin/holds/{hold['id']}/approval")
    agreed = await colleague.post(f"/v1/admin/holds/{hold['id']}/approval")
    asked = await erased(known, drain, clock)
    receipt = f"/v1/erasures/{asked['receipt']}"

    assert (alone.status_code, agreed.status_code) == (409, 200)
    held = (await client.get(receipt)).json()
    assert (held["state"], held["held"][0]["basis"]) == ("restricted", "Court order 12/2026")
    assert "sealed complaint" in found_in(await dumped(superuser), wanted)

    assert (await desk.post(f"/v1/admin/holds/{hold['id']}/lifting")).status_code == 200
    await drain()

    assert (await client.get(receipt)).json()["state"] == "done"
    assert found_in(await dumped(superuser), wanted) == set()


async def test_a_restored_backup_erases_again_before_it_is_ready(
    known: Caller,
    drain: Drain,
    clock: Clock,
    superuser: Connection,
    client: Client,
    work: Work,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """R22. The control: without the journal nobody would know."""
    monkeypatch.setattr(health, "CHECK_SECONDS", 60)  # a busy machine is not an unready one
    wanted = await values(superuser, known)
    tables = (
        "identity.person", "identity.person_phone", "identity.person_identifier",
        "identity.subject_key", "clinic.visit", "privacy.erasure",
    )  # fmt: skip
    for table in tables:
        await superuser.execute(f"create table {table}_backup as select * from {table}")
    await erased(known, drain, clock)
    await superuser.execute("set session_replication_role = replica")
    for table in tables:
        await superuser.execute(
            f"delete from {table}; insert into {table} select * from {table}_backup;"
            f"drop table {table}_backup"
        )
    assert found_in(await dumped(superuser), wanted), "the backup has brought them back"

    starting = client.app.state.gate  # as a process that starts on the restored database
    starting._unready = [module.ready for module in starting._modules if module.ready is not None]
    assert (await starting.health.readiness())["modules"] is False
    replay: Any = REPLAY.run
    await work(replay)
    starting.health._checked_at = 0.0

    assert (await starting.health.readiness())["modules"] is True
    assert found_in(await dumped(superuser), wanted) == set()


def test_durations_that_let_people_live_on_in_backups_are_refused() -> None:
    assert Settings()
    with pytest.raises(ValueError, match="TINHS_PRIVACY_COOLING"):
        Settings(backup_window=timedelta(days=11))
