"""Runs of documents by the thousand: how far each is, what is wrong in it, a pause."""

from typing import Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from backend.kernel import DomainError, Injected, NotFound, Snapshot, Transaction, requires
from backend.kernel.pages import work_page
from contracts.issuance import Run
from modules.documents.handlers.console.parts import (
    AT_ONCE,
    CONSOLE,
    Cursor,
    Done,
    back,
    older,
    why,
)
from modules.documents.scopes import ISSUE
from modules.documents.service import bulk, kinds

_RUNS: Final = f"{CONSOLE}/runs"


@get("/runs", guards=[requires(ISSUE)])
async def show_runs(snapshot: Injected[Snapshot], cursor: Cursor = None) -> Response[str]:
    """Show the agency's runs, the newest first."""
    found = await bulk.listed(snapshot, cursor, AT_ONCE)
    return work_page(
        "documents/console/runs.html",
        snapshot.principal,
        runs=found.items,
        names=kinds.Names(snapshot),
        older=older(_RUNS, found.next_cursor),
    )


@get("/runs/{run_id:uuid}", guards=[requires(ISSUE)])
async def show_run(
    run_id: FromPath[UUID], snapshot: Injected[Snapshot], done: Done = ""
) -> Response[str]:
    """Show how far one run is, and what keeps documents of it from being signed."""
    return await _run(snapshot, await bulk.read(snapshot, run_id), done=done)


@post("/runs/{run_id:uuid}/{step:str}", guards=[requires(ISSUE)], status_code=303)
async def step_run(
    run_id: FromPath[UUID], step: FromPath[str], tx: Injected[Transaction]
) -> Response[Any]:
    """Let a run rest, or go on."""
    steps = {"pause": bulk.pause, "resume": bulk.resume}
    if step not in steps:
        raise NotFound
    try:
        await steps[step](tx, run_id)
    except NotFound:
        raise
    except DomainError as refused:
        return await _run(tx, await bulk.read(tx, run_id), refused=refused)
    return back(f"{_RUNS}/{run_id}", step)


async def _run(
    snapshot: Snapshot, run: Run, *, done: str = "", refused: DomainError | None = None
) -> Response[str]:
    wrong = await bulk.wrong(snapshot, run.id)
    return work_page(
        "documents/console/run.html",
        snapshot.principal,
        status=200 if refused is None else refused.status,
        run=run,
        names=kinds.Names(snapshot),
        wrong=wrong[:AT_ONCE],
        wrong_count=len(wrong),
        done=done,
        refused="" if refused is None else why(refused),
    )


PAGES: Final = (show_runs, show_run, step_run)
