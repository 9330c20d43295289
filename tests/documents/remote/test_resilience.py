"""What a person has confirmed is signed: whoever is away, killed, slow or wrong meanwhile."""

import json
from base64 import b64decode, b64encode
from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    generate_private_key,
)

from backend.host.registry import gather
from backend.kernel import Errand, House, Module
from backend.local.roles import DatabaseUrls
from backend.testing import Clock
from backend.testing.callers import BASE_URL
from backend.work import Workshop, drain, open_workshop
from modules.documents.model import jws
from modules.documents.repository import signing
from modules.documents.service.remote import sessions
from modules.documents.service.remote.trial import Reply
from modules.documents.settings import Settings
from tests.documents.conftest import DOCUMENTS, Given, Phone
from tests.documents.remote.conftest import Enter, Look, Provided, number_of

Told = dict[str, Any]


@pytest.fixture
async def timeless(
    database: DatabaseUrls, modules: Sequence[Module], settings: Given, clock: Clock, data_dir: Path
) -> AsyncGenerator[Workshop]:
    """A worker of the same house, while no timestamp authority answers."""
    ours = msgspec.structs.replace(settings[Settings], tsa_urls=("http://localhost:1/",))
    told: Given = {**settings, Settings: ours}
    house = House(providers=gather(modules, told), base_url=BASE_URL, data_dir=data_dir)
    opened = open_workshop(database.job, house, modules, concurrency=2, clock=clock)
    yield opened
    await opened.pool.close()


@pytest.fixture
async def asked(submitted: str, remote: Phone, look: Look) -> Told:
    """A session of one contract, of which the provider has asked the person."""
    session = (await remote.prepare(submitted)).json()
    assert (await look(remote, session))["state"] == "waiting"
    return session


async def stands(phone: Phone, session: Told) -> Told:
    return (await phone.caller.get(f"{DOCUMENTS}/signing/sessions/{session['id']}")).json()


async def killed(shop: Workshop, session: Told) -> None:
    """Let a worker hear what the provider says, and die before it has written it down."""
    errand = sessions.SIGN_REMOTELY.run
    assert isinstance(errand, Errand)
    async with shop.transaction() as tx:
        found = await tx.one(signing.SESSION, UUID(session["id"]))
        going = await errand.prepare(tx, sessions.Turn(session_id=found.id, turn=found.turn))
    await errand.call(going)


async def test_no_timestamp_within_the_session_does_not_lose_what_was_confirmed(
    submitted: str,
    asked: Told,
    remote: Phone,
    employer: Phone,
    provided: Provided,
    timeless: Workshop,
    look: Look,
    clock: Clock,
    tick: Any,
    bundle_of: Any,
    verdict: Any,
) -> None:
    provided.answer("yes")
    waiting: list[Told] = []
    for _ in range(3):
        clock.advance(minutes=1.5)
        await drain(timeless)
        waiting.append(await stands(remote, asked))
    held = await employer.prepare(submitted)
    done = await look(remote, asked)
    await employer.sign(submitted)
    await tick()

    told = [(each["state"], each["signed"]) for each in waiting]
    assert told == [("confirmed", [])] * 3
    assert (held.status_code, done["state"], done["signed"]) == (409, "finalised", [submitted])
    assert provided.provider is not None
    assert len([r for r in provided.provider.requests.values() if r.ref == asked["id"]]) == 1
    assert (await verdict(await bundle_of(remote, submitted)))["verdict"] == "VALID"


async def test_a_confirmation_that_nobody_could_stamp_for_a_day_holds_nobody_up(
    submitted: str,
    asked: Told,
    remote: Phone,
    employer: Phone,
    provided: Provided,
    timeless: Workshop,
    look: Look,
    clock: Clock,
) -> None:
    provided.answer("yes")
    clock.advance(seconds=16)
    await drain(timeless)
    assert (await stands(remote, asked))["state"] == "confirmed"
    clock.advance(hours=25)

    over = await look(remote, asked)

    assert (over["state"], over["signed"]) == ("expired", [])
    await employer.sign(submitted)


async def test_a_confirmed_session_can_be_taken_back_until_it_is_signed(
    submitted: str,
    asked: Told,
    remote: Phone,
    employer: Phone,
    provided: Provided,
    timeless: Workshop,
    look: Look,
    clock: Clock,
) -> None:
    provided.answer("yes")
    clock.advance(seconds=16)
    await drain(timeless)
    assert (await stands(remote, asked))["state"] == "confirmed"
    await remote.caller.delete(f"{DOCUMENTS}/signing/sessions/{asked['id']}")

    over = await look(remote, asked)

    assert (over["state"], over["signed"]) == ("cancelled", [])
    await employer.sign(submitted)


async def test_killed_after_the_right_to_sign_was_given_the_house_asks_for_it_again(
    submitted: str, asked: Told, remote: Phone, provided: Provided, shop: Workshop, look: Look
) -> None:
    provided.answer("yes")

    await killed(shop, asked)
    done = await look(remote, asked)

    assert (done["state"], done["signed"]) == ("finalised", [submitted])


@pytest.mark.parametrize(("kept", "through"), [("pkcs1", "other")], indirect=True)
async def test_killed_after_the_signatures_came_they_are_read_again_where_that_is_possible(
    submitted: str, asked: Told, remote: Phone, provided: Provided, shop: Workshop, look: Look
) -> None:
    provided.answer("yes")

    await killed(shop, asked)
    done = await look(remote, asked)

    assert (done["state"], done["signed"]) == ("finalised", [submitted])


async def test_killed_after_the_signatures_came_the_person_is_told_that_they_are_lost(
    submitted: str, asked: Told, remote: Phone, provided: Provided, shop: Workshop, look: Look
) -> None:
    provided.change("signHash", lambda *_: (503, b""))
    provided.answer("yes")
    assert (await look(remote, asked))["state"] == "confirmed"
    provided.relent()

    await killed(shop, asked)
    over = await look(remote, asked)

    assert (over["state"], over["signed"]) == ("failed", [])
    assert over["reason"] == "documents/confirmation-lost"
    again = await remote.prepare(submitted)
    assert again.status_code == 201


def _changed(change: Callable[[list[str]], list[str]]) -> Callable[[int, bytes], Reply]:
    def answer(status: int, body: bytes) -> Reply:
        told = json.loads(body)
        return status, json.dumps({"signatures": change(told["signatures"])}).encode()

    return answer


def _by_another_key(signatures: list[str]) -> list[str]:
    key = generate_private_key(SECP256R1())
    return [b64encode(jws.sign(key, b64decode(each))).decode() for each in signatures]


def _bent(signatures: list[str]) -> list[str]:
    raw = bytearray(b64decode(signatures[1]))
    raw[-1] ^= 1
    return [signatures[0], b64encode(raw).decode()]


HOSTILE = {
    "swapped": lambda found: found[::-1],
    "fewer": lambda found: found[:1],
    "more": lambda found: [*found, found[0]],
    "none": lambda found: [],
    "one twice": lambda found: [found[0], found[0]],
    "bent": _bent,
    "by another key": _by_another_key,
}


@pytest.mark.parametrize("how", HOSTILE)
async def test_what_is_not_the_signature_that_was_asked_for_is_not_kept(
    submitted: str,
    asked: Told,
    remote: Phone,
    employer: Phone,
    provided: Provided,
    look: Look,
    how: str,
) -> None:
    provided.change("signHash", _changed(HOSTILE[how]))
    provided.answer("yes")

    over = await look(remote, asked)

    assert (over["state"], over["signed"]) == ("failed", [])
    assert over["reason"] == "documents/signature-invalid"
    await employer.sign(submitted)


async def test_signatures_of_another_hash_are_not_kept(
    asked: Told, remote: Phone, provided: Provided, look: Look
) -> None:
    assert provided.provider is not None
    key, _ = provided.provider._of(f"key-{number_of(remote)}")
    assert isinstance(key, EllipticCurvePrivateKey)
    signed = [b64encode(key.sign(each, jws.ES256)).decode() for each in (b"a", b"b")]
    provided.change("signHash", _changed(lambda _: signed))
    provided.answer("yes")

    over = await look(remote, asked)

    assert (over["state"], over["reason"]) == ("failed", "documents/signature-invalid")


async def test_a_yes_that_comes_too_late_signs_nothing(
    asked: Told, remote: Phone, provided: Provided, look: Look, clock: Clock
) -> None:
    clock.advance(minutes=3)
    provided.answer("yes")

    late = await stands(remote, asked)
    over = await look(remote, asked)

    assert (late["state"], over["state"], over["signed"]) == ("expired", "expired", [])


async def test_a_certificate_that_is_revoked_before_the_yes_signs_nothing(
    submitted: str,
    remote: Phone,
    employer: Phone,
    provided: Provided,
    read_lists: Enter,
    look: Look,
    clock: Clock,
) -> None:
    assert provided.provider is not None
    clock.advance(hours=7)
    session = (await remote.prepare(submitted)).json()
    await look(remote, session)
    provided.provider.revoke(provided.provider.paper(number_of(remote)))
    await read_lists()
    provided.answer("yes")

    over = await look(remote, session)

    assert (over["state"], over["signed"]) == ("failed", [])
    assert over["reason"] == "documents/certificate-not-yours"
    await employer.sign(submitted)


async def test_a_certificate_that_is_revoked_before_the_timestamp_signs_nothing(
    asked: Told,
    remote: Phone,
    provided: Provided,
    read_lists: Enter,
    timeless: Workshop,
    look: Look,
    clock: Clock,
) -> None:
    assert provided.provider is not None
    provided.answer("yes")
    clock.advance(seconds=16)
    await drain(timeless)
    confirmed = await stands(remote, asked)
    provided.provider.revoke(provided.provider.paper(number_of(remote)))
    clock.advance(hours=7)
    await read_lists()

    over = await look(remote, asked)

    assert confirmed["state"] == "confirmed"
    assert (over["state"], over["signed"]) == ("failed", [])
    assert over["reason"] == "documents/certificate-not-yours"
