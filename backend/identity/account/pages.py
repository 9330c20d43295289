"""A citizen's account in a browser: who one is here, on which devices, and who may read what.

For a lost phone, and for one's rights without the app. Each page does what its twin below
`/v1/account` does, and nothing else.
"""

from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Request, Response, get, post
from litestar.params import FromPath

from backend.identity.account import repository
from backend.identity.account.entering import (
    begin,
    enter_account,
    leave_account,
    show_account_door,
)
from backend.identity.account.phone import keep_number, phones_of
from backend.identity.account.phone_pages import PHONE_PAGES
from backend.identity.account.sessions import end_one, end_others, object_to_all, sessions_of
from backend.identity.consents import repository as consents
from backend.identity.consents import service
from backend.identity.entry import AS_SIGN_IN
from backend.identity.errors import PasskeyRefused, TooManyPasskeys
from backend.identity.handlers import account_of, authority_of
from backend.identity.passkeys import account as passkeys
from backend.identity.passkeys import repository as keys
from backend.identity.passkeys.account import NewPasskey
from backend.identity.passkeys.ceremonies import Made
from backend.identity.scopes import READ, WRITE
from backend.kernel import (
    Form,
    Injected,
    Nav,
    Snapshot,
    StepUpNeeded,
    Transaction,
    requires,
    t,
)
from backend.kernel.console import PAGE
from backend.kernel.pages import account_page

_DEVICES: Final = "/account/identity/devices"
_CONSENTS: Final = "/account/identity/consents"
_IAL_WARDS: Final = 2
_SIGN_IN: Final[dict[str, Any]] = {AS_SIGN_IN: True}

ACCOUNT_NAV: Final = (
    Nav(name="devices", path=_DEVICES, scope=READ, icon="people"),
    Nav(name="consents", path=_CONSENTS, scope=READ, icon="seal"),
)


@get("/account", include_in_schema=False, guards=[requires(READ)], opt={PAGE: True})
async def show_account(snapshot: Injected[Snapshot]) -> Response[str]:
    """Show who is signed in, and everything that one can look after here."""
    account = await account_of(snapshot)
    return account_page("identity/account.html", snapshot.principal, account=account)


@get("/devices", guards=[requires(READ)], opt=_SIGN_IN)
async def show_devices(request: Request[Any, Any, Any], tx: Injected[Transaction]) -> Response[str]:
    """List where one is signed in, the passkeys, the number, and offer to end or add."""
    caller = tx.principal
    try:
        asked = await passkeys.to_add(tx, authority_of(request).kms)
        options = msgspec.json.encode(asked).decode()
    except (StepUpNeeded, TooManyPasskeys, PasskeyRefused):
        options = ""
    return account_page(
        "identity/account_devices.html",
        caller,
        sessions=await sessions_of(tx),
        claims=await tx.all(repository.CLAIMS, caller.person_id, tx.now),
        passkeys=await tx.all(keys.OF_PERSON, caller.person_id),
        phones=(await phones_of(tx)).items,
        options=options,
        now=tx.now,
    )


@post("/sessions/{session_id:uuid}/end", guards=[requires(WRITE)], opt=_SIGN_IN, status_code=303)
async def end_own_session(session_id: FromPath[UUID], tx: Injected[Transaction]) -> Response[None]:
    """Sign a device out."""
    await end_one(tx, session_id)
    return _to(_DEVICES)


@post("/sessions/others", guards=[requires(WRITE)], opt=_SIGN_IN, status_code=303)
async def end_sessions_elsewhere(tx: Injected[Transaction]) -> Response[None]:
    """Sign every other device out."""
    await end_others(tx)
    return _to(_DEVICES)


@post("/claims/objection", guards=[requires(WRITE)], opt=_SIGN_IN, status_code=303)
async def object_in_browser(tx: Injected[Transaction]) -> Response[None]:
    """Turn away every device that says it is one's own."""
    await object_to_all(tx)
    return _to(_DEVICES)


@post("/phone/kept", guards=[requires(WRITE)], opt=_SIGN_IN, status_code=303)
async def keep_own_number(tx: Injected[Transaction]) -> Response[None]:
    """Keep the number: what waits to take its place is forgotten."""
    await keep_number(tx)
    return _to(_DEVICES)


@post("/passkeys", guards=[requires(WRITE)], opt=_SIGN_IN, status_code=303)
async def add_own_passkey(
    request: Request[Any, Any, Any], form: Injected[Form], tx: Injected[Transaction]
) -> Response[None]:
    """Keep the passkey that this browser's authenticator has made."""
    try:
        made = msgspec.json.decode(form.text("credential"), type=Made)
    except (msgspec.MsgspecError, RecursionError) as error:
        raise PasskeyRefused from error
    new = NewPasskey(
        name=form.text("name").strip()[:60] or t("identity.account_pages.key"), credential=made
    )
    await passkeys.add(tx, authority_of(request).kms, new)
    return _to(_DEVICES)


@post(
    "/passkeys/{passkey_id:uuid}/removal", guards=[requires(WRITE)], opt=_SIGN_IN, status_code=303
)
async def remove_own_passkey(
    passkey_id: FromPath[UUID], tx: Injected[Transaction]
) -> Response[None]:
    """Let a passkey open nothing any more."""
    await passkeys.remove(tx, passkey_id)
    return _to(_DEVICES)


@get("/consents", guards=[requires(READ)], opt=_SIGN_IN)
async def show_consents(snapshot: Injected[Snapshot]) -> Response[str]:
    """List what one has agreed to, and for whom one acts."""
    caller = snapshot.principal
    wards = (
        await snapshot.all(consents.WARDS, caller.person_id, snapshot.now)
        if caller.ial >= _IAL_WARDS
        else None
    )
    return account_page(
        "identity/account_consents.html",
        caller,
        consents=await service.mine(snapshot),
        wards=wards,
    )


@post(
    "/consents/{consent_id:uuid}/withdrawal",
    guards=[requires(WRITE)],
    opt=_SIGN_IN,
    status_code=303,
)
async def withdraw_own_consent(
    consent_id: FromPath[UUID], tx: Injected[Transaction]
) -> Response[None]:
    """Take consent back: the next call of the partner finds nothing any more."""
    await service.withdraw(tx, consent_id)
    return _to(_CONSENTS)


def _to(address: str) -> Response[Any]:
    return Response(None, status_code=303, headers={"Location": address})


ACCOUNT_ROOT: Final = (
    show_account_door,
    begin,
    enter_account,
    show_account,
    leave_account,
)
"""At addresses of their own, outside `/account/identity`."""

ACCOUNT_PAGES: Final = (
    show_devices,
    end_own_session,
    end_sessions_elsewhere,
    object_in_browser,
    keep_own_number,
    *PHONE_PAGES,
    add_own_passkey,
    remove_own_passkey,
    show_consents,
    withdraw_own_consent,
)
