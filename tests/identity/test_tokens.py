"""The verifier refuses what is not exactly a token of ours, and PyJWT is asked for its opinion."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from backend.identity.authority import Authority
from backend.identity.errors import TokenInvalid
from backend.identity.tokens import TokenVerifier
from backend.testing import Clock
from backend.testing.callers import BASE_URL

OTHER_UUID = "01a200b5-5e17-7000-ae5c-cf2dc583fa9d"


def segment(value: Any) -> bytes:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")


async def test_a_token_of_ours_names_its_caller(
    authority: Authority, clock: Clock, forger: Any
) -> None:
    verified = authority.tokens.verify(forger.token(), clock.now)

    assert verified.principal.kind == "citizen"
    assert str(verified.principal.person_id) == forger.claims()["sub"]
    assert verified.principal.scopes == {"identity:read"}
    assert verified.jkt == forger.signer.thumbprint


@pytest.mark.parametrize(
    "head",
    [
        {"typ": "JWT"},
        {"typ": None},
        {"kid": "unknown"},
        {"kid": ""},
        {"crit": ["exp"]},
        {"jku": "https://evil.example/jwks"},
        {"x5u": "https://evil.example/cert"},
        {"zip": "DEF"},
        {"cty": "JWT"},
    ],
    ids=lambda head: str(*head.items()),
)
async def test_a_header_that_says_more_or_else_is_refused(
    authority: Authority, clock: Clock, forger: Any, head: dict[str, Any]
) -> None:
    with pytest.raises(TokenInvalid):
        authority.tokens.verify(forger.token(head=head), clock.now)


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "https://evil.example/v1"},
        {"aud": [f"{BASE_URL}/v1", "https://evil.example"]},
        {"aud": [f"{BASE_URL}/v1"]},
        {"aud": None},
        {"exp": None},
        {"iat": None},
        {"exp": "soon"},
        {"exp": 99999999999999999999},
        {"exp": True},
        {"cnf": None},
        {"cnf": {}},
        {"cnf": {"x5t#S256": "abc"}},
        {"jti": None},
        {"client_id": None},
        {"sub": "not a uuid"},
        {"sid": None},
        {"sid": "not a uuid"},
        {"ial": 3},
        {"ial": "2"},
        {"acr": "aal9"},
        {"auth_time": None},
    ],
    ids=lambda changed: str(*changed.items()),
)
async def test_claims_that_are_missing_or_untrue_are_refused(
    authority: Authority, clock: Clock, forger: Any, changed: dict[str, Any]
) -> None:
    with pytest.raises(TokenInvalid):
        authority.tokens.verify(forger.token(forger.claims(**changed)), clock.now)


async def test_an_id_token_is_no_access_token(
    authority: Authority, clock: Clock, forger: Any
) -> None:
    claims = forger.claims(aud="tinhs-app", cnf=None, client_id=None)

    with pytest.raises(TokenInvalid):
        authority.tokens.verify(forger.token(claims, {"typ": "JWT"}), clock.now)


async def test_algorithms_are_not_the_tokens_to_choose(
    authority: Authority, clock: Clock, forger: Any
) -> None:
    kid, reference = authority.keys.signing()
    key = authority.kms.load(reference)
    _, body, signature = forger.token().split(b".")
    stranger = generate_private_key(SECP256R1())
    header = {"typ": "at+jwt", "kid": kid}
    forged = [
        b".".join((segment({**header, "alg": "none"}), body, b"")),
        b".".join((segment({**header, "alg": "None"}), body, signature)),
        jwt.encode(  # with our public key for a secret
            forger.claims(),
            key.public_key().public_numbers().x.to_bytes(32, "big"),
            algorithm="HS256",
            headers=header,
        ).encode(),
        jwt.encode(forger.claims(), stranger, algorithm="ES256", headers=header).encode(),
    ]

    for token in forged:
        with pytest.raises(TokenInvalid):
            authority.tokens.verify(token, clock.now)


async def test_a_token_has_one_spelling(authority: Authority, clock: Clock, forger: Any) -> None:
    token = forger.token()
    head, body, signature = token.split(b".")
    alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    # The last character of 64 bytes carries four bits that are not used.
    twin = alphabet[alphabet.index(signature[-1]) ^ 1]
    respelt = [
        token + b"=",
        token + b"\n",
        b" " + token,
        token + b".",
        b".".join((head, body, signature[:-1] + bytes([twin]))),
        b".".join((head + b"=", body, signature)),
        b".".join((head, body, signature[:-2])),
        b"x" * 5000,
        b"..",
        b"",
        b"\xff\xfe.\xff.\xff",
    ]

    for text in respelt:
        with pytest.raises(TokenInvalid):
            authority.tokens.verify(text, clock.now)


async def test_a_deep_payload_is_refused_and_not_followed(
    authority: Authority, clock: Clock, forger: Any
) -> None:
    deep: Any = []
    for _ in range(400):
        deep = [deep]
    head = segment({"alg": "ES256", "typ": "at+jwt", "kid": deep})

    with pytest.raises(TokenInvalid):
        authority.tokens.verify(head + b".e30.AAAA", clock.now)


async def test_a_token_ends_even_if_it_was_just_remembered(
    authority: Authority, clock: Clock, forger: Any
) -> None:
    token = forger.token()
    authority.tokens.verify(token, clock.now)
    clock.advance(seconds=304)
    authority.tokens.verify(token, clock.now)  # clocks may differ by five seconds
    clock.advance(seconds=2)

    with pytest.raises(TokenInvalid):
        authority.tokens.verify(token, clock.now)


async def test_a_token_from_the_future_is_refused(
    authority: Authority, clock: Clock, forger: Any
) -> None:
    issued = int(clock.now.timestamp()) + 10

    with pytest.raises(TokenInvalid):
        authority.tokens.verify(forger.token(forger.claims(iat=issued)), clock.now)


async def test_only_so_many_tokens_are_remembered(
    authority: Authority, clock: Clock, forger: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("backend.identity.tokens._CACHED_MAX", 3)
    verifier = TokenVerifier(authority.keys, BASE_URL)

    for number in range(10):
        verifier.verify(forger.token(forger.claims(jti=str(number))), clock.now)

    assert len(verifier._cached) == 3


async def test_what_we_take_pyjwt_takes_too(
    authority: Authority, clock: Clock, forger: Any
) -> None:
    token = forger.token()
    _, reference = authority.keys.signing()
    key = authority.kms.load(reference)
    judged = _judge(key.public_key())
    taken = 0

    @settings(max_examples=400, suppress_health_check=[HealthCheck.nested_given])
    @given(
        place=st.integers(0, len(token) - 1),
        byte=st.sampled_from(b"ABCabc019-_.=+/ {}\x00\xff"),
        how=st.sampled_from(["replace", "insert", "delete"]),
    )
    def mutate(place: int, byte: int, how: str) -> None:
        nonlocal taken
        rest = token[place + 1 :] if how != "insert" else token[place:]
        middle = b"" if how == "delete" else bytes([byte])
        mutated = token[:place] + middle + rest
        try:
            TokenVerifier(authority.keys, BASE_URL).verify(mutated, clock.now)
        except TokenInvalid:
            return
        taken += 1
        assert mutated == token
        assert judged(mutated)

    mutate()
    assert judged(token)


def _judge(key: Any) -> Callable[[bytes], bool]:
    def judged(token: bytes) -> bool:
        claims = jwt.decode(
            token,
            key,
            algorithms=["ES256"],
            audience=f"{BASE_URL}/v1",
            issuer=BASE_URL,
            options={
                "require": ["exp", "iat", "sub", "jti"],
                "verify_exp": False,
                "verify_iat": False,
            },
        )
        return bool(claims)

    return judged
