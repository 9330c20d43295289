"""Bringing a file in a browser, reading what is wrong with it row by row, and letting it count."""

from datetime import date
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode

import msgspec
from litestar import Response, get, post
from litestar.params import QueryParameter

from backend.kernel import (
    BadRequest,
    DomainError,
    Form,
    Injected,
    Line,
    Snapshot,
    Transaction,
    requires,
)
from backend.kernel.forms import FILES_MAX
from backend.kernel.pages import work_page
from contracts.problem import Fault
from modules.public_services.handlers.console.parts import CONSOLE, back, drafted, lines, why
from modules.public_services.handlers.parameters import UPLOAD_BYTES_MAX, Cursor, ImportId
from modules.public_services.model.imports import LeavingOut, Options
from modules.public_services.scopes import EDIT, PUBLISH, REVIEW
from modules.public_services.service import imports, work

_AT_ONCE: Final = 50
_SLACK_BYTES: Final = 1 << 16
"""For the fields that come with a file."""
_FILES: Final = f"{CONSOLE}/imports"
_FIELDS: Final = ("effective_on", "decision", "agency", "extent", "purpose")

After = Annotated[
    str | None, QueryParameter(max_length=1024, description="`next_cursor` of the changes before.")
]


class Brought(msgspec.Struct, frozen=True, kw_only=True):
    """What stands beside a file in its form."""

    effective_on: date
    decision: Line
    agency: Line
    extent: Literal["part", "complete"] = "part"
    purpose: Literal["publication", "correction"] = "publication"


@get("/imports", guards=[requires(REVIEW)])
async def show_imports(snapshot: Injected[Snapshot], cursor: Cursor = None) -> Response[str]:
    """Show the files that were brought, and the form that brings another."""
    return await _listed(snapshot, cursor)


@post(
    "/imports",
    guards=[requires(EDIT)],
    status_code=303,
    request_max_body_size=UPLOAD_BYTES_MAX + _SLACK_BYTES,
    opt={FILES_MAX: 1},
)
async def bring_file(form: Injected[Form], tx: Injected[Transaction]) -> Response[Any]:
    """Bring a file; a worker reads it while the page waits."""
    try:
        said = form.read(Brought)
        content = next(iter(form.files("file")), b"")
        if not content:
            raise BadRequest(errors=[Fault(pointer="/file", code="required")])
        options = Options(
            effective_on=said.effective_on,
            decision=said.decision,
            agency=said.agency,
            complete=said.extent == "complete",
            correction=said.purpose == "correction",
        )
        brought = await imports.bring(tx, options, _named(content), content)
    except DomainError as refused:
        return await _listed(tx, None, refused=refused, said=form)
    await work.read_later(tx, brought.id)
    return back(f"{_FILES}/{brought.id}")


def _named(content: bytes) -> str:
    """Return a name whose ending says what a file is; a browser's own names may be anything."""
    if content.startswith(b"PK"):
        return "package.zip"
    return "package.json" if content.lstrip()[:1] in (b"{", b"[") else "procedures.csv"


async def _listed(
    snapshot: Snapshot,
    cursor: str | None,
    *,
    refused: DomainError | None = None,
    said: Form | None = None,
) -> Response[str]:
    found = await imports.recent(snapshot, cursor, _AT_ONCE)
    return work_page(
        "public_services/console/imports.html",
        snapshot.principal,
        status=200 if refused is None else refused.status,
        imports=found.items,
        older=f"?{urlencode({'cursor': found.next_cursor})}" if found.next_cursor else "",
        refused="" if refused is None else why(refused),
        written={name: "" if said is None else said.text(name) for name in _FIELDS},
        may_bring=bool(snapshot.principal.roles & EDIT.roles),
    )


@get("/imports/{import_id:uuid}", guards=[requires(REVIEW)])
async def show_import(
    import_id: ImportId,
    snapshot: Injected[Snapshot],
    cursor: Cursor = None,
    changes: After = None,
) -> Response[str]:
    """Show what is wrong with a file, row by row, and what it would change."""
    return await _shown(snapshot, import_id, cursor, changes)


async def _shown(
    snapshot: Snapshot,
    import_id: ImportId,
    cursor: str | None = None,
    changes: str | None = None,
    *,
    refused: DomainError | None = None,
    left_out: str = "",
) -> Response[str]:
    findings = await imports.findings(snapshot, import_id, cursor, _AT_ONCE)
    planned = await imports.planned(snapshot, import_id, changes, _AT_ONCE)
    here = {"cursor": cursor or "", "changes": changes or ""}
    roles = snapshot.principal.roles
    return work_page(
        "public_services/console/import.html",
        snapshot.principal,
        status=200 if refused is None else refused.status,
        one=await imports.read_import(snapshot, import_id),
        counts=await imports.counts(snapshot, import_id),
        findings=[imports.view(row) for row in findings.items],
        planned=planned.items,
        more_findings=_on(here, "cursor", findings.next_cursor, "findings"),
        more_changes=_on(here, "changes", planned.next_cursor, "changes"),
        refused="" if refused is None else why(refused),
        left_out=left_out,
        may_publish=bool(roles & PUBLISH.roles),
        may_withdraw=bool(roles & EDIT.roles),
    )


def _on(here: dict[str, str], name: str, cursor: str | None, place: str) -> str:
    """Return where a list goes on; the other one stays where it is."""
    said = {each: text for each, text in {**here, name: cursor or ""}.items() if text}
    return f"?{urlencode(said)}#{place}" if cursor else ""


@post("/imports/{import_id:uuid}/application", guards=[requires(PUBLISH)], status_code=303)
async def apply_file(
    import_id: ImportId, form: Injected[Form], tx: Injected[Transaction]
) -> Response[Any]:
    """Let a file change the catalogue as a whole, but for the codes that are named."""
    try:
        leaving = drafted(LeavingOut, {"left_out": lines(form, "left_out")})
        await imports.apply(tx, import_id, leaving.left_out)
    except DomainError as refused:
        left_out = form.text("left_out")
        return await _shown(tx, import_id, refused=refused, left_out=left_out)
    return back(f"{_FILES}/{import_id}")


@post("/imports/{import_id:uuid}/withdrawal", guards=[requires(EDIT)], status_code=303)
async def withdraw_file(import_id: ImportId, tx: Injected[Transaction]) -> Response[Any]:
    """Give up a file that was brought and not applied."""
    try:
        await imports.withdraw(tx, import_id)
    except DomainError as refused:
        return await _shown(tx, import_id, refused=refused)
    return back(f"{_FILES}/{import_id}")


PAGES: Final = (show_imports, bring_file, show_import, apply_file, withdraw_file)
