"""For editors and publishers: bringing a file, seeing what it would do, and letting it."""

from datetime import date
from typing import Annotated, Any, Literal

from litestar import Request, delete, get, post
from litestar.params import JSONBody, QueryParameter

from backend.kernel import BadRequest, Injected, Snapshot, Transaction, refuses, requires
from contracts.page import Page
from contracts.problem import Fault
from modules.public_services.errors import (
    CatalogueMoved,
    ImportHasErrors,
    ImportNotReady,
    ImportRunning,
    NoSuchImport,
)
from modules.public_services.handlers.parameters import (
    UPLOAD_BYTES_MAX,
    Cursor,
    ImportId,
    Limit,
    TakesFile,
)
from modules.public_services.model.imports import (
    FindingView,
    Import,
    LeavingOut,
    Options,
    PlannedChange,
)
from modules.public_services.scopes import EDIT, PUBLISH, REVIEW
from modules.public_services.service import imports, work


@post(
    "/imports",
    guards=[requires(EDIT)],
    status_code=202,
    operation_class=TakesFile,
    request_max_body_size=UPLOAD_BYTES_MAX,
    responses=refuses(ImportRunning),
)
async def bring_file(
    request: Request[Any, Any, Any],
    tx: Injected[Transaction],
    effective_on: Annotated[
        date, QueryParameter(description="From when it holds; a package does not say.")
    ],
    decision: Annotated[
        str, QueryParameter(min_length=1, max_length=200, description="Number of the decision.")
    ],
    agency: Annotated[
        str, QueryParameter(min_length=1, max_length=200, description="Who published it.")
    ],
    name: Annotated[
        str,
        QueryParameter(
            pattern=r"^[\w .\-]{1,100}\.(json|ndjson|csv|zip)$",
            max_length=110,
            description="Name of the file; its ending says what it is.",
        ),
    ],
    extent: Annotated[
        Literal["part", "complete"],
        QueryParameter(description="Whether procedures that a file lacks are abolished."),
    ] = "part",
    purpose: Annotated[
        Literal["publication", "correction"],
        QueryParameter(description="Whether it corrects what the same decision published."),
    ] = "publication",
) -> Import:
    """Bring a file: JSON of the national package, CSV, or a zip of either. A worker reads it."""
    content = await request.body()
    if not content:
        raise BadRequest(errors=[Fault(pointer="", code="required")])
    options = Options(
        effective_on=effective_on,
        decision=decision.strip(),
        agency=agency.strip(),
        complete=extent == "complete",
        correction=purpose == "correction",
    )
    brought = await imports.bring(tx, options, name, content)
    await work.read_later(tx, brought.id)
    return brought


@get("/imports", guards=[requires(REVIEW)])
async def list_imports(
    snapshot: Injected[Snapshot], cursor: Cursor = None, limit: Limit = 20
) -> Page[Import]:
    """List the files that were brought, the newest first."""
    return await imports.recent(snapshot, cursor, limit)


@get("/imports/{import_id:uuid}", guards=[requires(REVIEW)], responses=refuses(NoSuchImport))
async def read_import(import_id: ImportId, tx: Injected[Transaction]) -> Import:
    """Read how far an import is."""
    return await imports.read_import(tx, import_id)


@get(
    "/imports/{import_id:uuid}/findings",
    guards=[requires(REVIEW)],
    responses=refuses(NoSuchImport),
)
async def list_findings(
    import_id: ImportId, tx: Injected[Transaction], cursor: Cursor = None, limit: Limit = 50
) -> Page[FindingView]:
    """List what is wrong with a file, each fault with its place, in the order of the file."""
    page = await imports.findings(tx, import_id, cursor, limit)
    return Page(items=[imports.view(row) for row in page.items], next_cursor=page.next_cursor)


@get(
    "/imports/{import_id:uuid}/changes",
    guards=[requires(REVIEW)],
    responses=refuses(NoSuchImport),
)
async def list_planned_changes(
    import_id: ImportId, tx: Injected[Transaction], cursor: Cursor = None, limit: Limit = 50
) -> Page[PlannedChange]:
    """List what an import would change: new, changed by member, abolished."""
    return await imports.planned(tx, import_id, cursor, limit)


@post(
    "/imports/{import_id:uuid}/application",
    guards=[requires(PUBLISH)],
    status_code=200,
    responses=refuses(NoSuchImport, ImportNotReady, ImportHasErrors, CatalogueMoved),
)
async def apply_import(
    import_id: ImportId, data: JSONBody[LeavingOut], tx: Injected[Transaction]
) -> Import:
    """Let an import change the catalogue, all of it at once, but for the codes left out."""
    return await imports.apply(tx, import_id, data.left_out)


@delete(
    "/imports/{import_id:uuid}",
    guards=[requires(EDIT)],
    status_code=200,
    responses=refuses(NoSuchImport, ImportNotReady),
)
async def withdraw_import(import_id: ImportId, tx: Injected[Transaction]) -> Import:
    """Give up a file that was brought and not applied."""
    return await imports.withdraw(tx, import_id)


ROUTES = (
    bring_file,
    list_imports,
    read_import,
    list_findings,
    list_planned_changes,
    apply_import,
    withdraw_import,
)
