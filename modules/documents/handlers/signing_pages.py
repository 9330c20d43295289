"""Signing in a browser, with a key that a provider keeps: read, choose, confirm on the phone.

Whoever has to sign, be they a worker, a teacher, a principal or a doctor, signs as the person they
are: in their own account, not with an officer's console. Nothing here needs a script.
"""

import secrets
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from markupsafe import Markup

from backend.kernel import (
    DomainError,
    Forbidden,
    Form,
    Injected,
    Nav,
    Snapshot,
    StepUpNeeded,
    Transaction,
    requires,
    t,
)
from backend.kernel.auth import admit
from backend.kernel.pages import account_page
from modules.documents.errors import TooManyDocuments
from modules.documents.handlers.console.parts import told, why
from modules.documents.model.ceremony import DOCUMENTS_MAX, Intention, Refusal
from modules.documents.scopes import READ, SIGN
from modules.documents.service import ceremony, kinds, looks, to_sign
from modules.documents.service.remote import enrolment, sessions, signers
from modules.documents.service.remote.enrolment import RemoteEnrolment

_HOME: Final = "/account/documents/signing"
_FIELD: Final = "paper."
_UNFIT: Final = 422

SIGN_NAV: Final = Nav(name="to_sign", path=_HOME, scope=READ, icon="seal")


@get("/signing", guards=[requires(READ)])
async def show_to_sign(snapshot: Injected[Snapshot]) -> Response[str]:
    """Show what waits for one's signature, what one is being asked, and the keys one has."""
    return await _list(snapshot)


@post("/signing", guards=[requires(SIGN)], status_code=303)
async def begin_signing(form: Injected[Form], tx: Injected[Transaction]) -> Response[Any]:
    """Let the provider ask about what was ticked; the page that follows tells how it goes."""
    free = [each.document_id for each in await to_sign.listed(tx) if not each.is_asked]
    ticked = tuple(each for each in free if form.text(f"{_FIELD}{each}"))
    if not ticked:
        return await _list(tx, refused=t("documents.sign.nothing_chosen"), status=_UNFIT)
    try:
        if len(ticked) > DOCUMENTS_MAX:
            raise TooManyDocuments(documents_max=DOCUMENTS_MAX)
        wanted = Intention(documents=ticked, certificate=form.text("certificate"))
        session = await sessions.prepare(tx, wanted)
    except DomainError as refused:
        return await _list(tx, refused=why(refused), status=refused.status)
    return _to(f"{_HOME}/{session.id}")


@get("/signing/{session_id:uuid}", guards=[requires(READ)])
async def show_signing_session(
    session_id: FromPath[UUID], tx: Injected[Transaction]
) -> Response[str]:
    """Show how far a session is; it follows by itself, or is looked at again."""
    session = await ceremony.read(tx, session_id)
    return account_page(
        "documents/sign_session.html",
        tx.principal,
        session=session,
        codes=await to_sign.codes(tx, session.documents),
        reason=told(session.reason) if session.reason else "",
    )


@post(
    "/signing/{session_id:uuid}/cancellation",
    guards=[requires(SIGN)],
    status_code=303,
)
async def cancel_signing(session_id: FromPath[UUID], tx: Injected[Transaction]) -> Response[Any]:
    """End a session before its time; a late yes signs nothing."""
    await ceremony.cancel(tx, session_id)
    return _to(f"{_HOME}/{session_id}")


@post("/signing/keys", guards=[requires(SIGN)], status_code=303)
async def ask_for_keys(form: Injected[Form], tx: Injected[Transaction]) -> Response[Any]:
    """Ask a provider which keys one has there."""
    try:
        asked = await enrolment.ask(tx, form.text("provider"))
    except DomainError as refused:
        return await _list(tx, refused=why(refused), status=refused.status)
    return _to(f"{_HOME}/keys/{asked.id}")


@get("/signing/keys/{enrolment_id:uuid}", guards=[requires(READ)])
async def show_keys_asked(enrolment_id: FromPath[UUID], tx: Injected[Transaction]) -> Response[str]:
    """Show what waits for one's signature, and what the provider has said of one's keys."""
    return await _list(tx, asked=await enrolment.read(tx, enrolment_id))


@get("/signing/papers/{document_id:uuid}", guards=[requires(READ)])
async def show_paper_to_sign(
    document_id: FromPath[UUID], tx: Injected[Transaction]
) -> Response[str]:
    """Show what one would sign, word by word as it is printed."""
    return await _sheet(tx, document_id)


@get("/signing/papers/{document_id:uuid}/paper.pdf", guards=[requires(READ)])
async def fetch_paper_to_sign(
    document_id: FromPath[UUID], tx: Injected[Transaction]
) -> Response[bytes]:
    """Fetch the very PDF that waits for the signature."""
    raw = await to_sign.so_far(tx, document_id)
    await looks.note(tx, document_id, "original")
    headers = {"Cache-Control": "private, no-store", "Content-Disposition": "inline"}
    return Response(raw, media_type="application/pdf", headers=headers)


@post("/signing/papers/{document_id:uuid}/refusal", guards=[requires(SIGN)], status_code=303)
async def refuse_to_sign(
    document_id: FromPath[UUID], form: Injected[Form], tx: Injected[Transaction]
) -> Response[Any]:
    """Refuse to sign, for a reason that the others read."""
    try:
        await ceremony.decline(tx, document_id, form.read(Refusal).reason)
    except DomainError as refused:
        return await _sheet(tx, document_id, refused=why(refused), status=refused.status)
    return _to(_HOME)


async def _list(
    snapshot: Snapshot,
    *,
    asked: RemoteEnrolment | None = None,
    refused: str = "",
    status: int = 200,
) -> Response[str]:
    waiting = await to_sign.listed(snapshot)
    return account_page(
        "documents/sign_list.html",
        snapshot.principal,
        status=status,
        waiting=waiting,
        names=kinds.Names(snapshot),
        going=await to_sign.going(snapshot),
        keys=await to_sign.kept_keys(snapshot),
        providers=signers.listed(snapshot),
        asked=asked,
        at_once=DOCUMENTS_MAX,
        key=secrets.token_urlsafe(16),
        proof=_proof(snapshot, _HOME),
        refused=refused,
    )


async def _sheet(
    tx: Transaction, document_id: UUID, *, refused: str = "", status: int = 200
) -> Response[str]:
    sheet = await to_sign.sheet(tx, document_id)
    await looks.note(tx, document_id, "content")
    return account_page(
        "documents/sign_paper.html",
        tx.principal,
        status=status,
        one=sheet.waiting,
        words=Markup(sheet.words),  # noqa: S704 - bare tags alone, and every text escaped
        parties=sheet.parties,
        names=kinds.Names(tx),
        proof=_proof(tx, f"{_HOME}/papers/{document_id}"),
        refused=refused,
    )


def _proof(snapshot: Snapshot, back: str) -> str:
    """Return where one proves anew who one is; empty for whoever has minutes ago.

    Asked for beforehand, so that nobody loses what they have ticked.
    """
    try:
        admit(snapshot.principal, SIGN, snapshot.now)
    except (StepUpNeeded, Forbidden):  # whoever signs in here may do all that citizens may
        return f"/account/login?more&back={quote(back)}"
    return ""


def _to(address: str) -> Response[None]:
    return Response(None, status_code=303, headers={"Location": address})


SIGN_PAGES: Final = (
    show_to_sign,
    begin_signing,
    show_signing_session,
    cancel_signing,
    ask_for_keys,
    show_keys_asked,
    show_paper_to_sign,
    fetch_paper_to_sign,
    refuse_to_sign,
)
