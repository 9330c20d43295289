"""Consent: given by the words of today, taken back at once, and asked of the ledger every time."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import msgspec
import pytest

from backend.host.registry import discover
from backend.host.settings import Settings
from backend.identity.authority import Authority
from backend.identity.consents.ages import age, years_before
from backend.identity.minting import mint_ward
from backend.identity.scopes import PRIVACY, READ, WARDS, WRITE
from backend.kernel import VIETNAM, Module, Secret, Transaction
from backend.kernel.database import Connection
from backend.local.roles import DatabaseUrls
from backend.testing import Caller, Client, Clock
from contracts.identity import ConsentGiven, Consents, ConsentWithdrawn
from tests.identity.clinic import OWN, PARTNERS, RESEARCH
from tests.identity.clinic import module as clinic

YEAR = timedelta(days=365)
Told = Callable[[type], Awaitable[list[Any]]]
WAITING = """
    select count(*)
      from pg_locks
      join pg_stat_activity using (pid)
     where datname = current_database() and not granted
"""


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return [*discover(), clinic]


@pytest.fixture(scope="module")
def settings(
    settings: Mapping[type[msgspec.Struct], msgspec.Struct], database: DatabaseUrls
) -> Mapping[type[msgspec.Struct], msgspec.Struct]:
    """Patient with locks: who waits here waits for the test, however slow its machine is."""
    patient = f"{database.auth}&lock_timeout=60s&statement_timeout=60s"
    ours = msgspec.structs.replace(settings[Settings], database_auth_url=Secret(patient))
    return {**settings, Settings: ours}


@pytest.fixture
async def text_id(as_staff: Callable[..., Caller]) -> str:
    officer = as_staff("privacy")
    answer = await officer.post(
        "/v1/admin/consent-texts",
        json={"purpose": RESEARCH, "vi": f"Tôi đồng ý {uuid4()}.", "en": f"I agree {uuid4()}."},
    )
    assert answer.status_code == 201, answer.text
    return answer.json()["items"][0]["id"]


@pytest.fixture
async def partner(as_partner: Callable[..., Caller]) -> Caller:
    """A partner that has called once, so that the ledger knows it."""
    found = as_partner(PARTNERS, purpose=RESEARCH)
    assert (await found.get("/v1/clinic/notes")).json() == {"items": []}
    return found


@pytest.fixture
def new_citizen(as_citizen: Callable[..., Caller]) -> Callable[..., Caller]:
    return lambda ial=0: as_citizen(READ, WRITE, WARDS, OWN, ial=ial)


async def note(connection: Connection, person_id: UUID | None) -> str:
    note_id = uuid4()
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    await connection.execute(
        "insert into clinic.note (id, person_id, body) values ($1, $2, 'ho')", note_id, person_id
    )
    return str(note_id)


async def give(caller: Caller, text_id: str, partner: Caller, **more: Any) -> Any:
    return await caller.post(
        "/v1/account/consents",
        json={"text_id": text_id, "recipient": partner.client_id, **more},
    )


async def seen(partner: Caller, note_id: str) -> list[int]:
    """Ask for a note in each of the ways there are: one by one, in a list, by a careless list."""
    one = await partner.get(f"/v1/clinic/notes/{note_id}")
    lists = [await partner.get(f"/v1/clinic/{path}") for path in ("notes", "forgotten")]
    return [
        one.status_code,
        *(sum(item["id"] == note_id for item in found.json()["items"]) for found in lists),
    ]


async def child_of(
    authority: Authority, parent: Caller, child: Caller | None, *, years: float, clock: Clock
) -> UUID:
    """Make a child of that age; its parent and, if it has a phone, itself have signed in once."""
    for person in (parent, child):
        if person is not None:
            await person.get("/v1/account")
    async with authority.transaction() as tx:
        return await mint_ward(
            tx,
            guardian_id=parent.person_id or uuid4(),
            ward_id=child.person_id if child else None,
            of_age_at=clock.now + (18 - years) * YEAR,
        )


# --- given and taken back -----------------------------------------------------------------------


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


# --- children -----------------------------------------------------------------------------------


async def test_a_parent_speaks_for_a_small_child_until_it_is_seven(
    new_citizen: Callable[..., Caller],
    partner: Caller,
    text_id: str,
    connection: Connection,
    authority: Authority,
    clock: Clock,
) -> None:
    parent = new_citizen(ial=2)
    child = await child_of(authority, parent, None, years=6.5, clock=clock)
    note_id = await note(connection, child)

    given = await give(parent, text_id, partner, person_id=str(child))
    small = await seen(partner, note_id)
    clock.advance(days=200)
    grown = await seen(partner, note_id)
    listed = (await parent.get("/v1/account/consents")).json()["items"]

    assert given.json()["state"] == "given"
    assert (small, grown) == ([200, 1, 1], [404, 0, 0])
    assert [item["state"] for item in listed] == ["lapsed"]


async def test_from_seven_on_both_have_to_agree_and_either_can_take_it_back(
    new_citizen: Callable[..., Caller],
    partner: Caller,
    text_id: str,
    connection: Connection,
    authority: Authority,
    clock: Clock,
) -> None:
    parent, child = new_citizen(ial=2), new_citizen()
    person_id = await child_of(authority, parent, child, years=12, clock=clock)
    note_id = await note(connection, person_id)

    by_parent = await give(parent, text_id, partner, person_id=str(person_id))
    one = await seen(partner, note_id)
    by_child = await give(child, text_id, partner)
    assert by_child.status_code == 201, by_child.text
    both = await seen(partner, note_id)
    await parent.delete(f"/v1/account/consents/{by_parent.json()['id']}")
    without_parent = await seen(partner, note_id)
    clock.advance(seconds=1)
    await give(parent, text_id, partner, person_id=str(person_id))
    again = await seen(partner, note_id)
    clock.advance(seconds=1)
    await child.delete(f"/v1/account/consents/{by_child.json()['id']}")
    without_child = await seen(partner, note_id)

    assert (by_parent.json()["state"], by_child.json()["state"]) == ("waiting", "given")
    assert [both, again] == [[200, 1, 1]] * 2
    assert [one, without_parent, without_child] == [[404, 0, 0]] * 3


async def test_at_eighteen_people_are_asked_themselves(
    new_citizen: Callable[..., Caller],
    partner: Caller,
    text_id: str,
    connection: Connection,
    authority: Authority,
    clock: Clock,
) -> None:
    parent, child = new_citizen(ial=2), new_citizen()
    person_id = await child_of(authority, parent, child, years=17.9, clock=clock)
    note_id = await note(connection, person_id)
    await give(parent, text_id, partner, person_id=str(person_id))
    await give(child, text_id, partner)
    minor = await seen(partner, note_id)

    clock.advance(days=60)
    grown = await seen(partner, note_id)
    stranger = await give(parent, text_id, partner, person_id=str(person_id))
    own = await give(child, text_id, partner)

    assert (minor, grown) == ([200, 1, 1], [404, 0, 0])
    assert stranger.status_code == 404
    assert own.json()["state"] == "given"
    assert await seen(partner, note_id) == [200, 1, 1]


async def test_child_and_parent_who_decide_at_once_are_both_heard(
    new_citizen: Callable[..., Caller],
    partner: Caller,
    text_id: str,
    connection: Connection,
    authority: Authority,
    clock: Clock,
) -> None:
    for _ in range(5):
        parent, child = new_citizen(ial=2), new_citizen()
        person_id = await child_of(authority, parent, child, years=12, clock=clock)
        note_id = await note(connection, person_id)

        both = await asyncio.gather(
            give(parent, text_id, partner, person_id=str(person_id)),
            give(child, text_id, partner),
        )

        assert [each.status_code for each in both] == [201, 201], [each.text for each in both]
        assert await seen(partner, note_id) == [200, 1, 1]


async def test_whoever_is_overtaken_while_deciding_is_heard_too(
    new_citizen: Callable[..., Caller],
    partner: Caller,
    text_id: str,
    connection: Connection,
    authority: Authority,
    clock: Clock,
) -> None:
    parent, child = new_citizen(ial=2), new_citizen()
    person_id = await child_of(authority, parent, child, years=12, clock=clock)
    note_id = await note(connection, person_id)

    # Only the parent's decision names the parent, and stops here after its line has its number.
    holding: Any = connection
    await holding.execute("begin")
    await holding.execute("select from identity.person where id = $1 for update", parent.person_id)
    by_parent = asyncio.create_task(give(parent, text_id, partner, person_id=str(person_id)))
    await waiting(connection, 1, by_parent)
    by_child = asyncio.create_task(give(child, text_id, partner))
    await waiting(connection, 2, by_child)
    await holding.execute("rollback")
    both = await asyncio.gather(by_parent, by_child)

    assert [each.status_code for each in both] == [201, 201], [each.text for each in both]
    assert await seen(partner, note_id) == [200, 1, 1]


async def waiting(connection: Any, number: int, until: asyncio.Task[Any]) -> None:
    """Come back when so many wait for a lock in this database, or when the task is done."""
    async with asyncio.timeout(60):
        while not until.done() and await connection.fetchval(WAITING) < number:
            await asyncio.sleep(0.01)
            await connection.execute("select pg_stat_clear_snapshot()")


async def test_wards_are_listed_to_those_who_have_proved_who_they_are(
    new_citizen: Callable[..., Caller], authority: Authority, clock: Clock
) -> None:
    parent, weak = new_citizen(ial=2), new_citizen()
    child = await child_of(authority, parent, None, years=3, clock=clock)

    wards = (await parent.get("/v1/account/wards")).json()["items"]

    assert [ward["person_id"] for ward in wards] == [str(child)]
    assert (await weak.get("/v1/account/wards")).status_code == 401


@pytest.mark.parametrize(
    ("years", "band", "asked_again_at"),
    [(0, "under_7", 7), (6.99, "under_7", 7), (7.01, "from_7", 18), (17.99, "from_7", 18)],
)
def test_an_age_says_whose_word_counts(years: float, band: str, asked_again_at: int) -> None:
    born = datetime(2020, 2, 29, tzinfo=VIETNAM)
    of_age_at = datetime(2038, 3, 1, tzinfo=VIETNAM)

    found = age(is_represented=True, of_age_at=of_age_at, now=born + years * timedelta(days=365.25))

    assert found.band == band
    assert found.until == {7: datetime(2027, 3, 1, tzinfo=VIETNAM), 18: of_age_at}[asked_again_at]


def test_who_is_not_a_child_is_not_asked_again() -> None:
    now = datetime(2026, 1, 1, tzinfo=VIETNAM)

    adult = age(is_represented=False, of_age_at=None, now=now)
    ward = age(is_represented=True, of_age_at=None, now=now)

    assert (adult.band, adult.until, ward.band, ward.until) == ("adult", None, "ward", None)
    assert years_before(datetime(2024, 2, 29, tzinfo=VIETNAM), 1) == datetime(
        2023, 3, 1, tzinfo=VIETNAM
    )
