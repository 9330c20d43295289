"""Changing one's number in a browser, for whoever has no phone with the app in it."""

from datetime import timedelta
from typing import Any, Final

from litestar import Request, Response, get, post

from backend.identity.account import phone
from backend.identity.entry import AS_SIGN_IN
from backend.identity.errors import CodeWrong, NotMobile
from backend.identity.handlers import authority_of
from backend.identity.scopes import PHONE
from backend.kernel import (
    DomainError,
    Form,
    Injected,
    Origin,
    Snapshot,
    TooManyRequests,
    Transaction,
    Tries,
    requires,
    t,
)
from backend.kernel.pages import account_page

_SENT: Final = "/account/identity/phone?sent"
_DEVICES: Final = "/account/identity/devices"
_HOUR: Final = timedelta(hours=1)
_MINUTE: Final = timedelta(minutes=1)
_SIGN_IN: Final[dict[str, Any]] = {AS_SIGN_IN: True}


@get("/phone", guards=[requires(PHONE)], opt=_SIGN_IN)
async def show_change(
    request: Request[Any, Any, Any], snapshot: Injected[Snapshot]
) -> Response[str]:
    """Ask for the new number, or for the code that was sent there."""
    return await _drawn(snapshot, is_sent="sent" in request.query_params)


@post("/phone", guards=[requires(PHONE)], opt=_SIGN_IN, status_code=303)
async def ask_for_code(
    request: Request[Any, Any, Any],
    form: Injected[Form],
    origin: Injected[Origin],
    tx: Injected[Transaction],
) -> Response[Any]:
    """Have a code sent to the new number."""
    typed = form.text("phone")
    try:
        async with tx.attempt():
            await phone.ask(tx, authority_of(request).kms, origin, typed)
    except (NotMobile, TooManyRequests) as refused:
        return await _drawn(tx, is_sent=False, refused=refused, typed=typed)
    return Response(None, status_code=303, headers={"Location": _SENT})


@post("/phone/code", guards=[requires(PHONE)], opt=_SIGN_IN, status_code=303)
async def prove_number(
    request: Request[Any, Any, Any],
    form: Injected[Form],
    tries: Injected[Tries],
    tx: Injected[Transaction],
) -> Response[Any]:
    """Type the code; the number waits for its day on the page from which it can be stopped."""
    typed = form.text("code").replace(" ", "")
    try:
        await phone.prove(tx, authority_of(request).kms, tries, typed)
    except (CodeWrong, TooManyRequests) as refused:
        return await _drawn(tx, is_sent=True, refused=refused)
    return Response(None, status_code=303, headers={"Location": _DEVICES})


async def _drawn(
    snapshot: Snapshot, *, is_sent: bool, refused: DomainError | None = None, typed: str = ""
) -> Response[str]:
    answer = account_page(
        "identity/account_phone.html",
        snapshot.principal,
        status=refused.status if refused else 200,
        phones=(await phone.phones_of(snapshot)).items,
        is_sent=is_sent,
        why=_why(refused) if refused else "",
        typed=typed,
        hours=phone.HOLD // _HOUR,
        minutes=phone.LIFE // _MINUTE,
    )
    answer.headers.update(refused.headers if refused else {})
    return answer


def _why(refused: DomainError) -> str:
    wait = int(refused.headers.get("Retry-After", 0))
    if wait:
        return t("identity.account_pages.wait", minutes=-(-wait // 60))
    return t(f"{refused.slug.partition('/')[0]}.problems.{refused.slug}")


PHONE_PAGES: Final[tuple[Any, ...]] = (show_change, ask_for_code, prove_number)
