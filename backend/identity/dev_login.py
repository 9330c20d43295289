"""`/dev/login`: sign in as a demo person, with a real session. Only on a developer's own machine.

`/dev/outbox` shows the codes that a phone would have received.

The host adds these routes when `TINHS_ENV` is `dev`, and refuses to start if anyone but this
machine could reach them.
"""

from typing import Annotated, Any, Final, Literal

import msgspec
from litestar import Request, Response, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from backend.identity import demo
from backend.identity.account.entering import HOME, account_cookie, every_scope
from backend.identity.authority import Authority
from backend.identity.entry import COOKIE, WEB
from backend.identity.handlers import authority_of
from backend.identity.jws import Jwk, NotGenuine, public_key
from backend.identity.login.sms import outbox
from backend.identity.minting import (
    AMR,
    ConsoleLogin,
    Login,
    keep_citizen,
    mint_citizen,
    mint_console_session,
    mint_partner,
    mint_staff,
    mint_ward,
    open_account,
)
from backend.identity.people.recording import is_nameless, record_identifier, record_who
from backend.identity.tokens import LIFE
from backend.kernel import Anyone, BadRequest, DomainError, Transaction
from backend.kernel.pages import page
from contracts.demo import demo_id
from contracts.problem import Fault

_NO_STORE: Final = {"Cache-Control": "no-store"}
_LETTERS_MAX: Final = 50


class DemoPersonUnknown(DomainError):
    """There is no demo person of that name; `GET /dev/login` lists them."""

    slug = "identity/demo-person-unknown"
    status = 404


class Wish(msgspec.Struct, frozen=True, kw_only=True, rename={"who": "as"}):
    """Whom to sign in, and the key of the device that the token is to be bound to.

    `acr` steps a citizen up: `aal2`, as if with a passkey.
    """

    who: str
    jwk: Jwk | None = None
    acr: Literal["aal1", "aal2"] | None = None


class SignedIn(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="token"):
    """An access token (RFC 6749 §5.1); it is worth nothing without the key."""

    access_token: str
    scope: str
    token_type: Literal["DPoP"] = "DPoP"  # noqa: S105 - a type, not a token
    expires_in: int = int(LIFE.total_seconds())


class ConsoleOpened(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="console"):
    """An officer's session; the cookie comes in `Set-Cookie` too."""

    cookie: str
    csrf: str


@get("/dev/login", include_in_schema=False, guards=[Anyone()], media_type="text/html")
async def show_demo_people() -> Response[str]:
    """List the demo people and how to be one of them."""
    return page(
        "identity/dev_login.html",
        headers=_NO_STORE,
        citizens=demo.CITIZENS,
        officers=demo.OFFICERS,
        partners=demo.PARTNERS,
    )


@get("/dev/outbox", include_in_schema=False, guards=[Anyone()])
async def show_outbox(request: Request[Any, Any, Any]) -> Response[Any]:
    """Show the text messages that were not sent to anybody, the newest first."""
    letters = outbox(authority_of(request).data_dir, at_most=_LETTERS_MAX)
    if "json" in request.headers.get("accept", ""):
        return Response({"items": letters}, headers=_NO_STORE, media_type="application/json")
    return page("identity/dev_outbox.html", headers=_NO_STORE, letters=letters)


@post("/dev/login", include_in_schema=False, guards=[Anyone()], status_code=200)
async def sign_in(
    request: Request[Any, Any, Any], data: Annotated[Wish, Body()]
) -> Response[SignedIn | ConsoleOpened]:
    """Sign in as a demo person: a token for citizens and partners, a cookie for officers."""
    authority = authority_of(request)
    if data.who in demo.OFFICERS:
        login = await _open_console(authority, data.who)
        opened = ConsoleOpened(cookie=login.cookie, csrf=login.csrf)
        return Response(opened, headers={**_NO_STORE, "Set-Cookie": _cookie(login)})
    if data.who not in demo.CITIZENS and data.who not in demo.PARTNERS:
        raise DemoPersonUnknown
    jkt = _thumbprint(data.jwk)
    if data.who in demo.CITIZENS:
        signed_in = await _sign_in_citizen(authority, data.who, jkt, data.acr)
    else:
        signed_in = await _sign_in_partner(authority, data.who, jkt)
    return Response(signed_in, headers=_NO_STORE)


@post("/dev/login/browser", include_in_schema=False, guards=[Anyone()], status_code=303)
async def sign_in_browser(
    request: Request[Any, Any, Any],
    data: Annotated[Wish, Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[None]:
    """Sign an officer or a citizen in from the page that lists them."""
    authority = authority_of(request)
    if data.who in demo.CITIZENS:
        kept = account_cookie(await _open_account(authority, data.who))
        headers = {**_NO_STORE, "Set-Cookie": kept, "Location": HOME}
    elif data.who in demo.OFFICERS:
        login = await _open_console(authority, data.who)
        headers = {**_NO_STORE, "Set-Cookie": _cookie(login), "Location": "/console"}
    else:
        raise DemoPersonUnknown
    return Response(None, headers=headers, status_code=303, media_type="text/html")


def _thumbprint(jwk: Jwk | None) -> str:
    if jwk is None:
        raise BadRequest(errors=[Fault(pointer="/jwk", code="required")])
    try:
        return public_key(jwk).thumbprint
    except NotGenuine as error:
        raise BadRequest(errors=[Fault(pointer="/jwk", code="format")]) from error


async def _sign_in_citizen(
    authority: Authority, key: str, jkt: str, acr: Literal["aal1", "aal2"] | None
) -> SignedIn:
    citizen = demo.CITIZENS[key]
    person_id = demo.person_id(key)
    scopes = every_scope(authority)
    async with authority.transaction() as tx:
        session = await mint_citizen(
            tx, jkt=jkt, scopes=scopes, ial=citizen.ial, acr=acr or citizen.acr, person_id=person_id
        )
        await _be_somebody(tx, key)
    return SignedIn(access_token=authority.person_token(session), scope=session.scope)


async def _open_account(authority: Authority, key: str) -> str:
    """Sign a citizen in, in a browser; return the cookie."""
    citizen = demo.CITIZENS[key]
    person_id = demo.person_id(key)
    async with authority.transaction() as tx:
        await keep_citizen(tx, person_id, ial=citizen.ial)
        cookie = await open_account(
            tx,
            Login(
                person_id=person_id,
                client_id=WEB,
                scope=" ".join(every_scope(authority)),
                ial=citizen.ial,
                acr=citizen.acr,
                amr=AMR[citizen.acr],
                auth_time=tx.now,
            ),
        )
        await _be_somebody(tx, key)
    return cookie


async def _be_somebody(tx: Transaction, key: str) -> None:
    """Give a demo citizen a name, a number and a child, as they have them."""
    citizen, person_id = demo.CITIZENS[key], demo.person_id(key)
    if await is_nameless(tx, person_id):
        await record_who(tx, person_id, name=citizen.name)
        if citizen.national_id:
            number = citizen.national_id
            await record_identifier(tx, person_id, "national_id", number, source="import")
    if citizen.has_child:
        await mint_ward(tx, guardian_id=person_id, ward_id=demo_id("person", f"{key}-child"))


async def _sign_in_partner(authority: Authority, key: str, jkt: str) -> SignedIn:
    partner, client_id = demo.PARTNERS[key], demo.client_id(key)
    scopes = [s.name for s in authority.scopes if "partner" in s.kinds]
    purposes = {purpose for s in authority.scopes if "partner" in s.kinds for purpose in s.purposes}
    async with authority.transaction() as tx:
        await mint_partner(
            tx, client_id=client_id, name=partner.name, scopes=scopes, purposes=purposes
        )
    token = authority.partner_token(client_id=client_id, scopes=scopes, jkt=jkt)
    return SignedIn(access_token=token, scope=" ".join(sorted(scopes)))


async def _open_console(authority: Authority, key: str) -> ConsoleLogin:
    officer = demo.OFFICERS[key]
    async with authority.transaction() as tx:
        staff_id = await mint_staff(
            tx,
            name=officer.name,
            roles=officer.roles,
            agency_id=demo.agency_id(officer),
            areas=[officer.unit_code],
            staff_id=demo.staff_id(key),
        )
        return await mint_console_session(tx, staff_id)


def _cookie(login: ConsoleLogin) -> str:
    return f"{COOKIE}={login.cookie}; Path=/; Secure; HttpOnly; SameSite=Strict"


DEV_ROUTES: Final = (show_demo_people, show_outbox, sign_in, sign_in_browser)
