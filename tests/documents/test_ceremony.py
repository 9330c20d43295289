"""Signing with a key that never leaves the phone, and every way in which it must not work."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest

from backend.testing import Caller, Clock
from modules.documents.jobs import EXPIRE
from modules.documents.model import jws
from modules.documents.scopes import READ, SIGN
from tests.documents.conftest import DOCUMENTS, Phone

Tick = Callable[..., Awaitable[None]]


def handed_in(phone: Phone, prepared: dict[str, Any]) -> dict[str, str]:
    signed = phone.raw(prepared["to_be_signed"])
    return {"document": prepared["document"], "format": "raw", "value": signed}


async def state(phone: Phone, document: str) -> str:
    return (await phone.caller.get(f"{DOCUMENTS}/{document}")).json()["state"]


def slug(answer: Any) -> str:
    return answer.json()["type"].rsplit("/", 1)[-1]


@pytest.mark.parametrize("first", ["employer", "employee"])
async def test_the_two_sign_in_either_order(
    submitted: str, employer: Phone, employee: Phone, first: str
) -> None:
    order = [employer, employee] if first == "employer" else [employee, employer]

    await order[0].sign(submitted)
    between = await state(employer, submitted)
    await order[1].sign(submitted)

    assert (between, await state(employer, submitted)) == ("signing", "sealed")


async def test_a_phone_sees_what_it_signs(submitted: str, employee: Phone) -> None:
    (prepared,) = (await employee.prepare(submitted)).json()["documents"]
    content = (await employee.caller.get(f"{DOCUMENTS}/{submitted}/content.json")).content

    head, payload = prepared["to_be_signed"].split(".")

    assert jws.decoded(payload) == content
    assert jws.header(head, jws.Header).x5t_s256 == employee.fingerprint
    assert prepared["sha256"] == sha256(prepared["to_be_signed"].encode()).hexdigest()


async def test_a_phone_that_writes_der_is_understood(submitted: str, employee: Phone) -> None:
    session = (await employee.prepare(submitted)).json()
    (prepared,) = session["documents"]
    value = employee.der(prepared["to_be_signed"])

    answer = await employee.finalise(
        session["id"], {"document": submitted, "format": "der", "value": value}
    )

    assert answer.status_code == 200


async def test_the_same_signature_again_gets_the_same_answer(
    submitted: str, employee: Phone, clock: Clock
) -> None:
    session = (await employee.prepare(submitted)).json()
    (prepared,) = session["documents"]
    given, other = handed_in(employee, prepared), handed_in(employee, prepared)

    first = await employee.finalise(session["id"], given)
    clock.advance(minutes=3)
    again = await employee.finalise(session["id"], given)
    another = await employee.finalise(session["id"], other)

    assert first.json() == again.json()
    assert (another.status_code, slug(another)) == (409, "already-finalised")


async def test_two_taps_at_once_make_one_signature(
    submitted: str, employer: Phone, employee: Phone, bundle_of: Callable[..., Awaitable[str]]
) -> None:
    session = (await employee.prepare(submitted)).json()
    (prepared,) = session["documents"]
    given = handed_in(employee, prepared)

    answers = await asyncio.gather(*(employee.finalise(session["id"], given) for _ in range(4)))

    assert {answer.status_code for answer in answers} == {200}
    await employer.sign(submitted)
    assert len(json.loads(await bundle_of(employee, submitted))["signatures"]) == 2


async def test_both_sign_at_once(submitted: str, employer: Phone, employee: Phone) -> None:
    await asyncio.gather(employer.sign(submitted), employee.sign(submitted))

    assert await state(employer, submitted) == "sealed"


async def test_a_signature_over_anything_else_is_refused(submitted: str, employee: Phone) -> None:
    session = (await employee.prepare(submitted)).json()
    (prepared,) = session["documents"]
    text = prepared["to_be_signed"]

    for changed in (text[:-1] + ("A" if text[-1] != "A" else "B"), text + "A", "", text[1:]):
        given = {"document": submitted, "format": "raw", "value": employee.raw(changed)}
        answer = await employee.finalise(session["id"], given)
        assert (answer.status_code, slug(answer)) == (422, "signature-invalid")

    assert await state(employee, submitted) == "frozen"
    assert (await employee.finalise(session["id"], handed_in(employee, prepared))).is_success


@pytest.mark.parametrize(
    "value",
    [jws.encoded(bytes(64)), jws.encoded(b"\xff" * 64), jws.encoded(b"\1" * 65), "?" * 86],
    ids=["zeros", "beyond the curve", "too long", "rubbish"],
)
@pytest.mark.parametrize("written", ["raw", "der"])
async def test_what_is_no_signature_is_refused(
    submitted: str, employee: Phone, value: str, written: str
) -> None:
    session = (await employee.prepare(submitted)).json()

    answer = await employee.finalise(
        session["id"], {"document": submitted, "format": written, "value": value}
    )

    assert (answer.status_code, slug(answer)) == (422, "signature-invalid")


async def test_anothers_key_signs_nothing(submitted: str, employer: Phone, employee: Phone) -> None:
    session = (await employee.prepare(submitted)).json()
    (prepared,) = session["documents"]

    answer = await employee.finalise(session["id"], handed_in(employer, prepared))

    assert (answer.status_code, slug(answer)) == (422, "signature-invalid")


async def test_anothers_certificate_is_not_lent(
    submitted: str, employer: Phone, employee: Phone
) -> None:
    employee.fingerprint = employer.fingerprint

    answer = await employee.prepare(submitted)

    assert (answer.status_code, slug(answer)) == (403, "certificate-not-yours")


async def test_anothers_session_is_not_there(
    submitted: str, employer: Phone, employee: Phone
) -> None:
    session = (await employee.prepare(submitted)).json()
    (prepared,) = session["documents"]

    answer = await employer.finalise(session["id"], handed_in(employer, prepared))

    assert answer.status_code == 404


async def test_a_session_ends_after_ten_minutes(
    submitted: str, employee: Phone, clock: Clock
) -> None:
    session = (await employee.prepare(submitted)).json()
    (prepared,) = session["documents"]
    clock.advance(minutes=11)

    late = await employee.finalise(session["id"], handed_in(employee, prepared))

    assert (late.status_code, slug(late)) == (410, "session-expired")
    await employee.sign(submitted)


async def test_whoever_signed_is_not_asked_again(submitted: str, employee: Phone) -> None:
    await employee.sign(submitted)

    answer = await employee.prepare(submitted)

    assert (answer.status_code, slug(answer)) == (409, "not-waiting")


async def test_a_refusal_ends_it_for_both(submitted: str, employer: Phone, employee: Phone) -> None:
    session = (await employer.prepare(submitted)).json()
    (prepared,) = session["documents"]

    said = await employee.caller.post(
        f"{DOCUMENTS}/{submitted}/decline", json={"reason": "Lương không như đã hứa"}
    )
    late = await employer.finalise(session["id"], handed_in(employer, prepared))

    assert said.status_code == 204
    assert await state(employer, submitted) == "declined"
    assert (late.status_code, slug(late)) == (409, "not-waiting")


async def test_what_nobody_signs_expires(
    submitted: str, employer: Phone, employee: Phone, clock: Clock, tick: Tick
) -> None:
    await employer.sign(submitted)
    clock.advance(days=10)

    late = await employee.prepare(submitted)
    await tick(EXPIRE)

    assert (late.status_code, slug(late)) == (409, "not-waiting")
    assert await state(employee, submitted) == "expired"


async def test_a_stranger_is_asked_for_nothing(
    submitted: str, as_citizen: Callable[..., Caller]
) -> None:
    stranger = Phone(as_citizen(SIGN, READ))
    await stranger.enrol()

    theirs = await stranger.prepare(submitted)
    nobodys = await stranger.prepare(str(uuid4()))

    assert theirs.status_code == nobodys.status_code == 404
    assert theirs.json()["type"] == nobodys.json()["type"]


async def test_signing_wants_a_fresh_second_factor(as_citizen: Callable[..., Caller]) -> None:
    phone = Phone(as_citizen(SIGN, ial=2, acr="aal1"))

    answer = await phone.caller.post(f"{DOCUMENTS}/enrolments", json={"jwk": phone.jwk()})

    assert answer.status_code == 401
    assert 'acr_values="aal2"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize(
    "changed",
    [{"d": "A" * 43}, {"kty": "RSA"}, {"crv": "P-384"}, {"use": "enc"}, {"key_ops": ["sign"]}],
    ids=str,
)
async def test_a_request_that_carries_anything_but_a_public_key_is_refused(
    as_citizen: Callable[..., Caller], changed: dict[str, Any]
) -> None:
    phone = Phone(as_citizen(SIGN))

    answer = await phone.caller.post(
        f"{DOCUMENTS}/enrolments", json={"jwk": {**phone.jwk(), **changed}}
    )

    assert answer.status_code == 400


async def test_a_point_beside_the_curve_is_no_key(as_citizen: Callable[..., Caller]) -> None:
    phone = Phone(as_citizen(SIGN))

    answer = await phone.caller.post(
        f"{DOCUMENTS}/enrolments", json={"jwk": {**phone.jwk(), "x": "A" * 43}}
    )

    assert (answer.status_code, slug(answer)) == (422, "unfit-key")


async def test_a_certificate_takes_a_proof_of_the_key(as_citizen: Callable[..., Caller]) -> None:
    caller = as_citizen(SIGN)
    phone, thief = Phone(caller), Phone(caller)
    begun = (await caller.post(f"{DOCUMENTS}/enrolments", json={"jwk": phone.jwk()})).json()
    where = f"{DOCUMENTS}/enrolments/{begun['id']}/proof"
    message = jws.decoded(begun["to_be_signed"]).decode("latin-1")

    for signature in (thief.raw(message), "A" * 86, "", "?"):
        answer = await caller.put(where, json={"signature": signature})
        assert (answer.status_code, slug(answer)) == (422, "not-possessed")
