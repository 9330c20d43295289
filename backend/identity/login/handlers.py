"""The pages on which a person signs in: drawn by the server, and working without a script."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.identity.authority import Authority
from backend.identity.handlers import authority_of
from backend.identity.login import repository
from backend.identity.login.method import (
    Asked,
    Declined,
    Form,
    Interaction,
    LoginMethod,
    Proved,
    Visitor,
    Withdrawn,
)
from backend.identity.login.numbers import masked
from backend.identity.login.phone import GUESSES_MAX, PhoneCode, number_of
from backend.identity.oauth import repository as oauth
from backend.identity.oauth.pushing import URN, digest
from backend.identity.settings import Settings
from backend.kernel import Anyone, Transaction
from backend.kernel.locale import LANGUAGES, language
from backend.kernel.pages import page

COOKIE: Final = "__Host-ix"
METHODS: Final[Mapping[str, LoginMethod]] = {"phone": PhoneCode()}
"""The ways to sign in that there are; settings choose among them."""

_LIFE: Final = timedelta(minutes=10)
_CODE_LIFE: Final = timedelta(seconds=60)
_NO_STORE: Final = {"Cache-Control": "no-store"}
_FORM: Final = b"application/x-www-form-urlencoded"
_SAME_ORIGIN: Final = b"same-origin"

Act = Callable[[Transaction, Visitor, Form], Awaitable[Proved | Asked | Declined]]


@get("/oauth/authorize", include_in_schema=False, guards=[Anyone()], media_type="text/html")
async def authorize(request: Request[Any, Any, Any]) -> Response[Any]:
    """Take up a pushed request, once, and show the person where to sign in.

    A bad request gets our own page: nobody is ever sent to an address that we have not checked.
    """
    authority = authority_of(request)
    client_id = request.query_params.get("client_id", "")
    reference = request.query_params.get("request_uri", "").removeprefix(URN)
    known = _secret(request)
    async with authority.transaction() as tx:
        begun = await tx.maybe(
            repository.ALREADY_BEGUN, digest(reference), client_id, digest(known or ""), tx.now
        )
        if begun is not None:  # the same browser again: a page that was loaded twice
            return _sent_to(f"/login/{begun.id}", {})
        ix = tx.new_id()
        pushed = await tx.maybe(oauth.TAKE_UP, digest(reference), client_id, ix, tx.now)
        if pushed is None:
            return _unknown()
        secret = secrets.token_urlsafe(32)
        await tx.run(
            repository.BEGIN,
            ix,
            digest(secret),
            client_id,
            msgspec.to_builtins(pushed.wanted),
            pushed.dpop_jkt,
            tx.now + _LIFE,
        )
    return _sent_to(f"/login/{ix}", {"Set-Cookie": _cookie(secret, _LIFE)})


@get("/login/{ix:uuid}", include_in_schema=False, guards=[Anyone()], media_type="text/html")
async def show_login(request: Request[Any, Any, Any], ix: FromPath[UUID]) -> Response[Any]:
    """Show the step at which this sign-in is."""
    authority = authority_of(request)
    async with authority.transaction() as tx:
        visitor = await _visitor(tx, authority, request, ix)
        if visitor is None:
            return _unknown()
        return _step(tx, visitor, request)


@post("/login/{ix:uuid}/phone", include_in_schema=False, guards=[Anyone()], status_code=303)
async def send_code(request: Request[Any, Any, Any], ix: FromPath[UUID]) -> Response[Any]:
    """Have a code sent to a phone."""
    return await _act(request, ix, METHODS["phone"], METHODS["phone"].start)


@post("/login/{ix:uuid}/code", include_in_schema=False, guards=[Anyone()], status_code=303)
async def take_code(request: Request[Any, Any, Any], ix: FromPath[UUID]) -> Response[Any]:
    """Compare a code; or take the answer to whose the number is."""
    return await _act(request, ix, METHODS["phone"], METHODS["phone"].finish)


@post("/login/{ix:uuid}/cancel", include_in_schema=False, guards=[Anyone()], status_code=303)
async def cancel(request: Request[Any, Any, Any], ix: FromPath[UUID]) -> Response[Any]:
    """Go back to the app without having signed in."""
    authority = authority_of(request)
    async with authority.transaction() as tx:
        visitor = await _visitor(tx, authority, request, ix)
        if visitor is None or not await tx.run(repository.FINISH, ix, tx.now):
            return _unknown()
        return _back(authority, visitor.ix, error="access_denied")


async def _act(
    request: Request[Any, Any, Any], ix: UUID, method: LoginMethod, act: Act
) -> Response[Any]:
    """Let a method work on what the person has sent, and show what came of it."""
    authority = authority_of(request)
    form = await _form(request)
    try:
        async with authority.transaction() as tx:
            visitor = await _visitor(tx, authority, request, ix)
            if visitor is None or not _is_offered(tx, visitor.ix, method):
                return _unknown()
            outcome = await act(tx, visitor, form)
            if isinstance(outcome, Proved):
                return await _finished(tx, authority, visitor.ix, outcome)
            if isinstance(outcome, Asked):
                return _sent_to(f"/login/{ix}", {})
            declined = outcome
    except Withdrawn as withdrawn:
        declined = withdrawn.declined
    async with authority.transaction() as tx:
        visitor = await _visitor(tx, authority, request, ix)
        if visitor is None:
            return _unknown()
        return _step(tx, visitor, request, declined)


async def _finished(
    tx: Transaction, authority: Authority, ix: Interaction, proved: Proved
) -> Response[Any]:
    """Send the person back to the app with a code that only the app can use."""
    if not await tx.run(repository.FINISH, ix.id, tx.now):
        return _unknown()
    code = secrets.token_urlsafe(32)
    await tx.run(
        oauth.ADD_CODE,
        digest(code),
        ix.client_id,
        ix.wanted.redirect_uri,
        ix.wanted.code_challenge,
        ix.dpop_jkt,
        ix.wanted.nonce,
        ix.wanted.scope,
        proved.person_id,
        proved.ial,
        proved.acr,
        proved.amr,
        tx.now,
        tx.now + _CODE_LIFE,
    )
    return _back(authority, ix, code=code)


def _back(authority: Authority, ix: Interaction, **said: str) -> Response[Any]:
    if ix.wanted.state:
        said["state"] = ix.wanted.state
    query = urlencode({**said, "iss": authority.issuer})
    uri = ix.wanted.redirect_uri
    joined = f"{uri}{'&' if urlsplit(uri).query else '?'}{query}"
    return _sent_to(joined, {"Set-Cookie": _cookie("", timedelta(0))})


async def _visitor(
    tx: Transaction, authority: Authority, request: Request[Any, Any, Any], ix: UUID
) -> Visitor | None:
    """Return who is before the page, if it is the browser that this sign-in began in."""
    secret = _secret(request)
    if secret is None or (request.method == "POST" and _is_foreign(request, authority)):
        return None
    found = await tx.maybe(repository.OPEN_INTERACTION, ix, digest(secret), tx.now)
    if found is None:
        return None
    scope: Any = request.scope
    exchange = scope["exchange"]
    wanted = {tag.partition("-")[0].lower() for tag in found.wanted.ui_locales}
    for spoken in LANGUAGES:
        if spoken in wanted:
            language.set(spoken)
            exchange.language = spoken
            break
    address = exchange.address
    is_crowded = authority.is_crowded(address)
    return Visitor(ix=found, address=address, is_crowded=is_crowded, kms=authority.kms)


def _step(
    tx: Transaction,
    visitor: Visitor,
    request: Request[Any, Any, Any],
    declined: Declined | None = None,
) -> Response[str]:
    """Draw the page of the step at which the sign-in is."""
    ix = visitor.ix
    if ix.holder_id is not None:
        template = "identity/login_number.html"
    elif ix.phone_enc is not None and ix.sends and "again" not in request.query_params:
        template = "identity/login_code.html"
    else:
        template = "identity/login.html"
    target = urlsplit(ix.wanted.redirect_uri)
    wait = {"Retry-After": str(declined.wait_seconds)} if declined and declined.wait_seconds else {}
    return page(
        template,
        status=declined.status if declined else 200,
        headers={**_NO_STORE, **wait},
        # A browser counts where a form's answer redirects to as where the form goes.
        forms_to=f"{target.scheme}://{target.netloc}",
        path=f"/login/{ix.id}",
        offered=[name for name, method in METHODS.items() if _is_offered(tx, ix, method)],
        declined=declined,
        minutes=-(-declined.wait_seconds // 60) if declined else 0,
        number=masked(number_of(visitor)) if ix.phone_enc is not None else "",
        guesses_left=GUESSES_MAX - ix.guesses,
        may_claim=ix.dpop_jkt is not None,
    )


def _is_offered(tx: Transaction, ix: Interaction, method: LoginMethod) -> bool:
    return method.name in tx.ask(Settings).login_methods and method.offered_to(tx, ix)


async def _form(request: Request[Any, Any, Any]) -> dict[str, str]:
    scope: Any = request.scope
    if scope["exchange"].media_type != _FORM:
        return {}
    try:
        return dict(parse_qsl((await request.body()).decode(), max_num_fields=20))
    except ValueError:
        return {}


def _is_foreign(request: Request[Any, Any, Any], authority: Authority) -> bool:
    """Tell whether a form was sent from a page that is not ours.

    The cookie is not sent from there either. Our pages send no referrer, for which browsers make
    the origin of their forms `null`.
    """
    scope: Any = request.scope
    headers: Mapping[bytes, bytes] = scope["exchange"].headers
    if headers.get(b"sec-fetch-site", _SAME_ORIGIN) != _SAME_ORIGIN:
        return True
    return headers.get(b"origin", b"null") not in {b"null", authority.issuer.encode()}


def _secret(request: Request[Any, Any, Any]) -> str | None:
    """Return the secret of the one sign-in that this browser is at."""
    crumbs = [crumb.strip() for crumb in request.headers.get("cookie", "").split(";")]
    found = [crumb.partition("=")[2] for crumb in crumbs if crumb.startswith(f"{COOKIE}=")]
    return found[0] if len(found) == 1 and found[0] else None


def _cookie(secret: str, life: timedelta) -> str:
    # Lax, not Strict: the browser comes back from an identity provider of another site.
    seconds = int(life.total_seconds())
    return f"{COOKIE}={secret}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={seconds}"


def _sent_to(location: str, headers: Mapping[str, str]) -> Response[Any]:
    return Response(
        None,
        status_code=303,
        headers={**_NO_STORE, "Location": location, **headers},
        media_type="text/html",
    )


def _unknown() -> Response[str]:
    """Say that this link is over, never was, or belongs to another browser: all alike."""
    return page("identity/login_over.html", status=400, headers=_NO_STORE)
