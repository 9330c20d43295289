"""Proofs of possession, through the front door: every request is signed by the caller's device."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any

import httpx
import jwt
import msgspec
import pytest

from backend.identity import dpop
from backend.identity.authority import Authority
from backend.identity.dpop import Head
from backend.identity.jws import decoded, parts, public_key, verify
from backend.identity.signer import Signer
from backend.testing import Caller, Client, Clock
from backend.testing.callers import BASE_URL
from tests.identity.proving import PATH, challenge

RFC_9449_PROOF = (  # figure 2; its thumbprint is in section 6.1
    b"eyJ0eXAiOiJkcG9wK2p3dCIsImFsZyI6IkVTMjU2IiwiandrIjp7Imt0eSI6IkVDIiwieCI6Imw4dEZyaHgtMz"
    b"R0VjNoUklDUkRZOXpDa0RscEJoRjQyVVFVZldWQVdCRnMiLCJ5IjoiOVZFNGpmX09rX282NHpiVFRsY3VOSmFq"
    b"SG10NnY5VERWclUwQ2R2R1JEQSIsImNydiI6IlAtMjU2In19.eyJqdGkiOiItQndDM0VTYzZhY2MybFRjIiwiaHR"
    b"tIjoiUE9TVCIsImh0dSI6Imh0dHBzOi8vc2VydmVyLmV4YW1wbGUuY29tL3Rva2VuIiwiaWF0IjoxNTYyMjYyNjE"
    b"2fQ.2-GxA6T8lP4vfrg8v-FdWP0A0zdrj8igiMLvqRMUvwnQg4PtFLbdLXiOSsX0x7NVY-FNyJK70nfbV37xRZT3"
    b"Lg"
)
URL = f"{BASE_URL}{PATH}"


def ath(token: str) -> str:
    return jwt.utils.base64url_encode(sha256(token.encode()).digest()).decode()


Send = Callable[..., Any]


@pytest.fixture
def send(client: Client, authority: Authority, clock: Clock, signer: Signer, token: str) -> Send:
    """Sends a request whose proof differs from a good one in what is named; None leaves it out."""

    async def send(
        key: Any = None,
        head: dict[str, Any] | None = None,
        path: str = PATH,
        scheme: str = "DPoP",
        method: str = "GET",
        **changed: Any,
    ) -> httpx.Response:
        claims: dict[str, Any] = {
            "jti": "one",
            "htm": method,
            "htu": URL,
            "iat": int(clock.now.timestamp()),
            "ath": ath(token),
            "nonce": authority.proofs.nonce(clock.now),
            **changed,
        }
        proof = jwt.encode(
            {name: value for name, value in claims.items() if value is not None},
            key or signer._private,
            algorithm="ES256",
            headers={"typ": "dpop+jwt", "jwk": msgspec.to_builtins(signer.jwk), **(head or {})},
        )
        shown = {"Authorization": f"{scheme} {token}", "DPoP": proof}
        return await client.request(method, path, headers=shown)

    return send


async def test_a_good_proof_opens_the_door(send: Send) -> None:
    answer = await send()

    assert answer.status_code == 200
    assert answer.json()["acr"] == "aal1"


async def test_a_head_is_signed_as_a_head(send: Send) -> None:
    assert (await send(method="HEAD")).status_code == 200
    assert (await send(method="HEAD", htm="GET")).status_code == 401


@pytest.mark.parametrize(
    "changed",
    [
        {"htm": "POST"},
        {"htm": "get"},
        {"htm": None},
        {"htu": f"{BASE_URL}/v1/other"},
        {"htu": "http://evil.example/v1/account"},
        {"htu": f"https{URL[4:]}"},
        {"htu": "http://[::1"},
        {"htu": f" {URL}"},
        {"htu": URL.replace("/v1/", "/v1%2F")},
        {"htu": URL.replace("/v1", "\t/v1")},
        {"htu": None},
        {"ath": ath("another token")},
        {"ath": None},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"iat": None},
        {"iat": "now"},
        {"iat": -1},
        {"iat": 10**30},
        {"exp": 1},
        {"nbf": 9_999_999_999},
        {"head": {"typ": "JWT"}},
        {"head": {"typ": None}},
        {"head": {"jwk": None}},
        {"head": {"kid": "more"}},
        {"head": {"crit": ["jwk"]}},
    ],
    ids=lambda changed: str(*changed.items()),
)
async def test_a_proof_of_something_else_is_refused(send: Send, changed: dict[str, Any]) -> None:
    answer = await send(**changed)

    assert answer.status_code == 401
    assert challenge(answer) == "invalid_dpop_proof"
    assert answer.headers["dpop-nonce"]


async def test_the_address_may_be_spelt_otherwise(send: Send) -> None:
    for spelling in (f"{URL}?a=b", f"{URL}#here", URL.replace("http", "HTTP", 1),
                     URL.replace("testserver", "TestServer"), URL.replace(".local", ".local:80"),
                     URL.replace("account", "%61ccount")):  # fmt: skip
        assert (await send(htu=spelling)).status_code == 200, spelling


async def test_the_rfcs_own_example_is_a_genuine_proof() -> None:
    signed, head, _, signature = parts(RFC_9449_PROOF)
    key = public_key(msgspec.json.decode(decoded(head), type=Head).jwk)

    verify(key.key, signed, signature)

    assert key.thumbprint == "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I"


async def test_a_private_key_in_the_header_is_refused(send: Send, signer: Signer) -> None:
    jwk = {**msgspec.to_builtins(signer.jwk), "d": "A" * 43}

    assert challenge(await send(head={"jwk": jwk})) == "invalid_dpop_proof"


async def test_the_token_of_another_device_is_refused(send: Send) -> None:
    thief = Signer()

    with_own_key = await send(key=thief._private, head={"jwk": msgspec.to_builtins(thief.jwk)})
    with_the_victims_name = await send(key=thief._private)

    assert challenge(with_own_key) == challenge(with_the_victims_name) == "invalid_dpop_proof"


async def test_a_bound_token_shown_as_a_mere_bearers_is_refused(
    send: Send, client: Client, token: str
) -> None:
    bearer = await client.get(PATH, headers={"Authorization": f"Bearer {token}"})
    bearer_with_proof = await send(scheme="Bearer")
    basic = await client.get(PATH, headers={"Authorization": "Basic YTpi"})

    for answer in (bearer, bearer_with_proof, basic):
        assert (answer.status_code, challenge(answer)) == (401, "invalid_token")


async def test_a_token_without_a_proof_is_refused(client: Client, token: str) -> None:
    answer = await client.get(PATH, headers={"Authorization": f"DPoP {token}"})

    assert (answer.status_code, challenge(answer)) == (401, "invalid_dpop_proof")


@pytest.mark.parametrize("nonce", [None, "", "stale"])
async def test_a_missing_or_stale_nonce_is_answered_with_a_fresh_one(
    send: Send, nonce: str | None
) -> None:
    first = await send(nonce=nonce)
    second = await send(nonce=first.headers["dpop-nonce"])

    assert (first.status_code, challenge(first)) == (401, "use_dpop_nonce")
    assert second.status_code == 200
    assert second.headers["dpop-nonce"]


async def test_a_nonce_serves_for_minutes_and_no_longer(authority: Authority, clock: Clock) -> None:
    nonce = authority.proofs.nonce(clock.now)

    clock.advance(minutes=3)
    assert nonce in authority.proofs._accepted(clock.now)
    clock.advance(minutes=1)
    assert nonce not in authority.proofs._accepted(clock.now)


async def test_a_phone_may_be_five_minutes_off_and_is_told_when_it_is_more(
    send: Send, clock: Clock
) -> None:
    now = int(clock.now.timestamp())

    for seconds in (-299, 299):
        assert (await send(iat=now + seconds)).status_code == 200
    for seconds in (-302, 302):
        answer = await send(iat=now + seconds)
        assert answer.status_code == 401
        assert answer.json()["type"].endswith("/identity/proof-untimely")


async def test_with_the_patience_of_a_data_centre_phones_would_be_locked_out(
    send: Send, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: five seconds are plenty between servers, and few phones keep to them."""
    monkeypatch.setattr(dpop, "CLOCKS_DIFFER_MAX", timedelta(seconds=5))
    now = int(clock.now.timestamp())

    answers = [await send(iat=now + seconds, jti=str(seconds)) for seconds in (-60, 4, 60)]

    assert [answer.status_code for answer in answers] == [401, 200, 401]


async def test_a_read_may_be_sent_again_by_the_network(send: Send) -> None:
    assert [(await send(jti="twice")).status_code for _ in range(2)] == [200, 200]


async def test_two_credentials_are_one_too_many(client: Client, token: str) -> None:
    show = ("Authorization", f"DPoP {token}")
    proof = ("DPoP", "x.y.z")
    cookie = ("Cookie", "theme=dark; __Host-console=abc")

    for headers in ([show, show, proof], [show, proof, proof], [show, proof, cookie],
                    [("Cookie", "__Host-console=a; __Host-console=b")],
                    [("Cookie", "__Host-console=a"), ("Cookie", "__Host-console=b")]):  # fmt: skip
        answer = await client.get(PATH, headers=headers)
        assert answer.status_code == 400, headers


async def test_a_proof_that_nests_deeply_is_refused(
    client: Client, token: str, signer: Signer
) -> None:
    deep = "[" * 900 + "]" * 900
    head = signer.proof("GET", URL, now=Clock().now, token=token).split(".")[0]
    body = jwt.utils.base64url_encode(f'{{"more":{deep}}}'.encode()).decode()

    answer = await client.get(
        PATH, headers={"Authorization": f"DPoP {token}", "DPoP": f"{head}.{body}.AAAA"}
    )

    assert (answer.status_code, challenge(answer)) == (401, "invalid_dpop_proof")


async def test_a_bad_credential_is_refused_at_an_open_door_too(client: Client) -> None:
    answer = await client.get("/oauth/jwks", headers={"Authorization": "DPoP nonsense"})

    assert (answer.status_code, challenge(answer)) == (401, "invalid_token")


async def test_requests_of_one_device_may_come_at_once(
    as_citizen: Callable[..., Caller], reading: Any
) -> None:
    citizen = as_citizen(reading)

    answers = await asyncio.gather(*(citizen.get(PATH) for _ in range(20)))

    assert {answer.status_code for answer in answers} == {200}
