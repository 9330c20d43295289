"""Codes by phone: what is sent, to which numbers, and how it is kept."""

from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from backend.identity.authority import Authority
from backend.identity.login import numbers as kept_numbers
from backend.identity.login.numbers import mobile
from backend.kernel.database import Connection
from backend.testing import Clock
from backend.work import drain
from tests.identity.phone.asking import ask, person_of
from tests.identity.phone_app import NewApp


async def test_a_message_names_the_action_and_fills_itself_in(new_app: NewApp, phone: str) -> None:
    app = await new_app().begin(ui_locales="en")
    await ask(app, phone)
    code = await app.code_sent_to(phone)

    (text,) = (letter["text"] for letter in app.letters() if code in letter["text"])
    assert text.splitlines()[-1] == f"@testserver.local #{code}"
    assert "sign in" in text
    assert text.isascii()
    assert len(text) <= 160


async def test_what_waits_to_be_sent_is_sealed(
    new_app: NewApp, phone: str, connection: Connection
) -> None:
    app = await new_app().begin()
    await ask(app, phone)

    payload = await connection.fetchval(
        "select payload::text from kernel.work where name = 'identity.send-code'"
        " order by id desc limit 1"
    )

    assert set(msgspec.json.decode(payload)) == {"challenge_id", "sealed", "expires_at", "avoid"}
    assert phone[3:] not in payload
    await app.code_sent_to(phone)


async def test_the_worker_notes_who_took_the_message(
    new_app: NewApp, phone: str, connection: Connection
) -> None:
    app = await new_app().begin()
    await ask(app, phone)
    await app.code_sent_to(phone)

    row: Any = await connection.fetchrow(
        "select provider, ref, sent_at from identity.otp_challenge order by id desc limit 1"
    )
    assert row["provider"] == "file"
    assert row["ref"].startswith("work-")
    assert row["sent_at"] is not None


async def test_a_code_that_is_too_old_is_not_sent(
    new_app: NewApp, phone: str, clock: Clock
) -> None:
    app = await new_app().begin()
    await drain(app.shop)
    await ask(app, phone)
    clock.advance(minutes=6)

    did = await drain(app.shop)

    assert [one.outcome for one in did if one.name == "identity.send-code"] == ["buried"]
    assert not [letter for letter in app.letters() if letter["to"] == phone]


async def test_a_number_is_kept_sealed_and_found_again(
    new_app: NewApp, phone: str, connection: Connection, authority: Authority
) -> None:
    app = new_app()
    person_id = await person_of(app, await app.sign_in(phone))

    row: Any = await connection.fetchrow(
        """
        select phone.value_enc, phone.bidx, subject_key.wrapped
          from identity.person_phone as phone
          join identity.subject_key on subject_key.subject_id = phone.person_id
         where phone.person_id = $1
        """,
        person_id,
    )
    key = authority.kms.unwrap("kek-1", bytes(row["wrapped"]), about=f"subject_key|{person_id}")
    nonce, sealed = bytes(row["value_enc"][:12]), bytes(row["value_enc"][12:])
    about = f"person_phone|value_enc|{person_id}|1".encode()
    assert AESGCMSIV(key).decrypt(nonce, sealed, about) == phone.encode()
    assert bytes(row["bidx"]) == kept_numbers.indexed(authority.kms, phone).value
    assert len(row["bidx"]) == 16


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0912345678", "+84912345678"),
        ("0912 345 678", "+84912345678"),
        ("+84 (91) 234-56.78", "+84912345678"),
        ("84912345678", "+84912345678"),
        ("0233 123 4567", None),
        ("02373852246", None),
        ("0112345678", None),
        ("091234567", None),
        ("09123456789", None),
        ("+85512345678", None),
        ("+1 202 555 0100", None),
        ("٠٩١٢٣٤٥٦٧٨", None),
        ("", None),
        ("0912345678\n", "+84912345678"),
    ],
)
def test_only_vietnamese_mobiles_are_numbers(typed: str, number: str | None) -> None:
    assert mobile(typed) == number


async def test_anything_else_is_refused_before_it_costs(new_app: NewApp) -> None:
    app = await new_app().begin()

    answers = [await ask(app, typed) for typed in ("", "0237 385 2246", "+12025550100", "x" * 24)]

    assert {answer.status_code for answer in answers} == {422}
    assert (await ask(app, "0399 000 001")).status_code == 303
