"""Signing with a key that never leaves the phone, and every way in which it must not work."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest

from backend.testing import Caller, Clock
from backend.testing.callers import BASE_URL
from modules.documents.jobs import EXPIRE
from modules.documents.model import jws, pdf
from modules.documents.scopes import READ, SIGN
from tests.documents.conftest import DOCUMENTS, Phone

Tick = Callable[..., Awaitable[None]]


async def state(phone: Phone, document: str) -> str:
    return (await phone.caller.get(f"{DOCUMENTS}/{document}")).json()["state"]


def path_of(url: str) -> str:
    return url.removeprefix(BASE_URL)


def slug(answer: Any) -> str:
    return answer.json()["type"].rsplit("/", 1)[-1]


@pytest.mark.parametrize("first", ["employer", "employee"])
async def test_the_two_sign_in_either_order(
    submitted: str, employer: Phone, employee: Phone, tick: Tick, first: str
) -> None:
    order = [employer, employee] if first == "employer" else [employee, employer]

    await order[0].sign(submitted)
    between = await state(employer, submitted)
    await order[1].sign(submitted)
    await tick()

    assert (between, await state(employer, submitted)) == ("signing", "issued")


async def test_a_phone_sees_what_it_signs(submitted: str, employee: Phone) -> None:
    (prepared,) = (await employee.prepare(submitted)).json()["documents"]
    content = (await employee.caller.get(path_of(prepared["content_url"]))).content
    printed = (await employee.caller.get(path_of(prepared["pdf_url"]))).content
    told = {each["kind"]: jws.decoded(each["tbs"]) for each in prepared["to_be_signed"]}

    head, payload = told["jws-signing-input"].decode().split(".")
    start, end = prepared["byte_range"][1:3]
    digest = sha256(printed[:start] + printed[end:]).digest()

    assert jws.decoded(payload) == content == pdf.attached(printed)
    assert jws.header(head, jws.Header).x5t_s256 == employee.fingerprint
    assert digest in told["cms-signed-attrs"]
    assert jws.decoded(employee.fingerprint) in told["cms-signed-attrs"]
    for each in prepared["to_be_signed"]:
        assert each["sha256"] == sha256(jws.decoded(each["tbs"])).hexdigest()


async def test_a_phone_that_writes_der_is_understood(submitted: str, employee: Phone) -> None:
    session = (await employee.prepare(submitted)).json()
    (prepared,) = session["documents"]

    answer = await employee.finalise(session["id"], *employee.handed_in(prepared, "der"))

    assert answer.status_code == 200


async def test_the_same_signature_again_gets_the_same_answer(
    submitted: str, employee: Phone, clock: Clock
) -> None:
    session = (await employee.prepare(submitted)).json()
    (prepared,) = session["documents"]
    given, other = employee.handed_in(prepared), employee.handed_in(prepared)

    first = await employee.finalise(session["id"], *given)
    clock.advance(minutes=3)
    again = await employee.finalise(session["id"], *given)
    another = await employee.finalise(session["id"], *other)

    assert first.json() == again.json()
    assert (another.status_code, slug(another)) == (409, "already-finalised")


async def test_two_taps_at_once_make_one_signature(
    submitted: str,
    employer: Phone,
    employee: Phone,
    tick: Tick,
    bundle_of: Callable[..., Awaitable[str]],
) -> None:
    session = (await employee.prepare(submitted)).json()
    (prepared,) = session["documents"]
    given = employee.handed_in(prepared)

    answers = await asyncio.gather(*(employee.finalise(session["id"], *given) for _ in range(4)))

    assert {answer.status_code for answer in answers} == {200}
    await employer.sign(submitted)
    await tick()
    assert len(json.loads(await bundle_of(employee, submitted))["signatures"]) == 2


async def test_one_signs_after_the_other(
    submitted: str, employer: Phone, employee: Phone, clock: Clock
) -> None:
    first = (await employee.prepare(submitted)).json()
    held = await employer.prepare(submitted)
    await employee.caller.delete(f"{DOCUMENTS}/signing/sessions/{first['id']}")

    now = await employer.prepare(submitted)

    assert (held.status_code, slug(held)) == (409, "lease-held")
    assert 0 < int(held.headers["retry-after"]) <= 601
    assert now.status_code == 201


async def test_a_session_forgotten_on_a_table_does_not_hold_the_others_up(
    submitted: str, employer: Phone, employee: Phone, clock: Clock
) -> None:
    forgotten = (await employee.prepare(submitted)).json()
    clock.advance(minutes=11)
    await employer.sign(submitted)

    late = await employee.finalise(forgotten["id"], *employee.handed_in(forgotten["documents"][0]))

    assert slug(late) == "session-expired"
    await employee.sign(submitted)


async def test_signatures_of_two_sessions_do_not_mix(submitted: str, employee: Phone) -> None:
    first = (await employee.prepare(submitted)).json()
    second = (await employee.prepare(submitted)).json()

    late = await employee.finalise(first["id"], *employee.handed_in(first["documents"][0]))
    mixed = await employee.finalise(
        second["id"],
        employee.handed_in(first["documents"][0])[0],
        employee.handed_in(second["documents"][0])[1],
    )

    assert slug(late) == "session-expired"
    assert mixed.is_success or slug(mixed) == "signature-invalid"


async def test_a_session_says_where_it_stands(submitted: str, employee: Phone) -> None:
    session = (await employee.prepare(submitted)).json()
    where = f"{DOCUMENTS}/signing/sessions/{session['id']}"

    before = (await employee.caller.get(where)).json()
    await employee.finalise(session["id"], *employee.handed_in(session["documents"][0]))
    after = (await employee.caller.get(where)).json()

    assert (before["state"], before["signed"]) == ("waiting", [])
    assert (after["state"], after["signed"]) == ("finalised", [submitted])


async def test_half_a_signature_is_none(submitted: str, employee: Phone) -> None:
    session = (await employee.prepare(submitted)).json()
    data, printed = employee.handed_in(session["documents"][0])

    for given in ((data, data), (printed, printed)):
        answer = await employee.finalise(session["id"], *given)
        assert (answer.status_code, slug(answer)) == (422, "signature-invalid")

    assert await state(employee, submitted) == "frozen"


@pytest.mark.parametrize("which", [0, 1], ids=["pdf", "data"])
async def test_a_signature_over_anything_else_is_refused(
    submitted: str, employee: Phone, which: int
) -> None:
    session = (await employee.prepare(submitted)).json()
    (prepared,) = session["documents"]
    given = employee.handed_in(prepared)
    message = jws.decoded(prepared["to_be_signed"][which]["tbs"])

    for changed in (message[:-1] + bytes((message[-1] ^ 1,)), message + b"A", b"", message[1:]):
        wrong = [*given]
        wrong[which] = {**given[which], "value": employee.raw(jws.encoded(changed))}
        answer = await employee.finalise(session["id"], *wrong)
        assert (answer.status_code, slug(answer)) == (422, "signature-invalid")

    assert await state(employee, submitted) == "frozen"
    assert (await employee.finalise(session["id"], *employee.handed_in(prepared))).is_success


@pytest.mark.parametrize(
    "value",
    [jws.encoded(bytes(64)), jws.encoded(b"\xff" * 64), jws.encoded(b"\1" * 65), "?" * 86],
    ids=["zeros", "beyond the curve", "too long", "rubbish"],
)
@pytest.mark.parametrize("written", ["raw", "der"])
@pytest.mark.parametrize("which", [0, 1], ids=["pdf", "data"])
async def test_what_is_no_signature_is_refused(
    submitted: str, employee: Phone, value: str, written: str, which: int
) -> None:
    session = (await employee.prepare(submitted)).json()
    given = employee.handed_in(session["documents"][0])
    given[which] = {**given[which], "format": written, "value": value}

    answer = await employee.finalise(session["id"], *given)

    assert (answer.status_code, slug(answer)) == (422, "signature-invalid")


async def test_anothers_key_signs_nothing(submitted: str, employer: Phone, employee: Phone) -> None:
    session = (await employee.prepare(submitted)).json()
    (prepared,) = session["documents"]

    answer = await employee.finalise(session["id"], *employer.handed_in(prepared))

    assert (answer.status_code, slug(answer)) == (422, "signature-invalid")


async def test_anothers_certificate_is_not_lent(
    submitted: str, employer: Phone, employee: Phone
) -> None:
    employee.fingerprint = employer.fingerprint

    answer = await employee.prepare(submitted)

    assert (answer.status_code, slug(answer)) == (403, "certificate-not-yours")


async def test_a_phone_that_was_lost_meanwhile_finishes_nothing(
    submitted: str, employee: Phone
) -> None:
    session = (await employee.prepare(submitted)).json()
    given = employee.handed_in(session["documents"][0])
    where = f"{DOCUMENTS}/signing/certificates/{employee.fingerprint}/revoke"
    assert (await employee.caller.post(where)).status_code == 204

    answer = await employee.finalise(session["id"], *given)

    assert (answer.status_code, slug(answer)) == (403, "certificate-not-yours")
    assert await state(employee, submitted) == "frozen"


async def test_anothers_session_is_not_there(
    submitted: str, employer: Phone, employee: Phone
) -> None:
    session = (await employee.prepare(submitted)).json()
    (prepared,) = session["documents"]

    answer = await employer.finalise(session["id"], *employer.handed_in(prepared))

    assert answer.status_code == 404


async def test_a_session_ends_after_ten_minutes(
    submitted: str, employee: Phone, clock: Clock
) -> None:
    session = (await employee.prepare(submitted)).json()
    (prepared,) = session["documents"]
    clock.advance(minutes=11)

    late = await employee.finalise(session["id"], *employee.handed_in(prepared))

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
    late = await employer.finalise(session["id"], *employer.handed_in(prepared))

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

    answer = await phone.caller.post(f"{DOCUMENTS}/signing/enrolments", json={"jwk": phone.jwk()})

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
        f"{DOCUMENTS}/signing/enrolments", json={"jwk": {**phone.jwk(), **changed}}
    )

    assert answer.status_code == 400


async def test_a_point_beside_the_curve_is_no_key(as_citizen: Callable[..., Caller]) -> None:
    phone = Phone(as_citizen(SIGN))

    answer = await phone.caller.post(
        f"{DOCUMENTS}/signing/enrolments", json={"jwk": {**phone.jwk(), "x": "A" * 43}}
    )

    assert (answer.status_code, slug(answer)) == (422, "unfit-key")


async def test_a_certificate_takes_a_proof_of_the_key(as_citizen: Callable[..., Caller]) -> None:
    caller = as_citizen(SIGN)
    phone, thief = Phone(caller), Phone(caller)
    begun = (await caller.post(f"{DOCUMENTS}/signing/enrolments", json={"jwk": phone.jwk()})).json()
    where = f"{DOCUMENTS}/signing/enrolments/{begun['id']}/proof"
    message = begun["to_be_signed"]

    for signature in (thief.raw(message), "A" * 86, "", "?"):
        answer = await caller.put(where, json={"signature": signature})
        assert (answer.status_code, slug(answer)) == (422, "not-possessed")
