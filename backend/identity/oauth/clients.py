"""Which program is calling: our app says so, a partner's proves it with its key (RFC 7523)."""

from datetime import timedelta
from hashlib import sha256
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from backend.identity.jws import Jwk, NotGenuine, Second, decoded, parts, public_key, verify
from backend.identity.oauth import repository
from backend.identity.oauth.call import Call
from backend.identity.oauth.errors import InvalidClient, InvalidRequest, SlowDown
from backend.identity.oauth.repository import Client
from backend.kernel import Transaction
from backend.kernel.rate import Allowance, spend

ASSERTION_TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_LIFE_MAX: Final = timedelta(minutes=5)
_LEEWAY: Final = timedelta(seconds=30)
_MINUTE: Final = timedelta(minutes=1)
_CALLS_PER_MINUTE: Final = 30
_FAILURES_PER_MINUTE: Final = 5
_CROWD: Final = 100
"""How many times as much comes from an address that a carrier gives to thousands."""


class Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The header of an assertion; RFC 7523 leaves `typ` open, so the usual ones are taken."""

    alg: Literal["ES256"]
    typ: Literal["JWT", "client-authentication+jwt"] = "JWT"
    kid: str | None = None


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What an assertion says. `aud` is one text: a list would let it be shown elsewhere too."""

    iss: str
    sub: str
    aud: str
    exp: Second
    jti: Annotated[str, Meta(min_length=1, max_length=256)]
    iat: Second | None = None
    nbf: Second | None = None


async def client_of(call: Call) -> Client:
    """Return the program that calls. Raises `InvalidClient`, `SlowDown` or `InvalidRequest`.

    Calls and failures are counted in transactions of their own: what is refused was still tried.
    """
    name = _named(call)
    await _count(call, "token", name, _CALLS_PER_MINUTE)
    try:
        async with call.authority.transaction() as tx:
            client = await tx.maybe(repository.CLIENT, name)
            if client is None:
                raise InvalidClient("no such client")
            if "client_assertion" in call.form:
                await _prove(tx, call, client)
            elif client.auth_method != "none":
                raise InvalidClient("the client must authenticate with private_key_jwt")
            return client
    except InvalidClient:
        await _count(call, "client failed", name, _FAILURES_PER_MINUTE)
        raise


def _named(call: Call) -> str:
    assertion = call.form.get("client_assertion")
    if assertion is None:
        return call.required("client_id")
    if call.form.get("client_assertion_type") != ASSERTION_TYPE:
        raise InvalidRequest(f"client_assertion_type must be {ASSERTION_TYPE}")
    claims = _read(assertion)[1]
    if call.form.get("client_id", claims.sub) != claims.sub:
        raise InvalidClient("client_id is not whom the assertion names")
    return claims.sub


async def _count(call: Call, name: str, client_id: str, per_minute: int) -> None:
    crowd = _CROWD if call.authority.is_crowded(call.address) else 1
    allowance = Allowance(
        name=f"identity: {name}",
        subject=f"{client_id}\n{call.address}",
        n=per_minute * crowd,
        per=_MINUTE,
    )
    async with call.authority.transaction() as tx:
        wait = await spend(tx, allowance)
    if wait:
        raise SlowDown("too many requests", headers={"Retry-After": str(wait)})


def _read(assertion: str) -> tuple[Head, Claims]:
    """Return what an assertion says, unverified."""
    try:
        _, head, body, _ = parts(assertion.encode())
        return (
            msgspec.json.decode(decoded(head), type=Head),
            msgspec.json.decode(decoded(body), type=Claims),
        )
    except (NotGenuine, msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise InvalidClient("the assertion cannot be read") from error


async def _prove(tx: Transaction, call: Call, client: Client) -> None:
    """Return if the client's key has signed the assertion, for us, just now, for the first time."""
    assertion = call.form["client_assertion"]
    head, claims = _read(assertion)
    now = call.now.timestamp()
    leeway, life = _LEEWAY.total_seconds(), _LIFE_MAX.total_seconds()
    begins = max(claims.iat or 0, claims.nbf or 0)
    if claims.iss != client.id or claims.sub != client.id or claims.aud != call.authority.issuer:
        raise InvalidClient("the assertion is not this client's, or not for this issuer")
    if claims.exp <= now - leeway or claims.exp > now + life + leeway or begins > now + leeway:
        raise InvalidClient("the assertion is not of now, or lives longer than five minutes")
    if not _is_signed(assertion, _keys(client, head.kid)):
        raise InvalidClient("the assertion is not signed with a key of this client")
    once = sha256(f"{client.id} {claims.jti}".encode()).digest()
    kept = call.now + 2 * (_LIFE_MAX + _LEEWAY)
    if not await tx.run(repository.NOTE_ONCE, "assertion", once, kept):
        raise InvalidClient("the assertion was used before")


def _keys(client: Client, kid: str | None) -> list[Jwk]:
    if client.auth_method != "private_key_jwt" or client.jwks is None:
        return []
    return [key for key in client.jwks.keys if kid is None or key.kid == kid]


def _is_signed(assertion: str, keys: list[Jwk]) -> bool:
    signed, _, _, signature = parts(assertion.encode())
    for jwk in keys:
        try:
            verify(public_key(jwk).key, signed, signature)
        except NotGenuine:
            continue
        return True
    return False
