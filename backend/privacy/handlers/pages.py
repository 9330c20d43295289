"""The privacy desk in a browser: requests with their clocks, holds, and breaches with theirs."""

from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from backend.kernel import (
    BadRequest,
    Card,
    Form,
    Injected,
    Nav,
    NotFound,
    Snapshot,
    Transaction,
    requires,
)
from backend.kernel.pages import work_page
from backend.privacy import desk, requests, waiting
from backend.privacy.handlers.desk import lifted, officer_at
from backend.privacy.model import Decision, IncidentStep, NewHold, NewIncident
from backend.privacy.scopes import DESK, HOLD
from backend.privacy.settings import Settings
from contracts.problem import Fault

_AT_ONCE: Final = 50
_HOME: Final = "/console/privacy/desk"
_STEPS: Final = ("answered", "working", "extended", "fulfilled", "refused")

CARDS: Final = (
    Card(name="requests", path=_HOME, scope=DESK, load=waiting.open_count),
    Card(name="incidents", path=_HOME, scope=DESK, load=waiting.unreported_count, is_alarm=True),
)
NAV: Final = (Nav(name="desk", path=_HOME, scope=DESK, icon="eye"),)


@get("/desk", guards=[requires(DESK)])
async def show_privacy_desk(snapshot: Injected[Snapshot]) -> Response[str]:
    """Show what waits at the desk, the most urgent first."""
    return work_page(
        "privacy/desk.html",
        snapshot.principal,
        requests=(await requests.waiting(snapshot, None, _AT_ONCE)).items,
        holds=(await desk.holds(snapshot, None, _AT_ONCE)).items,
        incidents=(await desk.incidents(snapshot, None, _AT_ONCE)).items,
        now=snapshot.now,
    )


@get("/requests/{request_id:uuid}", guards=[requires(DESK)])
async def show_data_request(request_id: FromPath[UUID], tx: Injected[Transaction]) -> Response[str]:
    """Show a request with what the person wrote, who sees in their log that you did."""
    found = await requests.read(tx, request_id)
    return work_page("privacy/request.html", tx.principal, request=found, steps=_STEPS)


@post("/requests/{request_id:uuid}/decision", guards=[requires(DESK)], status_code=303)
async def decide_data_request(
    request_id: FromPath[UUID], form: Injected[Form], tx: Injected[Transaction]
) -> Response[None]:
    """Answer, take up, extend, fulfil or refuse a request."""
    await requests.decide(tx, request_id, form.read(Decision), tx.ask(Settings))
    return _back()


@post("/holds", guards=[requires(HOLD)], status_code=303)
async def add_hold(form: Injected[Form], tx: Injected[Transaction]) -> Response[None]:
    """Propose to keep what a module has of a person."""
    await desk.propose_hold(tx, officer_at(tx), form.read(NewHold))
    return _back()


@post("/holds/{hold_id:uuid}/approval", guards=[requires(HOLD)], status_code=303)
async def agree_to_hold(hold_id: FromPath[UUID], tx: Injected[Transaction]) -> Response[None]:
    """Agree to a hold that somebody else has proposed."""
    await desk.place_hold(tx, officer_at(tx), hold_id)
    return _back()


@post("/holds/{hold_id:uuid}/lifting", guards=[requires(HOLD)], status_code=303)
async def end_hold(hold_id: FromPath[UUID], tx: Injected[Transaction]) -> Response[None]:
    """End a hold, or refuse one that was proposed."""
    await lifted(tx, hold_id)
    return _back()


@post("/incidents", guards=[requires(DESK)], status_code=303)
async def record_breach(form: Injected[Form], tx: Injected[Transaction]) -> Response[None]:
    """Record a breach of personal data, from whose detection the 72 hours run."""
    await desk.record_incident(tx, officer_at(tx), _breach(form))
    return _back()


@post("/incidents/{incident_id:uuid}/{step:str}", guards=[requires(DESK)], status_code=303)
async def step_on(
    incident_id: FromPath[UUID],
    step: FromPath[str],
    form: Injected[Form],
    tx: Injected[Transaction],
) -> Response[None]:
    """Note under which number the authority was told, or that nothing is left to do."""
    if step == "report":
        await desk.step_incident(tx, incident_id, form.read(IncidentStep))
    elif step == "end":
        await desk.step_incident(tx, incident_id, IncidentStep(close=True))
    else:
        raise NotFound
    return _back()


def _breach(form: Form) -> NewIncident:
    """Return what a form says of a breach; it was detected on Vietnam's clock."""
    said = {
        "detected_at": f"{form.text('detected_at')}:00+07:00",
        "what": form.text("what"),
        "persons_affected": form.text("persons_affected"),
        "measures": form.text("measures"),
    }
    try:
        return msgspec.convert(said, NewIncident, strict=False)
    except msgspec.ValidationError as error:
        raise BadRequest(errors=[Fault(pointer="", code="format")]) from error


def _back() -> Response[Any]:
    return Response(None, status_code=303, headers={"Location": _HOME})


PAGES: Final = (
    show_privacy_desk,
    show_data_request,
    decide_data_request,
    add_hold,
    agree_to_hold,
    end_hold,
    record_breach,
    step_on,
)
