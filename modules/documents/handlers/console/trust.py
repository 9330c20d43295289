"""Whose certificates count, decided by two; the keys of the house; how the public log is."""

from typing import Any, Final, get_args
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from backend.kernel import (
    BadRequest,
    DomainError,
    Form,
    Injected,
    Nav,
    NotFound,
    Snapshot,
    Transaction,
    requires,
)
from backend.kernel.pages import work_page
from contracts.problem import Fault
from modules.documents.handlers.console.parts import (
    AT_ONCE,
    CONSOLE,
    Cursor,
    Done,
    back,
    older,
    why,
)
from modules.documents.model.trusting import Tree, TrustOrder
from modules.documents.scopes import TRUST
from modules.documents.service import desk, keys, trusting

_TRUST: Final = f"{CONSOLE}/trust"
_LOG: Final = f"{CONSOLE}/log"
_FIELDS: Final = ("action", "tree", "certificates", "since", "until", "crl_url", "reason")
_MIDNIGHT: Final = "T00:00:00+07:00"

NAV: Final = (
    Nav(name="trust", path=_TRUST, scope=TRUST, icon="people"),
    Nav(name="log", path=_LOG, scope=TRUST, icon="board"),
)


@get("/trust", guards=[requires(TRUST)])
async def show_trust(
    snapshot: Injected[Snapshot], cursor: Cursor = None, done: Done = ""
) -> Response[str]:
    """Show whose certificates count, what was proposed about it, and a form to propose more."""
    return await _trust(snapshot, cursor=cursor, done=done)


@post("/trust", guards=[requires(TRUST)], status_code=303)
async def propose_trust(form: Injected[Form], tx: Injected[Transaction]) -> Response[Any]:
    """Propose to trust an authority, or to trust it no more; somebody else decides."""
    written = {name: form.text(name).strip() for name in _FIELDS}
    try:
        await trusting.propose(tx, _order(written))
    except DomainError as refused:
        return await _trust(tx, written=written, refused=refused)
    return back(_TRUST, "proposed")


@post("/trust/{change_id:uuid}/{decision:str}", guards=[requires(TRUST)], status_code=303)
async def decide_trust(
    change_id: FromPath[UUID], decision: FromPath[str], tx: Injected[Transaction]
) -> Response[Any]:
    """Accept or refuse what somebody else has proposed."""
    if decision not in {"acceptance", "refusal"}:
        raise NotFound
    await trusting.decide(tx, change_id, accepted=decision == "acceptance")
    return back(_TRUST, "accepted" if decision == "acceptance" else "refused")


@get("/log", guards=[requires(TRUST)])
async def show_log(
    snapshot: Injected[Snapshot], cursor: Cursor = None, done: Done = ""
) -> Response[str]:
    """Show how far the log and its signatures are, and the keys of the house."""
    found = await keys.listed(snapshot, cursor, AT_ONCE)
    return work_page(
        "documents/console/log.html",
        snapshot.principal,
        health=await desk.log_health(snapshot),
        keys=found.items,
        now=snapshot.now,
        done=done,
        older=older(_LOG, found.next_cursor),
    )


@post("/keys/{key_id:uuid}/rotation", guards=[requires(TRUST)], status_code=303)
async def turn_key(key_id: FromPath[UUID], tx: Injected[Transaction]) -> Response[Any]:
    """Let a key sign no more."""
    await trusting.turn(tx, key_id)
    return back(_LOG, "turned")


def _order(written: dict[str, str]) -> TrustOrder:
    """Return what a form says as its twin takes it; days begin at midnight in Vietnam."""
    given = {name: text for name, text in written.items() if text}
    for name in ("since", "until"):
        if name in given:
            given[name] += _MIDNIGHT
    try:
        return msgspec.convert(given, TrustOrder)
    except msgspec.ValidationError as error:
        raise BadRequest(errors=[Fault(pointer="", code="format")]) from error


async def _trust(
    snapshot: Snapshot,
    *,
    cursor: str | None = None,
    done: str = "",
    written: dict[str, str] | None = None,
    refused: DomainError | None = None,
) -> Response[str]:
    changes = await trusting.history(snapshot, cursor, AT_ONCE)
    return work_page(
        "documents/console/trust.html",
        snapshot.principal,
        status=200 if refused is None else refused.status,
        anchors=(await trusting.anchors(snapshot, None, AT_ONCE)).items,
        changes=changes.items,
        trees=get_args(Tree),
        written=written or {**dict.fromkeys(_FIELDS, ""), "since": snapshot.today.isoformat()},
        done=done,
        refused="" if refused is None else why(refused),
        older=older(_TRUST, changes.next_cursor),
    )


PAGES: Final = (show_trust, propose_trust, decide_trust, show_log, turn_key)
