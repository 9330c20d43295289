"""A receipt proves what was filed, to anybody, without the house."""

import hashlib
import json
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from backend.testing import Caller, Client

Act = Callable[..., Awaitable[Any]]


async def receipts(citizen: Caller, report: Mapping[str, Any]) -> Any:
    answer = await citizen.get(f"/v1/feedback/reports/{report['id']}/receipt")
    assert answer.status_code == 200, answer.text
    return answer.json()


def proves(held: Mapping[str, Any], keys: KeySet, text: str) -> bool:
    """Judge a receipt as somebody would who has it and the published keys, and no line to us."""
    (receipt, *_) = held["receipts"]
    try:
        opened = jws.deserialize_compact(receipt["jws"], keys, algorithms=["ES256"])
    except (JoseError, ValueError):
        return False
    payload = json.loads(opened.payload)
    content = b64decode(held["content"])
    digest = hashlib.sha256(bytes.fromhex(held["salt"]) + content).hexdigest()
    return (
        opened.protected["typ"] == "tinhs-receipt+jws"
        and payload["content_digest"] == digest
        and json.loads(content)["text"] == text
    )


def flipped(text: str, place: int) -> str:
    """Return base64url with one bit of what it says turned over."""
    raw = bytearray(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    raw[place % len(raw)] ^= 1
    return urlsafe_b64encode(bytes(raw)).rstrip(b"=").decode()


async def test_a_receipt_proves_the_filing_and_fails_on_any_flipped_bit(
    citizen: Caller, file: Act, drain: Act, client: Client
) -> None:
    text = "Ổ gà rất to trước cổng trường, xe máy dễ ngã."
    report = (await file(citizen, text=text)).json()
    await drain()

    held = await receipts(citizen, report)
    published = (await client.get("/v1/documents/trust/jwks.json")).json()
    keys = KeySet.import_key_set(published)

    assert held["signed"] is True
    assert held["receipts"][0]["payload"] == report["receipt"]
    assert proves(held, keys, text)
    assert not proves(held, keys, text + " ")
    head, payload, signature = held["receipts"][0]["jws"].split(".")
    for place in range(0, 60, 7):
        for forged in (
            (head, flipped(payload, place), signature),
            (head, payload, flipped(signature, place)),
            (flipped(head, place), payload, signature),
        ):
            one = {**held["receipts"][0], "jws": ".".join(forged)}
            assert not proves({**held, "receipts": [one]}, keys, text)
        assert not proves({**held, "salt": _bit(held["salt"], place)}, keys, text)


def _bit(hexadecimal: str, place: int) -> str:
    raw = bytearray.fromhex(hexadecimal)
    raw[place % len(raw)] ^= 1
    return raw.hex()


async def test_nobody_else_gets_it(stranger: Caller, filed: Mapping[str, Any]) -> None:
    answer = await stranger.get(f"/v1/feedback/reports/{filed['id']}/receipt")

    assert answer.status_code == 404


async def test_before_anybody_signed_it_says_so(citizen: Caller, file: Act) -> None:
    report = (await file(citizen)).json()

    held = await receipts(citizen, report)

    assert held["signed"] is False
    assert held["receipts"][0]["payload"] == report["receipt"]
    assert held["receipts"][0]["jws"] is None
    content = b64decode(held["content"])
    digest = hashlib.sha256(bytes.fromhex(held["salt"]) + content).hexdigest()
    assert digest == report["receipt"]["content_digest"]
