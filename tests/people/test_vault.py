"""Sealed fields: opened as what they are, by whoever leaves a line, while their key lives."""

from typing import Any
from uuid import UUID

import asyncpg
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from backend.identity.authority import Authority
from backend.identity.people import keys
from backend.kernel import Transaction
from backend.kernel.database import Connection
from backend.local.roles import DatabaseUrls
from backend.testing import Caller
from contracts.personal_data import Look, SubjectErased, Unopenable, Vault
from tests.people import clinic
from tests.people.conftest import COMPLAINT

TREAT = "/v1/clinic/desk/visits"


async def looks(connection: Connection, person_id: UUID | None) -> list[Any]:
    return await connection.fetch(
        """
        select actor_kind, actor_agency, action, purpose, about, fields
          from audit.event
         where person_id = $1
         order by id
        """,
        person_id,
    )


@pytest.fixture
async def connection(connection: Connection) -> Connection:
    """An auditor's eyes: the owner of the database sees no line."""
    await connection.execute("set role tinhs_mod_audit")
    return connection


async def test_a_field_is_sealed_with_the_persons_own_key(
    authority: Authority, patient: Caller, visit: UUID, database: DatabaseUrls
) -> None:
    superuser = await asyncpg.connect(database.owner)
    await superuser.execute("set role tinhs_mod_identity")
    kept: Any = await superuser.fetchrow(
        "select wrapped, kek_epoch from identity.subject_key where subject_id = $1",
        patient.person_id,
    )
    await superuser.execute(
        "set role tinhs_mod_clinic; select set_config('tinhs.kind', 'job', false)"
    )
    sealed = await superuser.fetchval("select complaint_enc from clinic.visit where id = $1", visit)
    await superuser.close()

    about = f"subject_key|{patient.person_id}"
    key = authority.kms.unwrap(f"kek-{kept['kek_epoch']}", kept["wrapped"], about=about)
    aad = f"clinic.visit|complaint_enc|{patient.person_id}|1".encode()
    assert AESGCMSIV(key).decrypt(sealed[:12], sealed[12:], aad) == COMPLAINT.encode()
    assert COMPLAINT.encode() not in sealed


async def test_a_look_leaves_a_line_in_the_same_moment(
    patient: Caller, visit: UUID, doctor: Caller, connection: Connection
) -> None:
    seen = await doctor.get(f"{TREAT}/{visit}")

    assert seen.json()["complaint"] == COMPLAINT
    opened, carded = await looks(connection, patient.person_id)
    assert opened["actor_kind"] == carded["actor_kind"] == "staff"
    assert opened["actor_agency"] == doctor.agency_id
    assert (opened["action"], opened["purpose"]) == ("read", clinic.PURPOSE)
    assert opened["about"] == f"clinic.visit {visit}"
    assert (opened["fields"], carded["fields"]) == (["complaint"], ["name"])


async def test_what_people_see_of_themselves_leaves_none(
    patient: Caller, visit: UUID, connection: Connection
) -> None:
    again = await patient.get(f"/v1/clinic/visits/{visit}")

    assert again.json()["complaint"] == COMPLAINT
    assert await looks(connection, patient.person_id) == []


async def test_a_look_that_comes_to_nothing_leaves_none(
    patient: Caller, visit: UUID, doctor: Caller, connection: Connection
) -> None:
    await doctor.get(f"{TREAT}/{UUID(int=7)}")

    assert await looks(connection, patient.person_id) == []


async def test_a_module_may_note_what_is_not_sealed(
    patient: Caller, doctor: Caller, connection: Connection
) -> None:
    await doctor.get(f"/v1/clinic/desk/people/{patient.person_id}")

    (line,) = await looks(connection, patient.person_id)
    assert line["fields"] == ["visits"]


async def test_a_value_opens_as_nothing_else(tx: Transaction) -> None:
    vault = tx.ask(Vault)
    mine, theirs = tx.new_id(), tx.new_id()
    sealed = await vault.seal(mine, {"clinic.visit.a_enc": "một"}, purpose="clinic.care")
    await vault.seal(theirs, {"clinic.visit.a_enc": "hai"}, purpose="clinic.care")
    value = sealed["clinic.visit.a_enc"]

    look = Look(subject_id=mine, purpose="clinic.care")
    assert await vault.open(look, sealed) == {"clinic.visit.a_enc": "một"}
    for subject, column, raw in (
        (mine, "clinic.visit.b_enc", value),
        (theirs, "clinic.visit.a_enc", value),
        (tx.new_id(), "clinic.visit.a_enc", value),
        (mine, "clinic.visit.a_enc", value[:-1]),
        (mine, "clinic.visit.a_enc", b""),
    ):
        with pytest.raises(Unopenable):
            await vault.open(Look(subject_id=subject, purpose="clinic.care"), {column: raw})


async def test_a_contact_that_is_forgotten_is_gone_at_once(tx: Transaction) -> None:
    vault, contact = tx.ask(Vault), tx.new_id()
    sealed = await vault.seal(contact, {"clinic.c.p_enc": "0912345678"}, purpose="clinic.care")

    await vault.destroy(contact)

    with pytest.raises(SubjectErased):
        await vault.open(Look(subject_id=contact, purpose="clinic.care"), sealed)
    with pytest.raises(SubjectErased):
        await vault.seal(contact, {"clinic.c.p_enc": "0912345678"}, purpose="clinic.care")


async def test_no_module_forgets_the_key_of_a_person(
    tx: Transaction, patient: Caller, visit: UUID, doctor: Caller
) -> None:
    assert patient.person_id is not None
    await tx.ask(Vault).destroy(patient.person_id)

    assert (await doctor.get(f"{TREAT}/{visit}")).status_code == 200


async def test_keys_do_not_stay_unwrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    class Counting:
        asked = 0

        def unwrap(self, key: str, wrapped: bytes, *, about: str) -> bytes:
            self.asked += 1
            return b"k" * 32

    kms: Any = Counting()
    kept = keys.Unwrapped()
    for moment in (0.0, 1.0, 599.0, 600.0, 601.0):
        monkeypatch.setattr("time.monotonic", lambda moment=moment: moment)
        kept.key(kms, UUID(int=1), b"wrapped", 1)

    assert kms.asked == 2
    for number in range(keys._UNWRAPPED_MAX + 5):
        kept.key(kms, UUID(int=1), number.to_bytes(4, "big"), 1)
    assert len(kept._keys) == keys._UNWRAPPED_MAX


@pytest.mark.parametrize(
    "statement",
    [
        "select wrapped from identity.subject_key",
        "select name_enc from identity.person",
        "select identity.lend_key(gen_random_uuid(), null, now())",
        "select identity.read_card(gen_random_uuid(), null, now())",
        "insert into audit.event (id, at) values (gen_random_uuid(), now())",
        "update audit.event set purpose = 'a.b'",
        "delete from audit.event",
        "truncate audit.event",
        "select id from audit.event_other",
    ],
)
async def test_whoever_can_write_any_statement_gets_no_key_without_a_line(
    database: DatabaseUrls, statement: str
) -> None:
    for url in (database.runtime, database.job):
        connection = await asyncpg.connect(url)
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(f"set local search_path = ext; {statement}")
        await connection.close()
