"""The way to a provider and back, and the provider's own call when somebody signs out there."""

import logging
import secrets
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.identity.authority import Authority
from backend.identity.handlers import authority_of
from backend.identity.jws import NotGenuine
from backend.identity.login.method import Asked, Declined, Proved
from backend.identity.login.visiting import (
    NO_STORE,
    acted,
    finished,
    is_offered,
    secret_of,
    sent_to,
    step,
    unknown,
    visitor_of,
)
from backend.identity.oauth import repository as oauth
from backend.identity.oauth.pushing import digest
from backend.identity.upstream import linking, repository
from backend.identity.upstream.method import AtProvider, browser, named, proof_of, trips
from backend.identity.upstream.tokens import LEEWAY, LOGOUT_EVENT, LOGOUT_LIFE, LOGOUT_TYPE, Claims
from backend.kernel import Anyone, BadRequest
from backend.kernel.forms import fields_of
from backend.kernel.outside import Unreachable

_LOG: Final = logging.getLogger("tinhs.identity")
_REFUSED: Final = Declined(reason="up_refused", status=403)
_FAILED: Final = Declined(reason="up_failed", status=422)
_AWAY: Final = Declined(reason="up_away", status=503, wait_seconds=10)


@get(
    "/login/{ix:uuid}/up/{name:str}",
    include_in_schema=False,
    guards=[Anyone()],
    media_type="text/html",
)
async def go_up(
    request: Request[Any, Any, Any], ix: FromPath[UUID], name: FromPath[str]
) -> Response[Any]:
    """Send the browser to a provider, to come back with the state that it takes along."""
    authority = authority_of(request)
    method = authority.upstreams.get(name)
    if method is None:
        return unknown()
    trip, *_ = trips(authority.kms, secrets.token_urlsafe(32))
    async with authority.transaction() as tx:
        visitor = await visitor_of(tx, authority, request, ix)
        if visitor is None or not is_offered(tx, visitor.ix, method):
            return unknown()
        await method.start(tx, visitor, {"state_hash": trip.state_hash.hex()})
    try:
        address = await method.provider.address(trip)
    except (Unreachable, NotGenuine) as error:
        _LOG.warning("the identity provider %s cannot be asked: %s", name, error)
        return await _shown(request, authority, ix, _AWAY)
    return sent_to(address, {"Referrer-Policy": "no-referrer"})


@post("/login/{ix:uuid}/up/{name:str}", include_in_schema=False, guards=[Anyone()], status_code=303)
async def go_on(
    request: Request[Any, Any, Any], ix: FromPath[UUID], name: FromPath[str]
) -> Response[Any]:
    """Go on without a number."""
    method = authority_of(request).upstreams.get(name)
    return unknown() if method is None else await acted(request, ix, method, method.finish)


@get("/login/cb/{name:str}", include_in_schema=False, guards=[Anyone()], media_type="text/html")
async def come_back(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[Any]:
    """Take the browser back from a provider, and ask the provider whom it has sent."""
    authority = authority_of(request)
    method = authority.upstreams.get(name)
    query = request.query_params
    state, secret = query.get("state", ""), secret_of(request)
    if method is None or secret is None:
        return unknown()
    known = trips(authority.kms, state)
    async with authority.transaction() as tx:
        round_ = await tx.maybe(
            repository.RETURN,
            [trip.state_hash for trip in known],
            name,
            digest(secret),
            tx.now,
        )
    if round_ is None:
        return unknown()
    if query.get("iss", method.provider.upstream.expected_issuer) != (
        method.provider.upstream.expected_issuer
    ):  # RFC 9207: another provider has answered in this one's place
        return await _shown(request, authority, round_.ix, _FAILED)
    (trip,) = (trip for trip in known if trip.state_hash == round_.state_hash)
    code = query.get("code", "")
    if not code or "error" in query:
        return await _shown(request, authority, round_.ix, _REFUSED)
    try:
        said = await method.provider.told(code, trip)
        proof = proof_of(authority.kms, method.provider, round_, said)
    except Unreachable as error:
        _LOG.warning("the identity provider %s did not answer: %s", name, error)
        return await _shown(request, authority, round_.ix, _AWAY)
    except NotGenuine:
        _LOG.warning("the identity provider %s said what cannot be believed", name)
        return await _shown(request, authority, round_.ix, _FAILED)
    async with authority.transaction() as tx:
        visitor = await visitor_of(tx, authority, request, round_.ix)
        if visitor is None:
            return unknown()
        outcome = await linking.arrived(tx, visitor, proof)
        if isinstance(outcome, Proved):
            return await finished(tx, authority, visitor.ix, outcome)
        if isinstance(outcome, Asked):
            return sent_to(f"/login/{visitor.ix.id}", {})
        return step(tx, visitor, request, outcome)


async def _shown(
    request: Request[Any, Any, Any], authority: Authority, ix: UUID, declined: Declined
) -> Response[Any]:
    """Show the step again, and why it did not work."""
    async with authority.transaction() as tx:
        visitor = await visitor_of(tx, authority, request, ix)
        if visitor is None:
            return unknown()
        return step(tx, visitor, request, declined)


@post(
    "/oauth/backchannel-logout/{name:str}",
    include_in_schema=False,
    guards=[Anyone()],
    status_code=200,
)
async def log_out(request: Request[Any, Any, Any], name: FromPath[str]) -> Response[Any]:
    """End what began with a session of the provider (OpenID Connect Back-Channel Logout §2.5)."""
    authority = authority_of(request)
    method = authority.upstreams.get(name)
    if method is None:
        return _refused("there is no such provider")
    try:
        form = fields_of(await request.body())
        claims = await _logout(method, form.get("logout_token", ""))
        once = sha256(f"{name} {claims.jti}".encode()).digest()
    except (NotGenuine, ValueError, BadRequest):
        return _refused("the logout token is not valid")
    except Unreachable as error:
        _LOG.warning("the keys of the identity provider %s are out of reach: %s", name, error)
        return _refused("the token cannot be checked now")
    async with authority.transaction() as tx:
        kept = tx.now + 2 * (LOGOUT_LIFE + LEEWAY)
        if not await tx.run(oauth.NOTE_ONCE, "logout", once, kept):
            return _refused("the logout token was used before")
        if claims.sid is not None:
            ended = await tx.all(
                repository.END_BY_SID, name, browser(authority.kms, name, claims.sid), tx.now
            )
        else:
            subject = named(authority.kms, name, claims.sub or "")
            ended = await tx.all(repository.END_BY_SUB, name, subject.known, tx.now)
    _LOG.info("the identity provider %s has ended %d sessions", name, len(ended))
    return Response(None, status_code=200, headers=NO_STORE)


async def _logout(method: AtProvider, token: str) -> Claims:
    """Return what a logout token says (§2.6). Raises `NotGenuine`."""
    head, claims, _ = await method.provider.read(token.encode())
    lived = claims.exp - claims.iat
    if (
        head.typ.lower() != LOGOUT_TYPE
        or claims.events is None
        or LOGOUT_EVENT not in claims.events
        or claims.nonce is not None
        or claims.jti is None
        or (claims.sub is None and claims.sid is None)
        or lived > LOGOUT_LIFE.total_seconds()
    ):
        raise NotGenuine
    return claims


def _refused(why: str) -> Response[Any]:
    return Response(
        {"error": "invalid_request", "error_description": why}, status_code=400, headers=NO_STORE
    )


UPSTREAM: Final = (go_up, go_on, come_back, log_out)
"""Every route to and from providers."""
