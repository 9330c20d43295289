"""Programs of partners prove with their key who they are, and what they send works once."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import uuid4

import httpx
import jwt
import msgspec
import pytest
from litestar import get

from backend.host.registry import discover
from backend.identity.signer import Signer
from backend.kernel import Injected, Module, Scope, Snapshot, everything, requires
from backend.kernel.database import Connection
from backend.testing import Clock
from backend.testing.callers import BASE_URL
from tests.identity.phone_app import NewApp, PhoneApp

SEE = Scope(name="atlas:see", kinds=frozenset({"partner"}), rule=everything())
MORE = Scope(name="atlas:more", kinds=frozenset({"partner"}), rule=everything())
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


@get("/seen", guards=[requires(SEE)])
async def see(snapshot: Injected[Snapshot]) -> dict[str, str]:
    return {"client": snapshot.principal.client_id}


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return [*discover(), Module(name="atlas", scopes=(SEE, MORE), routes=(see,))]


class Partner:
    """A registered program with a key to prove itself and another to sign its calls."""

    def __init__(self, client_id: str, app: PhoneApp) -> None:
        self.id, self.app, self.key = client_id, app, Signer()

    def claims(self, **changed: Any) -> dict[str, Any]:
        now = int(self.app.clock.now.timestamp())
        claims = {
            "iss": self.id,
            "sub": self.id,
            "aud": BASE_URL,
            "iat": now,
            "exp": now + 60,
            "jti": uuid4().hex,
            **changed,
        }
        return {name: value for name, value in claims.items() if value is not None}

    def assertion(self, *, head: Mapping[str, Any] | None = None, **changed: Any) -> str:
        return jwt.encode(
            self.claims(**changed), self.key._private, algorithm="ES256", headers=dict(head or {})
        )

    async def token(self, assertion: str, **more: str) -> httpx.Response:
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION,
            "client_assertion": assertion,
            **more,
        }
        return await self.app.send("/oauth/token", form)


Register = Callable[..., Awaitable[Partner]]


@pytest.fixture
def register(new_app: NewApp, connection: Connection) -> Register:
    async def register() -> Partner:
        partner = Partner(f"partner-{uuid4().hex[:8]}", new_app())
        jwk = {**msgspec.to_builtins(partner.key.jwk), "kid": "one"}
        await connection.execute(
            """
            insert into identity.client (id, kind, name, auth_method, scopes, jwks)
            values ($1, 'partner', 'Đối tác', 'private_key_jwt', '{atlas:see}', $2)
            """,
            partner.id,
            {"keys": [jwk]},
        )
        return partner

    return register


async def test_a_partner_gets_a_token_for_what_was_agreed(register: Register) -> None:
    partner = await register()

    answer = await partner.token(partner.assertion(head={"kid": "one"}))
    token = answer.json()["access_token"]
    url = f"{BASE_URL}/v1/atlas/seen"
    app = partner.app
    nonce = app._authority.proofs.nonce(app.clock.now)
    headers = app.signer.headers("GET", url, token, now=app.clock.now, nonce=nonce)
    seen = await app.client.get("/v1/atlas/seen", headers=headers)

    assert answer.json()["scope"] == "atlas:see"
    assert "refresh_token" not in answer.json()
    assert seen.json() == {"client": partner.id}


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "somebody"},
        {"aud": "https://evil.example"},
        {"aud": f"{BASE_URL}/oauth/token"},
        {"aud": [BASE_URL]},
        {"aud": [BASE_URL, "https://evil.example"]},
        {"exp": None},
        {"jti": None},
        {"jti": ""},
        {"life": 6 * 60},
        {"life": -40},
        {"not_before": 40},
        {"head": {"kid": "unknown"}},
        {"head": {"jku": "https://evil.example/jwks"}},
        {"head": {"typ": "at+jwt"}},
        {"head": {"crit": ["exp"]}},
    ],
    ids=str,
)
async def test_an_assertion_that_is_not_exactly_right_is_refused(
    register: Register, clock: Clock, changed: dict[str, Any]
) -> None:
    partner = await register()
    now = int(clock.now.timestamp())
    if "life" in changed:
        changed = {"exp": now + changed["life"]}
    if "not_before" in changed:
        changed = {"nbf": now + changed["not_before"]}

    answer = await partner.token(partner.assertion(**changed))

    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client"), answer.text


async def test_somebody_elses_key_is_refused(register: Register) -> None:
    partner, other = await register(), await register()

    forged = other.assertion(iss=partner.id, sub=partner.id)
    unsigned = jwt.encode(partner.claims(), "", algorithm="none")
    secret = jwt.encode(partner.claims(), "x" * 32, algorithm="HS256")

    for assertion in (forged, unsigned, secret, "x.y.z", "no"):
        answer = await partner.token(assertion)
        assert answer.json()["error"] == "invalid_client", assertion


async def test_an_assertion_works_once(register: Register) -> None:
    partner = await register()
    assertion = partner.assertion()

    first, second = await partner.token(assertion), await partner.token(assertion)

    assert (first.status_code, second.status_code) == (200, 401)


async def test_a_partner_cannot_just_say_who_it_is(register: Register) -> None:
    partner = await register()

    said = await partner.app.send(
        "/oauth/token", {"grant_type": "client_credentials", "client_id": partner.id}
    )
    named = await partner.token(partner.assertion(), client_id="tinhs-app")
    unkind = await partner.token(partner.assertion(), client_assertion_type="urn:other")

    assert said.json()["error"] == named.json()["error"] == "invalid_client"
    assert unkind.json()["error"] == "invalid_request"


async def test_each_kind_of_client_has_its_own_grants(register: Register) -> None:
    partner = await register()
    app = partner.app

    by_code = await partner.token(
        partner.assertion(), grant_type="authorization_code", **app.traded("x")
    )
    as_app = await app.token(grant_type="client_credentials")
    wider = await partner.token(partner.assertion(), scope="atlas:more")
    pushed = await app.send(
        "/oauth/par",
        {
            **app.wanted(client_id=partner.id),
            "client_assertion_type": ASSERTION,
            "client_assertion": partner.assertion(),
        },
    )

    assert by_code.json()["error"] == as_app.json()["error"] == "unauthorized_client"
    assert pushed.json()["error"] == "unauthorized_client"
    assert wider.json()["error"] == "invalid_scope"


async def test_a_disabled_partner_is_out(register: Register, connection: Connection) -> None:
    partner = await register()
    await connection.execute(
        "update identity.client set disabled_at = now() where id = $1", partner.id
    )

    assert (await partner.token(partner.assertion())).json()["error"] == "invalid_client"


async def test_failures_are_counted_and_do_not_lock_the_partner_out(register: Register) -> None:
    partner = await register()

    statuses = [(await partner.token("no.no.no", client_id=partner.id)).status_code]
    statuses += [
        (await partner.token(partner.assertion(aud="https://evil.example"))).status_code
        for _ in range(7)
    ]
    honest = await partner.token(partner.assertion())

    assert statuses == [401] * 6 + [429] * 2
    assert honest.status_code == 200


async def test_a_token_that_ends_by_itself_is_not_said_to_be_revoked(register: Register) -> None:
    partner, other = await register(), await register()
    token = (await partner.token(partner.assertion())).json()["access_token"]

    async def revoked(by: Partner) -> httpx.Response:
        form = {"client_assertion_type": ASSERTION, "client_assertion": by.assertion()}
        return await by.app.send("/oauth/revoke", {"token": token, **form})

    own, foreign = await revoked(partner), await revoked(other)

    assert (own.status_code, own.json()["error"]) == (400, "unsupported_token_type")
    assert foreign.status_code == 200
