"""The pages through which officers come in: a link to make a key, a door, and a proof at the door.

They are forms and work like forms; one script hands them to the authenticator.
"""

import re
from datetime import timedelta
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.identity.console import enrolling, repository
from backend.identity.console.enrolling import LinkOver
from backend.identity.console.sessions import (
    FORGET,
    AtWork,
    at_own_form,
    at_work,
    cookie_of,
    is_own_page,
    set_cookie,
)
from backend.identity.handlers import authority_of
from backend.identity.login.visiting import NO_STORE, form_of, sent_to
from backend.identity.minting import CONSOLE_IDLE, mint_console_session, new_console_login
from backend.identity.oauth.pushing import digest
from backend.identity.passkeys import repository as passkeys
from backend.identity.passkeys.ceremonies import (
    Made,
    Refused,
    Suspect,
    Used,
    judge_used,
    to_use,
)
from backend.kernel import Anyone, Figure, Transaction
from backend.kernel.pages import page

FRESH: Final = timedelta(minutes=5)
"""How long a proof opens what needs a fresh one."""

_SHOWN_FOR: Final = timedelta(days=30)
_DOOR: Final = "console"
_TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")  # it comes back in a header
_EVERYTHING_SEEN: Final = '"cache", "storage"'
"""What a browser forgets when an officer leaves: other people's things (ASVS 14.3.1)."""
UNREADABLE: Final = (msgspec.MsgspecError, RecursionError)


@get("/console/enrol/{token:str}", include_in_schema=False, guards=[Anyone()])
async def show_enrolment(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[str]:
    """Ask an officer to make a passkey. Looking uses nothing up."""
    authority = authority_of(request)
    try:
        async with authority.transaction() as tx:
            link, options = await enrolling.asked(tx, authority.kms, token)
    except LinkOver:
        return _over()
    declined = request.query_params.get("again") is not None
    return shown(
        "identity/console_enrol.html",
        name=link.name,
        path=f"/console/enrol/{token}",
        options=msgspec.json.encode(options).decode(),
        declined=declined,
    )


@post("/console/enrol/{token:str}", include_in_schema=False, guards=[Anyone()], status_code=303)
async def enrol(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
    """Keep the passkey that was made, and use the link up."""
    authority = authority_of(request)
    form = await form_of(request)
    if not (is_own_page(request, authority) and _TOKEN.fullmatch(token)):
        return _over()
    try:
        made = msgspec.json.decode(form.get("credential", ""), type=Made)
        async with authority.transaction() as tx:
            await enrolling.enrol(tx, authority.kms, token, made)
    except LinkOver:
        return _over()
    except (Refused, *UNREADABLE):
        return sent_to(f"/console/enrol/{token}?again", {})
    return sent_to("/console/login?enrolled", {"Set-Cookie": FORGET})


@get("/console/login", include_in_schema=False, guards=[Anyone()])
async def show_console_door(request: Request[Any, Any, Any]) -> Response[str]:
    """Ask for a passkey."""
    authority = authority_of(request)
    async with authority.transaction() as tx:
        options = to_use(tx, authority.kms, about=_DOOR)
    asked = request.query_params
    return shown(
        "identity/console_login.html",
        options=msgspec.json.encode(options).decode(),
        is_enrolled="enrolled" in asked,
        declined="again" in asked,
    )


@post("/console/login", include_in_schema=False, guards=[Anyone()], status_code=303)
async def come_in(request: Request[Any, Any, Any]) -> Response[Any]:
    """Open a session for the officer whose passkey this is."""
    authority = authority_of(request)
    form = await form_of(request)
    if not is_own_page(request, authority):
        return sent_to("/console/login?again", {})
    async with authority.transaction() as tx:
        try:
            used = msgspec.json.decode(form.get("credential", ""), type=Used)
            kept = await judge_used(tx, authority.kms, used, about=_DOOR)
        except (Refused, *UNREADABLE):  # what was used up stays used up
            return sent_to("/console/login?again", {})
        if kept.staff_id is None:
            return sent_to("/console/login?again", {})
        login = await mint_console_session(tx, kept.staff_id)
        before = cookie_of(request)
        if before is not None:  # whoever comes in anew leaves nothing open behind them
            await tx.run(repository.END_SESSION, digest(before), tx.now)
    return sent_to("/console", {"Set-Cookie": set_cookie(login.cookie)})


@get("/console", include_in_schema=False, guards=[Anyone()])
async def show_console(request: Request[Any, Any, Any]) -> Response[Any]:
    """Show an officer who they are here; and to administrators, what was done at the shell."""
    authority = authority_of(request)
    async with authority.transaction() as tx:
        present = await at_work(tx, request)
        if present is None:
            return sent_to("/console/login", {"Set-Cookie": FORGET})
        recovered = (
            await tx.all(repository.RECOVERIES, tx.now - _SHOWN_FOR)
            if enrolling.ADMIN in present.officer.roles
            else ()
        )
        fresh_for = present.officer.step_up_at + FRESH - tx.now
        proposed = await _proposed(tx, present)
    return shown(
        "identity/console.html",
        present=present,
        officer=present.officer,
        token=present.csrf,
        recovered=recovered,
        figures=[*proposed, *await request.app.state.figures(present.hash)],
        fresh_minutes=max(0, -(-int(fresh_for.total_seconds()) // 60)),
    )


async def _proposed(tx: Transaction, present: AtWork) -> list[Figure]:
    """Return what waits for a second administrator: tables that only the sign-in role reads."""
    officer = present.officer
    if enrolling.ADMIN not in officer.roles:
        return []
    waiting = await tx.one(repository.PROPOSED_BY_OTHERS, officer.staff_id, tx.now)
    path = "/console/identity/proposals?state=open"
    return [
        Figure(
            module="identity", name="proposals", path=path, number=waiting.number, is_alarm=False
        )
    ]


@get("/console/step-up", include_in_schema=False, guards=[Anyone()])
async def show_step_up(request: Request[Any, Any, Any]) -> Response[Any]:
    """Ask an officer who is at work for their passkey again."""
    authority = authority_of(request)
    async with authority.transaction() as tx:
        present = await at_work(tx, request)
        if present is None:
            return sent_to("/console/login", {"Set-Cookie": FORGET})
        taken = await tx.all(passkeys.TAKEN_BY_STAFF, present.officer.staff_id)
        options = to_use(
            tx,
            authority.kms,
            about=_step_up(present),
            allowed=[each.credential_id for each in taken],
        )
    declined = "again" in request.query_params
    return shown(
        "identity/console_step_up.html",
        present=present,
        officer=present.officer,
        token=present.csrf,
        options=msgspec.json.encode(options).decode(),
        declined=declined,
    )


@post("/console/step-up", include_in_schema=False, guards=[Anyone()], status_code=303)
async def step_up(request: Request[Any, Any, Any]) -> Response[Any]:
    """Take the proof, and give the browser a new cookie: the old one opens nothing any more."""
    authority = authority_of(request)
    form = await form_of(request)
    async with authority.transaction() as tx:
        present = await at_own_form(tx, request, form) if is_own_page(request, authority) else None
        if present is None:
            return sent_to("/console/login", {})
        try:
            used = msgspec.json.decode(form.get("credential", ""), type=Used)
            kept = await judge_used(tx, authority.kms, used, about=_step_up(present))
        except Suspect:
            return await _left(tx, present)
        except (Refused, *UNREADABLE):
            return sent_to("/console/step-up?again", {})
        if kept.staff_id != present.officer.staff_id:
            return sent_to("/console/step-up?again", {})
        login = new_console_login()
        renewed = await tx.run(
            repository.RENEW,
            present.hash,
            digest(login.cookie),
            digest(login.csrf),
            tx.now,
            tx.now + CONSOLE_IDLE,
        )
    if not renewed:
        return sent_to("/console/login", {})
    return sent_to("/console", {"Set-Cookie": set_cookie(login.cookie)})


@post("/console/leave", include_in_schema=False, guards=[Anyone()], status_code=303)
async def leave(request: Request[Any, Any, Any]) -> Response[Any]:
    """End the session, on the server and in the browser."""
    authority = authority_of(request)
    form = await form_of(request)
    async with authority.transaction() as tx:
        present = await at_own_form(tx, request, form) if is_own_page(request, authority) else None
        if present is None:
            return sent_to("/console", {})
        return await _left(tx, present)


async def _left(tx: Transaction, present: AtWork) -> Response[Any]:
    await tx.run(repository.END_SESSION, present.hash, tx.now)
    return sent_to("/console/login", {"Set-Cookie": FORGET, "Clear-Site-Data": _EVERYTHING_SEEN})


def _step_up(present: AtWork) -> str:
    return f"step-up|{present.hash.hex()}"


def _over() -> Response[str]:
    return shown("identity/console_over.html", status=400)


def shown(template: str, *, status: int = 200, **values: Any) -> Response[str]:
    """Return a page of the console: kept nowhere, with the one script of ours."""
    return page(template, status=status, headers=NO_STORE, scripts="own", **values)
