"""Consent: given by the words of today, taken back at once, and asked of the ledger every time."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from backend.identity.authority import Authority
from backend.identity.scopes import PRIVACY
from backend.kernel import Transaction
from backend.kernel.database import Connection
from backend.testing import Caller, Client, Clock
from contracts.identity import ConsentGiven, Consents, ConsentWithdrawn
from tests.identity.clinic import PARTNERS, RESEARCH
from tests.identity.consents.asking import give, note, seen

Told = Callable[[type], Awaitable[list[Any]]]


async def test_a_partner_reads_with_consent_and_not_a_call_longer(
    new_citizen: Callable[..., Caller],
    partner: Caller,
    text_id: str,
    connection: Connection,
    told: Told,
) -> None:
    citizen = new_citizen()
    note_id = await note(connection, citizen.person_id)

    before = await seen(partner, note_id)
    given = await give(citizen, text_id, partner)
    during = await seen(partner, note_id)
    taken = await citizen.delete(f"/v1/account/consents/{given.json()['id']}")
    after = await seen(partner, note_id)

    assert (given.status_code, given.json()["state"], taken.status_code) == (201, "given", 204)
    assert (before, during, after) == ([404, 0, 0], [200, 1, 1], [404, 0, 0])
    for kind in (ConsentGiven, ConsentWithdrawn):
        events = [event for event in await told(kind) if event.person_id == citizen.person_id]
        assert [(e.purpose, e.recipient) for e in events] == [(RESEARCH, partner.client_id)]


async def test_consent_is_for_one_partner_one_purpose_and_one_person(
    new_citizen: Callable[..., Caller],
    as_partner: Callable[..., Caller],
    partner: Caller,
    text_id: str,
    connection: Connection,
) -> None:
    citizen, other = new_citizen(), new_citizen()
    notes = [await note(connection, person.person_id) for person in (citizen, other)]
    await give(citizen, text_id, partner)
    elsewhere = as_partner(PARTNERS, purpose=RESEARCH)

    assert [await seen(partner, each) for each in notes] == [[200, 1, 1], [404, 0, 0]]
    assert await seen(elsewhere, notes[0]) == [404, 0, 0]


async def test_without_the_purpose_the_door_is_closed(
    partner: Caller, as_partner: Callable[..., Caller]
) -> None:
    silent = as_partner(PARTNERS)

    without = await silent.get("/v1/clinic/notes")
    foreign = await partner.get("/v1/clinic/notes", headers={"Tinhs-Purpose": "feedback.handling"})

    assert (without.status_code, foreign.status_code) == (403, 403)


async def test_it_is_listed_with_what_holds(
    new_citizen: Callable[..., Caller], partner: Caller, text_id: str
) -> None:
    citizen = new_citizen()
    given = (await give(citizen, text_id, partner)).json()
    first = (await citizen.get("/v1/account/consents")).json()["items"]
    await citizen.delete(f"/v1/account/consents/{given['id']}")
    second = (await citizen.get("/v1/account/consents")).json()["items"]
    again = (await give(citizen, text_id, partner)).json()

    assert first == [given]
    assert [(item["recipient_name"], item["state"]) for item in second] == [
        ("Đối tác thử", "withdrawn")
    ]
    assert again["state"] == "given"


async def test_yesterdays_words_bind_nobody(
    new_citizen: Callable[..., Caller],
    as_staff: Callable[..., Caller],
    client: Client,
    partner: Caller,
    text_id: str,
    clock: Clock,
) -> None:
    citizen = new_citizen()
    clock.advance(minutes=1)
    new = (
        await as_staff("privacy").post(
            "/v1/admin/consent-texts", json={"purpose": RESEARCH, "vi": "Mới.", "en": "New."}
        )
    ).json()["items"]

    outdated = await give(citizen, text_id, partner)
    shown = (await client.get("/v1/consent-texts", headers={"Accept-Language": "en"})).json()

    assert outdated.status_code == 422
    assert outdated.json()["type"].endswith("/identity/text-outdated")
    assert [item["body"] for item in shown["items"] if item["purpose"] == RESEARCH] == ["New."]
    assert (await give(citizen, new[0]["id"], partner)).status_code == 201


async def test_only_a_partner_that_agreed_to_the_purpose_can_be_named(
    new_citizen: Callable[..., Caller], as_partner: Callable[..., Caller], text_id: str
) -> None:
    citizen, other = new_citizen(), as_partner(PARTNERS)
    await other.get("/v1/clinic/notes")

    answers = [
        await citizen.post(
            "/v1/account/consents", json={"text_id": text_id, "recipient": recipient}
        )
        for recipient in ("nobody", "tinhs-app", other.client_id)
    ]

    assert [answer.status_code for answer in answers] == [422] * 3
    assert {answer.json()["type"].rsplit("/", 1)[-1] for answer in answers} == {"recipient-unknown"}


async def test_a_stranger_cannot_tell_a_consent_from_nothing(
    new_citizen: Callable[..., Caller], partner: Caller, text_id: str
) -> None:
    citizen, stranger = new_citizen(), new_citizen()
    given = (await give(citizen, text_id, partner)).json()

    answers = [
        await stranger.delete(f"/v1/account/consents/{given['id']}"),
        await stranger.delete(f"/v1/account/consents/{uuid4()}"),
        await give(stranger, text_id, partner, person_id=str(citizen.person_id)),
        await give(stranger, text_id, partner, person_id=str(uuid4())),
    ]

    assert [answer.status_code for answer in answers] == [404] * 4
    assert (await stranger.get("/v1/account/consents")).json() == {"items": []}


async def test_a_purpose_of_nothing_gets_no_words(as_staff: Callable[..., Caller]) -> None:
    answer = await as_staff("privacy").post(
        "/v1/admin/consent-texts", json={"purpose": "no.such", "vi": "a", "en": "a"}
    )

    assert answer.status_code == 422
    assert PRIVACY.roles == {"privacy"}


async def test_the_ledger_is_only_added_to(
    new_citizen: Callable[..., Caller], partner: Caller, text_id: str, authority: Authority
) -> None:
    await give(new_citizen(), text_id, partner)

    for statement in ("update identity.consent set at = at", "delete from identity.consent"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with authority.transaction() as tx:
                await tx._connection.execute(statement)


async def test_another_module_may_ask(
    new_citizen: Callable[..., Caller], partner: Caller, text_id: str, tx: Transaction
) -> None:
    citizen = new_citizen()
    await give(citizen, text_id, partner)
    ledger = tx.ask(Consents)
    person_id = citizen.person_id or uuid4()

    assert await ledger.check(person_id, purpose=RESEARCH, recipient=partner.client_id)
    assert not await ledger.check(uuid4(), purpose=RESEARCH, recipient=partner.client_id)
    assert not await ledger.check(person_id, purpose="a.b", recipient=partner.client_id)
