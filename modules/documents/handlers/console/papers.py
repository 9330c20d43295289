"""The signing queue, amendments, and a document that has to be stopped."""

from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, QueryParameter

from backend.kernel import (
    DomainError,
    Form,
    Injected,
    Nav,
    Snapshot,
    Transaction,
    requires,
)
from backend.kernel.pages import work_page
from modules.documents.handlers.console.parts import (
    AT_ONCE,
    CONSOLE,
    Cursor,
    Done,
    back,
    older,
    why,
)
from modules.documents.handlers.own import StatusOrder
from modules.documents.model.ceremony import DOCUMENTS_MAX
from modules.documents.scopes import ISSUE, REVOKE
from modules.documents.service import desk, issuing, kinds, reading

NAV: Final = Nav(name="signing", path=CONSOLE, scope=ISSUE, key="d", icon="seal")

Run = Annotated[UUID | None, QueryParameter(description="Only documents of a run.")]


@get("/", guards=[requires(ISSUE)])
async def show_signing(
    snapshot: Injected[Snapshot], run: Run = None, cursor: Cursor = None
) -> Response[str]:
    """Show whom the agency's documents wait for, run by run, and each that waits."""
    steps = await desk.steps(snapshot)
    found = await desk.waiting(snapshot, run, cursor, AT_ONCE)
    of_run = f"&run={run}" if run else ""
    return work_page(
        "documents/console/signing.html",
        snapshot.principal,
        steps=steps,
        papers=found.items,
        names=kinds.Names(snapshot),
        at_once=DOCUMENTS_MAX,
        run=next((each.run for each in steps if run and each.run_id == run), ""),
        now=snapshot.now,
        older=f"{older(CONSOLE, found.next_cursor)}{of_run}" if found.next_cursor else "",
    )


@get("/amendments", guards=[requires(ISSUE)])
async def show_amendments(snapshot: Injected[Snapshot], cursor: Cursor = None) -> Response[str]:
    """Show which documents were written anew, and why."""
    found = await desk.amended(snapshot, cursor, AT_ONCE)
    return work_page(
        "documents/console/amendments.html",
        snapshot.principal,
        papers=found.items,
        names=kinds.Names(snapshot),
        older=older(f"{CONSOLE}/amendments", found.next_cursor),
    )


@get("/papers/{document_id:uuid}", guards=[requires(REVOKE)])
async def show_paper(
    document_id: FromPath[UUID], snapshot: Injected[Snapshot], done: Done = ""
) -> Response[str]:
    """Show how a document stands, its revisions, and what a registrar can do with it."""
    return await _paper(snapshot, document_id, done=done)


@post("/papers/{document_id:uuid}/status", guards=[requires(REVOKE)], status_code=303)
async def change_paper(
    document_id: FromPath[UUID], form: Injected[Form], tx: Injected[Transaction]
) -> Response[Any]:
    """Suspend, reinstate or revoke; the second registrar's word revokes."""
    await reading.standing(tx, document_id)
    order = form.read(StatusOrder)
    try:
        done = await issuing.change(tx, document_id, order.status, order.reason)
    except DomainError as refused:
        return await _paper(tx, document_id, refused=refused)
    return back(f"{CONSOLE}/papers/{document_id}", order.status if done else "asked")


async def _paper(
    snapshot: Snapshot, document_id: UUID, *, done: str = "", refused: DomainError | None = None
) -> Response[str]:
    one = await desk.paper(snapshot, document_id)
    revisions = await reading.amendments(snapshot, document_id, None, AT_ONCE)
    return work_page(
        "documents/console/paper.html",
        snapshot.principal,
        status=200 if refused is None else refused.status,
        one=one,
        revisions=revisions.items,
        names=kinds.Names(snapshot),
        has_asked=snapshot.principal.staff_id in {each.asked_by for each in one.asked},
        done=done,
        refused="" if refused is None else why(refused),
    )


PAGES: Final = (show_signing, show_amendments, show_paper, change_paper)
