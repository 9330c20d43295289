"""The pages on which a person signs in: drawn by the server, and working without a script."""

import secrets
from typing import Any
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.identity.handlers import authority_of
from backend.identity.login import repository
from backend.identity.login.visiting import (
    LIFE,
    METHODS,
    acted,
    cookie,
    secret_of,
    sent_back,
    sent_to,
    step,
    unknown,
    visitor_of,
)
from backend.identity.oauth import repository as oauth
from backend.identity.oauth.pushing import URN, digest
from backend.kernel import Anyone


@get("/oauth/authorize", include_in_schema=False, guards=[Anyone()], media_type="text/html")
async def authorize(request: Request[Any, Any, Any]) -> Response[Any]:
    """Take up a pushed request, once, and show the person where to sign in.

    A bad request gets our own page: nobody is ever sent to an address that we have not checked.
    """
    authority = authority_of(request)
    client_id = request.query_params.get("client_id", "")
    reference = request.query_params.get("request_uri", "").removeprefix(URN)
    known = secret_of(request)
    async with authority.transaction() as tx:
        begun = await tx.maybe(
            repository.ALREADY_BEGUN, digest(reference), client_id, digest(known or ""), tx.now
        )
        if begun is not None:  # the same browser again: a page that was loaded twice
            return sent_to(f"/login/{begun.id}", {})
        ix = tx.new_id()
        pushed = await tx.maybe(oauth.TAKE_UP, digest(reference), client_id, ix, tx.now)
        if pushed is None:
            return unknown()
        secret = secrets.token_urlsafe(32)
        await tx.run(
            repository.BEGIN,
            ix,
            digest(secret),
            client_id,
            msgspec.to_builtins(pushed.wanted),
            pushed.dpop_jkt,
            tx.now + LIFE,
        )
    return sent_to(f"/login/{ix}", {"Set-Cookie": cookie(secret, LIFE)})


@get("/login/{ix:uuid}", include_in_schema=False, guards=[Anyone()], media_type="text/html")
async def show_login(request: Request[Any, Any, Any], ix: FromPath[UUID]) -> Response[Any]:
    """Show the step at which this sign-in is."""
    authority = authority_of(request)
    async with authority.transaction() as tx:
        visitor = await visitor_of(tx, authority, request, ix)
        if visitor is None:
            return unknown()
        return step(tx, visitor, request)


@post("/login/{ix:uuid}/phone", include_in_schema=False, guards=[Anyone()], status_code=303)
async def send_code(request: Request[Any, Any, Any], ix: FromPath[UUID]) -> Response[Any]:
    """Have a code sent to a phone."""
    return await acted(request, ix, METHODS["phone"], METHODS["phone"].start)


@post("/login/{ix:uuid}/code", include_in_schema=False, guards=[Anyone()], status_code=303)
async def take_code(request: Request[Any, Any, Any], ix: FromPath[UUID]) -> Response[Any]:
    """Compare a code; or take the answer to whose the number is."""
    return await acted(request, ix, METHODS["phone"], METHODS["phone"].finish)


@post("/login/{ix:uuid}/passkey", include_in_schema=False, guards=[Anyone()], status_code=303)
async def take_passkey(request: Request[Any, Any, Any], ix: FromPath[UUID]) -> Response[Any]:
    """Judge what a passkey has answered to the challenge of the page."""
    return await acted(request, ix, METHODS["passkey"], METHODS["passkey"].finish)


@post("/login/{ix:uuid}/cancel", include_in_schema=False, guards=[Anyone()], status_code=303)
async def cancel(request: Request[Any, Any, Any], ix: FromPath[UUID]) -> Response[Any]:
    """Go back to the app without having signed in."""
    authority = authority_of(request)
    async with authority.transaction() as tx:
        visitor = await visitor_of(tx, authority, request, ix)
        if visitor is None or not await tx.run(repository.FINISH, ix, tx.now):
            return unknown()
        return sent_back(authority, visitor.ix, error="access_denied")
