"""What every step of signing in shares: whose browser it is, what the page shows, where it ends."""

import secrets
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode, urlsplit
from uuid import UUID

from litestar import Request, Response

from backend.identity.authority import Authority
from backend.identity.handlers import authority_of
from backend.identity.login import repository, work
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
from backend.identity.login.passkey import PasskeyLogin, asked_of
from backend.identity.login.phone import GUESSES_MAX, PhoneCode, number_of
from backend.identity.oauth import repository as oauth
from backend.identity.oauth.pushing import digest
from backend.identity.settings import Settings
from backend.kernel import Transaction
from backend.kernel.forms import URLENCODED, fields_of
from backend.kernel.locale import LANGUAGES, language
from backend.kernel.pages import page

COOKIE: Final = "__Host-ix"
METHODS: Final[Mapping[str, LoginMethod]] = {"phone": PhoneCode(), "passkey": PasskeyLogin()}
"""The ways to sign in that there are; settings choose among them."""
LIFE: Final = timedelta(minutes=10)
NO_STORE: Final = {"Cache-Control": "no-store"}

_CODE_LIFE: Final = timedelta(seconds=60)
_SAME_ORIGIN: Final = b"same-origin"

Act = Callable[[Transaction, Visitor, Form], Awaitable[Proved | Asked | Declined]]


async def acted(
    request: Request[Any, Any, Any], ix: UUID, method: LoginMethod, act: Act
) -> Response[Any]:
    """Let a method work on what the person has sent, and show what came of it."""
    authority = authority_of(request)
    form = await form_of(request)
    try:
        async with authority.transaction() as tx:
            visitor = await visitor_of(tx, authority, request, ix)
            if visitor is None or not is_offered(tx, visitor.ix, method):
                return unknown()
            outcome = await act(tx, visitor, form)
            if isinstance(outcome, Proved):
                return await finished(tx, authority, visitor.ix, outcome)
            if isinstance(outcome, Asked):
                return sent_to(f"/login/{ix}", {})
            declined = outcome
    except Withdrawn as withdrawn:
        declined = withdrawn.declined
    async with authority.transaction() as tx:
        visitor = await visitor_of(tx, authority, request, ix)
        if visitor is None:
            return unknown()
        return step(tx, visitor, request, declined)


async def finished(
    tx: Transaction, authority: Authority, ix: Interaction, proved: Proved
) -> Response[Any]:
    """Send the person back to the app with a code that only the app can use."""
    if not await tx.run(repository.FINISH, ix.id, tx.now):
        return unknown()
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
        proved.upstream,
        proved.upstream_sid_hash,
    )
    return sent_back(authority, ix, code=code)


def sent_back(authority: Authority, ix: Interaction, **said: str) -> Response[Any]:
    if ix.wanted.state:
        said["state"] = ix.wanted.state
    query = urlencode({**said, "iss": authority.issuer})
    uri = ix.wanted.redirect_uri
    joined = f"{uri}{'&' if urlsplit(uri).query else '?'}{query}"
    return sent_to(joined, {"Set-Cookie": cookie("", timedelta(0))})


async def visitor_of(
    tx: Transaction, authority: Authority, request: Request[Any, Any, Any], ix: UUID
) -> Visitor | None:
    """Return who is before the page, if it is the browser that this sign-in began in."""
    secret = secret_of(request)
    if secret is None or (request.method == "POST" and is_foreign(request, authority)):
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


def step(
    tx: Transaction,
    visitor: Visitor,
    request: Request[Any, Any, Any],
    declined: Declined | None = None,
) -> Response[str]:
    """Draw the page of the step at which the sign-in is."""
    ix, upstreams = visitor.ix, authority_of(request).upstreams
    is_working = declined is not None and declined.reason == "work"
    asks_again = is_working or "again" in request.query_params
    if ix.holder_id is not None:
        template = "identity/login_number.html"
    elif ix.phone_enc is not None and ix.sends and not asks_again:
        template = "identity/login_code.html"
    elif ix.upstream is not None:
        template = "identity/login_link.html"
    else:
        template = "identity/login.html"
    target = urlsplit(ix.wanted.redirect_uri)
    wait = {"Retry-After": str(declined.wait_seconds)} if declined and declined.wait_seconds else {}
    return page(
        template,
        status=declined.status if declined else 200,
        headers={**NO_STORE, **wait},
        # A browser counts where a form's answer redirects to as where the form goes.
        forms_to=f"{target.scheme}://{target.netloc}",
        path=f"/login/{ix.id}",
        offered=[name for name, method in METHODS.items() if is_offered(tx, ix, method)],
        upstreams=[
            (name, method.title) for name, method in upstreams.items() if is_offered(tx, ix, method)
        ],
        upstream=ix.upstream,
        declined=declined,
        minutes=-(-declined.wait_seconds // 60) if declined else 0,
        number=masked(number_of(visitor)) if ix.phone_enc is not None else "",
        guesses_left=GUESSES_MAX - ix.guesses,
        may_claim=ix.dpop_jkt is not None,
        passkey=asked_of(tx, visitor),
        work=work.challenge(visitor) if is_working else "",
        work_bits=work.BITS,
        scripts="own",
    )


def is_offered(tx: Transaction, ix: Interaction, method: LoginMethod) -> bool:
    return method.name in tx.ask(Settings).login_methods and method.offered_to(tx, ix)


async def form_of(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Return what a page sent; a body of another kind is an empty form. Raises `BadRequest`."""
    scope: Any = request.scope
    if scope["exchange"].media_type != URLENCODED:
        return {}
    return fields_of(await request.body())


def is_foreign(request: Request[Any, Any, Any], authority: Authority) -> bool:
    """Tell whether a form was sent from a page that is not ours.

    The cookie is not sent from there either. Our pages send no referrer, for which browsers make
    the origin of their forms `null`.
    """
    scope: Any = request.scope
    headers: Mapping[bytes, bytes] = scope["exchange"].headers
    if headers.get(b"sec-fetch-site", _SAME_ORIGIN) != _SAME_ORIGIN:
        return True
    return headers.get(b"origin", b"null") not in {b"null", authority.issuer.encode()}


def secret_of(request: Request[Any, Any, Any], name: str = COOKIE) -> str | None:
    """Return the secret of the one sign-in that this browser is at."""
    crumbs = [crumb.strip() for crumb in request.headers.get("cookie", "").split(";")]
    found = [crumb.partition("=")[2] for crumb in crumbs if crumb.startswith(f"{name}=")]
    return found[0] if len(found) == 1 and found[0] else None


def cookie(secret: str, life: timedelta) -> str:
    # Lax, not Strict: the browser comes back from an identity provider of another site.
    seconds = int(life.total_seconds())
    return f"{COOKIE}={secret}; Path=/; Secure; HttpOnly; SameSite=Lax; Max-Age={seconds}"


def sent_to(location: str, headers: Mapping[str, str]) -> Response[Any]:
    return Response(
        None,
        status_code=303,
        headers={**NO_STORE, "Location": location, **headers},
        media_type="text/html",
    )


def unknown() -> Response[str]:
    """Say that this link is over, never was, or belongs to another browser: all alike."""
    return page("identity/login_over.html", status=400, headers=NO_STORE)
