"""Runs of documents by the thousand: how far each is, what is wrong in it, a pause."""

import csv
from collections.abc import Sequence
from io import StringIO
from typing import Annotated
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, QueryParameter

from backend.kernel import Injected, NotFound, Snapshot, Transaction, refuses, requires
from contracts.issuance import Run, Wrong
from contracts.page import Page
from modules.documents.errors import NotRunning
from modules.documents.scopes import ISSUE
from modules.documents.service import bulk

_COLUMNS = ("line", "key", "state", "pointer", "code", "suggestion")


@get("/issuance/runs", guards=[requires(ISSUE)])
async def list_issuance_runs(
    snapshot: Injected[Snapshot],
    cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
) -> Page[Run]:
    """List the runs of your agency, the newest first, and how far each has come."""
    return await bulk.listed(snapshot, cursor, limit)


@get("/issuance/runs/{run_id:uuid}", guards=[requires(ISSUE)], responses=refuses(NotFound))
async def read_issuance_run(run_id: FromPath[UUID], snapshot: Injected[Snapshot]) -> Run:
    """Read how many documents of a run stand where."""
    return await bulk.read(snapshot, run_id)


@get(
    "/issuance/runs/{run_id:uuid}/errors.csv",
    guards=[requires(ISSUE)],
    responses=refuses(NotFound),
    media_type="text/csv",
)
async def read_issuance_errors(
    run_id: FromPath[UUID], snapshot: Injected[Snapshot]
) -> Response[bytes]:
    """Read what keeps documents of a run from being signed, a line for each defect."""
    told = _table(await bulk.wrong(snapshot, run_id))
    return Response(told, media_type="text/csv", headers={"Cache-Control": "private, no-store"})


@post(
    "/issuance/runs/{run_id:uuid}/pause",
    guards=[requires(ISSUE)],
    responses=refuses(NotFound, NotRunning),
    status_code=200,
)
async def pause_issuance_run(run_id: FromPath[UUID], tx: Injected[Transaction]) -> Run:
    """Freeze nothing more of a run for now. What waits to be signed already goes on."""
    return await bulk.pause(tx, run_id)


@post(
    "/issuance/runs/{run_id:uuid}/resume",
    guards=[requires(ISSUE)],
    responses=refuses(NotFound, NotRunning),
    status_code=200,
)
async def resume_issuance_run(run_id: FromPath[UUID], tx: Injected[Transaction]) -> Run:
    """Go on with a run that was paused, within half a minute."""
    return await bulk.resume(tx, run_id)


def _table(found: Sequence[Wrong]) -> bytes:
    """Return the defects as a table. What a program wrote is in it, so no cell begins a formula."""
    text = StringIO()
    rows = csv.writer(text)
    rows.writerow(_COLUMNS)
    for each in found:
        for defect in each.defects:
            cells = (each.key, each.state, defect.pointer, defect.code, defect.suggestion)
            rows.writerow((each.line, *map(_inert, cells)))
    return text.getvalue().encode("utf-8-sig")


def _inert(cell: str) -> str:
    return f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


ROUTES = (
    list_issuance_runs,
    read_issuance_run,
    read_issuance_errors,
    pause_issuance_run,
    resume_issuance_run,
)
