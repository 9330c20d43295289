"""Open311 service request updates: what happened, and what agencies' programs say happened."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec

from backend.kernel import BadRequest, NotFound, Photos, Principal, Snapshot, Transaction, t
from contracts.files import FileStore
from contracts.problem import Fault
from modules.feedback.errors import ApiKeyNeeded
from modules.feedback.model.codes import heard
from modules.feedback.model.machines import ENDED, REPORT
from modules.feedback.model.open311 import Params, word
from modules.feedback.model.reports import Plan, Report, Result
from modules.feedback.model.requests import Return
from modules.feedback.repository import open311 as repository
from modules.feedback.repository import records as rows
from modules.feedback.repository import reports
from modules.feedback.repository.records import Asked
from modules.feedback.service import handovers, records, work
from modules.feedback.service.open311.keys import key_of
from modules.feedback.service.open311.requests import PAGE_MAX, SPAN_MAX

_STATES: Final = frozenset(
    {"IN_PROGRESS", "ACTION_SCHEDULED", "FIXED", "NOT_COUNCILS_RESPONSIBILITY"}
)


async def listed(snapshot: Snapshot, params: Params) -> Sequence[Mapping[str, Any]]:
    """Return what happened to public reports, of some of them or in the last 90 days."""
    codes = word(params.get("service_request_id"))
    if codes is None:
        wanted = Asked(since=snapshot.now - SPAN_MAX, until=snapshot.now)
        found = await rows.asked(snapshot, wanted, sorted(ENDED))
    else:
        named = [heard(code) for code in codes.split(",")][:PAGE_MAX]
        found = await rows.by_code(snapshot, [code for code in named if code is not None])
    return [
        {
            "update_id": f"{row.code}-{number}",
            "service_request_id": row.code,
            "updated_datetime": records.moment(step.at),
            "status": "closed" if REPORT.concerns(step.kind) and step.state in ENDED else "open",
            "description": t(f"feedback.calls.{step.kind}"),
        }
        for row in found
        for number, step in enumerate(row.steps, start=1)
    ][:PAGE_MAX]


async def post(tx: Transaction, params: Params, photos: Photos) -> Sequence[Mapping[str, Any]]:
    """Say in an agency's name how far it is; the same `update_id` again changes nothing.

    Raises `ApiKeyNeeded` for a program that speaks for no agency, `NotFound` for a report that the
    agency was not given, `BadRequest`, and what the move itself raises.
    """
    key = await key_of(tx, params)
    if key is None or key.agency_id is None:
        raise ApiKeyNeeded
    update_id, status = word(params.get("update_id")), word(params.get("status"))
    faults = [
        Fault(parameter=name, code="required")
        for name in ("update_id", "service_request_id", "status")
        if word(params.get(name)) is None
    ]
    if status is not None and status not in _STATES:
        faults.append(Fault(parameter="status", code="enum"))
    if faults or update_id is None or status is None:
        raise BadRequest(errors=faults)
    code = heard(params["service_request_id"]) or ""
    await repository.act_for(tx, key.agency_id)
    tx.principal = Principal(
        kind="staff",
        roles=frozenset({"lead"}),
        agency_id=key.agency_id,
        agencies=frozenset({key.agency_id}),
        client_id=str(key.id),
        request_id=tx.principal.request_id,
    )
    report = await reports.find_by_code(tx, code)
    if report is None:
        raise NotFound
    await work.find(tx, report.id)
    if await repository.note_update(tx, key.id, update_id, code):
        if report.assignment_id is not None:
            await handovers.speak(tx, report.assignment_id)
        await _move(tx, report, status, params, photos)
    return [{"update_id": update_id}]


async def _move(
    tx: Transaction, report: Report, status: str, params: Params, photos: Photos
) -> None:
    said = word(params.get("description")) or ""
    seen = report.version
    try:
        match status:
            case "IN_PROGRESS":
                await work.accept(tx, report.id, version=seen)
            case "ACTION_SCHEDULED":
                day = datetime.fromisoformat(params.get("updated_datetime", "")).date()
                await work.plan(tx, report.id, Plan(planned_for=day), version=seen)
            case "FIXED":
                result = msgspec.convert({"text": said}, Result)
                store = tx.ask(FileStore)
                await work.finish(tx, report.id, result, photos, version=seen, store=store)
            case _:
                given_back = msgspec.convert({"reason": "not-competent", "text": said}, Return)
                await work.give_back(tx, report.id, given_back, version=seen)
    except (msgspec.ValidationError, ValueError) as error:
        wrong = "updated_datetime" if status == "ACTION_SCHEDULED" else "description"
        raise BadRequest(errors=[Fault(parameter=wrong, code="inconsistent")]) from error
