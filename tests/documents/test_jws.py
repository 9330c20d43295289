"""Signatures: taken exactly when they are valid and spelt in the one way (Wycheproof, joserfc)."""

import json
from collections.abc import Callable
from typing import Any

import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePublicKey,
    generate_private_key,
)
from joserfc import jws as joserfc
from joserfc.jwk import ECKey

from modules.documents.model import jws
from modules.documents.model.jws import NotGenuine

Groups = Callable[[str], list[dict[str, Any]]]
THUMB = "A" * 43


class Plain(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A header of somebody else's token."""

    alg: str
    kid: str = ""


def is_taken(key: dict[str, Any], token: str) -> bool:
    try:
        public = jws.public_key(msgspec.convert(key, jws.Jwk))
        head, _ = jws.opened(token, public, Plain)
    except (NotGenuine, msgspec.ValidationError):
        return False
    return head.alg == "ES256"


def test_tokens_that_are_not_genuine_are_refused(groups: Groups) -> None:
    taken = [
        (case["tcId"], case["result"])
        for group in groups("json_web_signature_test.json")
        for case in group["tests"]
        if is_taken(group.get("public") or group["private"], case["jws"])
    ]

    assert taken == [(18, "valid"), (378, "valid")]  # all that the file has in ES256


def test_raw_signatures_are_taken_exactly_when_they_are_valid(groups: Groups) -> None:
    tried = 0
    for group in groups("ecdsa_secp256r1_sha256_p1363_test.json"):
        point = bytes.fromhex(group["publicKey"]["uncompressed"])
        key = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
        for case in group["tests"]:
            try:
                jws.verify(key, bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"]))
                taken = True
            except NotGenuine:
                taken = False
            assert taken == (case["result"] == "valid"), case
            tried += 1

    assert tried == 262


def test_other_libraries_read_what_we_sign() -> None:
    key = generate_private_key(SECP256R1())
    head = jws.Header(alg="ES256", iat=1, kid=THUMB, typ="tinhs-doc+jws", x5t_s256=THUMB)
    payload = b'{"a":"\xe1\xba\xbf"}'

    token = jws.compact(key, head, payload)
    segments = token.split(".")
    general = {
        "payload": segments[1],
        "signatures": [{"protected": segments[0], "signature": segments[2]}],
    }

    public = jws.jwk_of(key.public_key())
    theirs = ECKey.import_key({"kty": "EC", "crv": "P-256", "x": public.x, "y": public.y})
    registry = joserfc.JWSRegistry(algorithms=["ES256"], strict_check_header=False)
    assert jwt.api_jws.decode(token, key.public_key(), algorithms=["ES256"]) == payload
    assert joserfc.deserialize_json(general, theirs, registry=registry).payload == payload
    assert theirs.thumbprint() == public.kid


HEADER = {
    "alg": "ES256",
    "iat": 1,
    "kid": THUMB,
    "typ": "tinhs-doc+jws",
    "x5t#S256": THUMB,
}


@pytest.mark.parametrize(
    "changed",
    [
        {"alg": "none"},
        {"alg": "HS256"},
        {"typ": "JWT"},
        {"crit": ["b64"], "b64": False},
        {"jwk": {}},
        {"jku": "https://example.vn/keys"},
        {"x5u": "https://example.vn/cert"},
        {"x5c": []},
        {"iat": -1},
        {"iat": 1.5},
        {"kid": "../../keys"},
        {"kid": None},
    ],
    ids=str,
)
def test_a_header_has_exactly_our_members(changed: dict[str, Any]) -> None:
    raw = json.dumps({**HEADER, **changed}, sort_keys=True, separators=(",", ":")).encode()
    good = json.dumps(HEADER, sort_keys=True, separators=(",", ":")).encode()

    assert jws.header(jws.encoded(good), jws.Header).iat == 1
    with pytest.raises(NotGenuine):
        jws.header(jws.encoded(raw), jws.Header)


@pytest.mark.parametrize(
    "raw",
    [
        json.dumps(HEADER).encode(),
        json.dumps(HEADER, sort_keys=True, separators=(",", ":"))
        .replace('"iat":1', '"iat":2,"iat":1')
        .encode(),
        b"[]",
        b"\xff",
        b" " * 600,
    ],
)
def test_a_header_has_one_spelling(raw: bytes) -> None:
    with pytest.raises(NotGenuine):
        jws.header(jws.encoded(raw), jws.Header)


@pytest.mark.parametrize("long", ["", "_-A9" * 99])
@pytest.mark.parametrize("text", ["YQ==", "YR", "Y Q", "YQ\n", "Y", "+/==", "YQé", "Y\0AA"])
def test_base64url_has_one_spelling(long: str, text: str) -> None:
    for spelt in (long + text, text + long):
        with pytest.raises(NotGenuine):
            jws.decoded(spelt if long else text)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 223, 224, 225, 226, 1000])
def test_bytes_come_back_from_base64url_however_many_there_are(size: int) -> None:
    raw = bytes(number * 7 % 256 for number in range(size))

    assert jws.decoded(jws.encoded(raw)) == raw
