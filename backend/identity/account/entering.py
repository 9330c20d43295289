"""How citizens come into our own pages: as into an app, whose part the house plays itself.

The browser is given a cookie and no token. A code that is shown again ends nothing here: a page
that is loaded twice would sign its own reader out, and the code is worth nothing without the cookie
of the browser that asked for it.
"""

import hmac
import re
import secrets
from hashlib import sha256
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.datastructures import Cookie

from backend.identity.authority import Authority
from backend.identity.entry import ACCOUNT_COOKIE, AS_SIGN_IN, WEB, forgotten
from backend.identity.handlers import authority_of
from backend.identity.jws import encoded
from backend.identity.login import repository as login
from backend.identity.login.visiting import (
    LIFE,
    NO_STORE,
    cookie,
    form_of,
    is_foreign,
    secret_of,
    sent_to,
    unknown,
)
from backend.identity.minting import Login, open_account
from backend.identity.oauth.pushing import digest
from backend.identity.oauth.repository import USE_CODE, Wanted
from backend.identity.repository import REVOKE_SESSION
from backend.identity.scopes import READ
from backend.kernel import Anyone, Injected, Transaction, requires
from backend.kernel.console import PAGE
from backend.kernel.pages import page

HOME: Final = "/account"
_BACK: Final = re.compile(r"/account(/[A-Za-z0-9/_-]*)?(\?[A-Za-z0-9=&_.-]*)?")
_BEGUN: Final = "__Host-begun"
_EVERYTHING_SEEN: Final = '"cache", "storage"'


@get("/account/login", include_in_schema=False, guards=[Anyone()])
async def show_account_door(request: Request[Any, Any, Any]) -> Response[str]:
    """Say what is behind the door, and what more has to be proved if it is asked for."""
    asked = request.query_params
    return page(
        "identity/account_login.html",
        headers=NO_STORE,
        back=_own(asked.get("back", "")),
        more="more" in asked,
    )


@post("/account/login", include_in_schema=False, guards=[Anyone()], status_code=303)
async def begin(request: Request[Any, Any, Any]) -> Response[Any]:
    """Begin a sign-in of which only this browser can make a session."""
    authority = authority_of(request)
    form = await form_of(request)
    if is_foreign(request, authority):
        return unknown()
    secret, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    wanted = Wanted(
        scope=" ".join(every_scope(authority)),
        redirect_uri=f"{authority.issuer}/account/entered",
        code_challenge=_challenge(verifier),
        state=_own(form.get("back", "")),
        acr_values=("aal2",) if form.get("more") else (),
    )
    async with authority.transaction() as tx:
        ix = tx.new_id()
        await tx.run(
            login.BEGIN,
            ix,
            digest(secret),
            WEB,
            msgspec.to_builtins(wanted),
            None,
            tx.now + LIFE,
        )
    answer = sent_to(f"/login/{ix}", {"Set-Cookie": cookie(secret, LIFE)})
    answer.set_cookie(_begun(verifier, int(LIFE.total_seconds())))
    return answer


@get("/account/entered", include_in_schema=False, guards=[Anyone()])
async def enter_account(request: Request[Any, Any, Any]) -> Response[Any]:
    """Open the session that the sign-in was for, and lead on from a page of ours.

    Whoever comes back from an identity provider has begun at another site, and a cookie that is
    `Strict` is not sent from there, however often one is redirected: it takes a page in between.
    """
    asked = request.query_params
    if "error" in asked:
        return sent_to("/account/login", {})
    verifier = secret_of(request, _BEGUN) or ""
    authority = authority_of(request)
    async with authority.transaction() as tx:
        code = await tx.maybe(USE_CODE, digest(asked.get("code", "")), tx.now)
        if (
            code is None
            or code.client_id != WEB
            or not hmac.compare_digest(code.challenge, _challenge(verifier))
        ):
            return unknown()
        key = await open_account(
            tx,
            Login(
                person_id=code.person_id,
                client_id=WEB,
                scope=code.scope,
                ial=code.ial,
                acr=code.acr,
                amr=code.amr,
                auth_time=code.auth_time,
            ),
        )
    answer: Response[Any] = page(
        "identity/account_entered.html",
        headers={**NO_STORE, "Set-Cookie": account_cookie(key)},
        back=_own(asked.get("state", "")),
    )
    answer.set_cookie(_begun("", 0))
    return answer


@post(
    "/account/leave",
    include_in_schema=False,
    guards=[requires(READ)],
    opt={AS_SIGN_IN: True, PAGE: True},
    status_code=303,
)
async def leave_account(tx: Injected[Transaction]) -> Response[None]:
    """End the session, on the server and in the browser."""
    await tx.run(REVOKE_SESSION, tx.principal.session_id, tx.now, "owner")
    headers = {
        "Location": "/account/login",
        "Set-Cookie": forgotten(ACCOUNT_COOKIE),
        "Clear-Site-Data": _EVERYTHING_SEEN,
    }
    return Response(None, status_code=303, headers=headers)


def every_scope(authority: Authority) -> list[str]:
    """Return the names of all that citizens may do in the modules that are installed."""
    return sorted(scope.name for scope in authority.scopes if "citizen" in scope.kinds)


def account_cookie(key: str) -> str:
    """Return the header that gives a browser its citizen's session."""
    return f"{ACCOUNT_COOKIE}={key}; Path=/; Secure; HttpOnly; SameSite=Strict"


def _own(address: str) -> str:
    """Return an address of the account, whatever was asked for."""
    return address if _BACK.fullmatch(address) else HOME


def _challenge(verifier: str) -> str:
    return encoded(sha256(verifier.encode()).digest())


def _begun(verifier: str, seconds: int) -> Cookie:
    return Cookie(
        key=_BEGUN,
        value=verifier,
        path="/",
        max_age=seconds,
        secure=True,
        httponly=True,
        samesite="lax",  # as the sign-in's own: an identity provider is another site
    )
