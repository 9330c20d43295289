"""What is a person's own: entries that nobody has signed, and cards that anybody can read."""

import json
import zlib
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import jwt
import pytest
from fhir.resources.R4B.bundle import Bundle

from backend.testing import Caller, Client
from backend.testing.callers import BASE_URL
from backend.work import Workshop
from modules.documents.model import jws
from modules.health_books.personal_data import HealthBooks
from modules.health_books.scopes import READ
from tests.documents.conftest import Phone
from tests.health_books.conftest import HEALTH_BOOKS

Issue = Callable[..., Awaitable[list[str]]]
ENTRIES = f"{HEALTH_BOOKS}/me/entries"
ISSUER = f"{BASE_URL}/v1/health-books/cards"
FLU = {"vaccine": "Vắc xin cúm mùa", "dose": 1, "given_on": "2026-10-02", "lot": "CM2610A"}


async def read(client: Client, card: str) -> dict[str, Any]:
    """Read a card as a stranger does: the keys of its issuer, PyJWT, and zlib."""
    keys = (await client.get(f"{ISSUER.removeprefix(BASE_URL)}/.well-known/jwks.json")).json()
    head = jwt.get_unverified_header(card)
    (key,) = [each for each in keys["keys"] if each["kid"] == head["kid"]]
    assert head == {"zip": "DEF", "alg": "ES256", "kid": key["kid"]}
    assert set(key) == {"kty", "crv", "alg", "use", "kid", "x", "y"}
    opened = jwt.PyJWS().decode_complete(card, jwt.PyJWK(key).key, algorithms=["ES256"])
    return json.loads(zlib.decompress(opened["payload"], wbits=-15))


def scanned(code: str) -> str:
    """Read the digits of a code back (section "Encoding Chunks as QR Codes")."""
    said = code.removeprefix("shc:/")
    return "".join(chr(int(said[at : at + 2]) + 45) for at in range(0, len(said), 2))


async def test_a_card_of_doses_is_read_with_other_peoples_programs(
    issue: Issue, patient: Phone, client: Client
) -> None:
    secret = {**FLU, "vaccine": "Vắc xin bí mật", "sensitivity": ["reproductive"]}
    await issue(immunizations=[FLU, secret])
    await patient.caller.post(
        ENTRIES, json={"kind": "immunization", "source": "self_declared", "name": "Tự ghi"}
    )

    answer = await patient.caller.get(f"{HEALTH_BOOKS}/me/shc")
    (card,) = answer.json()["verifiableCredential"]
    told = await read(client, card)

    assert answer.headers["content-type"] == "application/smart-health-card"
    assert [scanned(each) for each in answer.json()["qr"]] == [card]
    assert (told["iss"], set(told)) == (ISSUER, {"iss", "nbf", "vc"})
    assert told["vc"]["type"] == [
        "https://smarthealth.cards#health-card",
        "https://smarthealth.cards#immunization",
    ]
    subject = told["vc"]["credentialSubject"]
    assert subject["fhirVersion"] == "4.0.1"
    who, dose = [each["resource"] for each in subject["fhirBundle"]["entry"]]
    assert who["name"] == [{"family": "Lê", "given": ["Văn", "Minh"]}]
    assert set(who) == {"resourceType", "name", "birthDate"}
    assert (dose["occurrenceDateTime"], dose["lotNumber"]) == ("2026-10-02", "CM2610A")
    Bundle.model_validate(subject["fhirBundle"])
    for word in ("bí mật", "Tự ghi", "J45", "text", "display"):
        assert word not in json.dumps(told, ensure_ascii=False)


async def test_many_doses_are_several_cards_each_short_enough_for_a_code(
    issue: Issue, patient: Phone, client: Client
) -> None:
    days = [date(2025, 1, 1) + timedelta(days=place) for place in range(40)]
    many = [{**FLU, "lot": uuid4().hex, "given_on": day.isoformat()} for day in days]
    await issue(immunizations=many)

    told = (await patient.caller.get(f"{HEALTH_BOOKS}/me/shc")).json()
    payloads = [await read(client, card) for card in told["verifiableCredential"]]
    lots = [
        each["resource"]["lotNumber"]
        for payload in payloads
        for each in payload["vc"]["credentialSubject"]["fhirBundle"]["entry"][1:]
    ]

    assert len(payloads) > 1
    assert max(map(len, told["verifiableCredential"])) <= 1195
    assert lots == [each["lot"] for each in many]


async def test_a_changed_card_is_not_believed(issue: Issue, patient: Phone, client: Client) -> None:
    await issue()
    (card,) = (await patient.caller.get(f"{HEALTH_BOOKS}/me/shc")).json()["verifiableCredential"]
    head, payload, signature = card.split(".")
    raw = bytearray(jws.decoded(payload))

    for place in range(20):
        changed = bytes([*raw[:place], raw[place] ^ 1, *raw[place + 1 :]])
        with pytest.raises(jwt.InvalidSignatureError):
            await read(client, f"{head}.{jws.encoded(changed)}.{signature}")


async def test_without_a_signed_dose_there_is_no_card(
    issue: Issue, patient: Phone, as_citizen: Callable[..., Caller]
) -> None:
    await issue(immunizations=[])

    assert (await patient.caller.get(f"{HEALTH_BOOKS}/me/shc")).status_code == 404
    assert (await as_citizen(READ).get(f"{HEALTH_BOOKS}/me/shc")).status_code == 404


async def test_ones_own_entry_is_read_and_erased_by_oneself_alone(
    issue: Issue,
    patient: Phone,
    clinician: Caller,
    as_citizen: Callable[..., Caller],
    connection: Any,
) -> None:
    await issue()
    entry = {"kind": "allergy", "source": "self_declared", "name": "Dị ứng tôm", "detail": "HIV"}
    here = {"agency_id": str(clinician.agency_id)}
    await patient.caller.post(f"{HEALTH_BOOKS}/me/check-ins", json=here)

    made = (await patient.caller.post(ENTRIES, json=entry)).json()
    stranger = as_citizen(READ)
    theirs = await stranger.delete(f"{ENTRIES}/{made['id']}")
    elsewhere = [
        await stranger.get(ENTRIES),
        await clinician.get(f"{HEALTH_BOOKS}/patients/{patient.person_id}"),
        await clinician.get(f"{HEALTH_BOOKS}/patients/{patient.person_id}/fhir"),
        await patient.caller.get(f"{HEALTH_BOOKS}/me/fhir"),
    ]
    mine = (await patient.caller.get(ENTRIES)).json()["items"]
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    row = "select e::text from health_books.own_entry e where id = $1"
    kept = await connection.fetchval(row, made["id"])
    erased = await patient.caller.delete(f"{ENTRIES}/{made['id']}")

    assert [each["entry"]["name"] for each in mine] == ["Dị ứng tôm"]
    for answer in elsewhere:
        assert "tôm" not in answer.text
        assert "HIV" not in answer.text
    assert "tôm".encode().hex() not in kept
    assert (theirs.status_code, erased.status_code) == (404, 204)
    assert (await patient.caller.get(ENTRIES)).json()["items"] == []
    assert await connection.fetchval(row, made["id"]) is None


async def test_nobody_writes_as_a_facility_or_in_letters_that_do_not_show(patient: Phone) -> None:
    entry = {"kind": "allergy", "source": "self_declared", "name": "Tôm"}

    answers = [
        await patient.caller.post(ENTRIES, json={**entry, **changed})
        for changed in (
            {"source": "facility"},
            {"name": "  "},
            {"name": "a\u202eb"},
            {"detail": "\u0000"},
            {"kind": "visit"},
            {"more": 1},
        )
    ]

    assert {each.status_code for each in answers} == {400, 422}


async def test_erasing_a_person_takes_their_own_entries_and_leaves_what_the_law_holds(
    issue: Issue, patient: Phone, shop: Workshop
) -> None:
    await issue()
    entry = {"kind": "allergy", "source": "citizen_import", "name": "Dị ứng tôm"}
    await patient.caller.post(ENTRIES, json=entry)
    who = UUID(patient.person_id)

    async with shop.transaction() as tx:
        books = HealthBooks(tx)
        before = {each.table: each.rows for each in await books.export(who)}
        await books.erase(who, uuid4())
        after = {each.table: each.rows for each in await books.export(who)}
        held = {each.table for each in await books.holds(who)}

    assert "Dị ứng tôm" in str(before["health_books.own_entry"])
    assert after["health_books.own_entry"] == ()
    assert after["health_books.visit"] == before["health_books.visit"] != ()
    assert held == {"health_books.visit", "health_books.item"}
