"""Secrets turn while people sign in: what they hold stays good, and what they are found by moves.

Time passes for the stores of keys as well: a fresh secret is used once every process has seen it.
"""

from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
import pytest
import pytest_asyncio

from backend.host.app import create_app
from backend.identity.minting import SESSION_LIFE
from backend.identity.people import turning
from backend.identity.people.recording import record_identifier
from backend.kernel import BadRequest, Module
from backend.kernel.cursor import seal, unseal
from backend.kernel.database import Connection
from backend.kms import FOLDER
from backend.kms.versions import RESTS_SECONDS
from backend.privacy.scopes import ASK
from backend.testing import Caller, Client, Clock
from backend.testing.callers import alive
from backend.testing.fixtures import _SECRET as SECRET
from backend.work import drain
from backend.work.perform import Workshop
from contracts.personal_data import People
from tests.identity.phone_app import NewApp, PhoneApp, code_of
from tests.kms.conformance import Later, later

__all__ = ["later"]

PHONES: Final = "person_phone.value"
PAPERS: Final = "person_identifier.value"
DIGESTS: Final = """
    select length(bidx) as bytes
      from identity.person_phone
     where person_id = any($1::uuid[]) and ended_at is null
     order by 1
"""


async def digests(connection: Connection, *people: str) -> list[int]:
    """Return how long the digests of these people's numbers are: later links say which they are."""
    return [row["bytes"] for row in await connection.fetch(DIGESTS, people)]


async def begin(shop: Workshop, column: str) -> int:
    """Do what `tinhs keys rotate-index` does."""
    async with shop.transaction() as tx:
        return await turning.begin(tx, column)


def beside(phone: str) -> str:
    """Return the next number."""
    return f"+{int(phone[1:]) + 1}"


async def person_of(app: PhoneApp, phone: str) -> str:
    tokens = await app.sign_in(phone)
    return (await app.account(tokens["access_token"])).json()["person_id"]


async def test_the_index_of_numbers_turns_and_everybody_is_found(
    new_app: NewApp,
    phone: str,
    shop: Workshop,
    clock: Clock,
    connection: Connection,
    later: Later,
) -> None:
    """Also who signs in before the row was carried over: a number has one holder."""
    before = await person_of(new_app(), phone)
    app = new_app()
    await begin(shop, PHONES)
    resting = await person_of(app.beside(), beside(phone))
    later(RESTS_SECONDS + 1)
    between = await person_of(app, phone)
    newcomer = await person_of(app.beside(), beside(beside(phone)))
    halfway = await digests(connection, before, resting, newcomer)
    with pytest.raises(LookupError):
        await begin(shop, PHONES)

    clock.advance(minutes=2)
    did = await drain(shop)
    after = await person_of(new_app(), phone)

    assert {"done"} == {one.outcome for one in did if one.name == "identity.carry-index"}
    assert before == between == after
    assert len({before, resting, newcomer}) == 3
    assert halfway == [16, 16, 17]
    assert await digests(connection, before, resting, newcomer) == [17, 17, 17]


async def test_papers_are_found_while_their_index_turns(
    new_app: NewApp, phone: str, shop: Workshop, clock: Clock, later: Later, authority: Any
) -> None:
    known = await person_of(new_app(), phone)

    async def record(whose: str) -> bool:
        async with authority.transaction() as tx:
            return await record_identifier(
                tx, UUID(whose), "national_id", "038 0990 12345", source="counter"
            )

    async def found() -> str:
        async with shop.transaction() as tx:
            who = await tx.ask(People).find("national_id", "038099012345", purpose="x.y")
            return str(who)

    assert await record(known)
    other = await person_of(new_app(), beside(phone))
    await begin(shop, PAPERS)
    later(RESTS_SECONDS + 1)
    between, taken = await found(), await record(other)
    clock.advance(minutes=2)
    await drain(shop)

    assert (between, taken, await found()) == (known, False, known)
    assert await record(known)


async def test_a_refresh_token_outlives_the_pepper_of_newer_ones(
    new_app: NewApp, phone: str, shop: Workshop, clock: Clock, authority: Any
) -> None:
    app = new_app()
    old = (await app.sign_in(phone))["refresh_token"]
    async with shop.transaction() as tx:
        await turning.add_pepper(tx)
    other = new_app()
    new = (await other.sign_in(beside(phone)))["refresh_token"]

    renewed = [await app.refresh(old), await other.refresh(new)]
    async with shop.transaction() as tx:
        await turning.bury_peppers(tx, SESSION_LIFE)
    again = await app.refresh(renewed[0].json()["refresh_token"])
    clock.advance(seconds=SESSION_LIFE.total_seconds() + 1)
    async with shop.transaction() as tx:
        await turning.bury_peppers(tx, SESSION_LIFE)

    assert [answer.status_code for answer in (*renewed, again)] == [200, 200, 200]
    assert not list(authority.data_dir.glob(f"{FOLDER}/refresh-1*"))


async def test_a_code_on_its_way_is_good_while_its_secret_turns(
    new_app: NewApp, phone: str, shop: Workshop, later: Later
) -> None:
    app = await new_app().begin()
    await app.submit("phone", phone=phone)
    code = await app.code_sent_to(phone)

    async with shop.transaction() as tx:
        await turning.turn_brief(tx)
    later(RESTS_SECONDS + 1)

    assert code_of(await app.submit("code", code=code))


@pytest_asyncio.fixture(loop_scope="session")
async def turned(
    modules: Sequence[Module], settings: Mapping[type, msgspec.Struct], clock: Clock
) -> AsyncGenerator[Client]:
    """Another process, which uses a fresh `TINHS_SECRET` and still takes the one before."""
    app = create_app(modules, settings, secret=b"n" * 32 + b"\n" + SECRET, clock=clock)
    async with alive(app), Client(app) as client:
        yield client


async def test_the_secret_of_the_house_turns_from_process_to_process(
    as_citizen: Callable[..., Caller], turned: Client
) -> None:
    """The same nonce and the same key: the request was done once, and is answered alike."""
    caller = as_citizen(ASK)
    wish = {"kind": "access", "note": "Xin cho biết ai đã xem"}

    first = await caller.post("/v1/account/requests", key="once", json=wish)
    caller._client = turned
    again = await caller.post("/v1/account/requests", key="once", json=wish)
    other = await caller.post("/v1/account/requests", key="once", json={**wish, "note": "khác"})

    assert (first.status_code, again.content) == (again.status_code, first.content)
    assert first.status_code < 300
    assert other.status_code == 422


def test_a_cursor_is_good_under_the_secret_before() -> None:
    cursor = seal(b"before", b"list", ["x"])

    assert unseal([b"now", b"before"], b"list", cursor, tuple[str]) == ("x",)
    with pytest.raises(BadRequest):
        unseal([b"now"], b"list", cursor, tuple[str])
