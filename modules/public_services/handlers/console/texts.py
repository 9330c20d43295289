"""Our words about one procedure, and where it lives on once it is abolished."""

from typing import Any, Final

from litestar import Response, get, post

from backend.kernel import DomainError, Form, Injected, Snapshot, Transaction, requires
from backend.kernel.pages import work_page
from modules.public_services.handlers.console.parts import (
    CONSOLE,
    Done,
    back,
    drafted,
    lines,
    version_of,
    why,
)
from modules.public_services.handlers.parameters import Code, Words
from modules.public_services.model.successors import SuccessorsDraft
from modules.public_services.scopes import EDIT
from modules.public_services.service import catalogue, editing

_FIELDS: Final = ("plain_title", "summary", "situations")


@get("/procedures/{code:str}", guards=[requires(EDIT)])
async def show_texts(code: Code, snapshot: Injected[Snapshot], done: Done = "") -> Response[str]:
    """Show what citizens read and search about a procedure, and the forms that change it."""
    return await _page(snapshot, code, done=done)


@post("/procedures/{code:str}/citizen-text", guards=[requires(EDIT)], status_code=303)
async def write_text(code: Code, form: Injected[Form], tx: Injected[Transaction]) -> Response[Any]:
    """Keep our words, in Vietnamese."""
    given = {name: text for name in _FIELDS[:2] if (text := form.text(name).strip())}
    try:
        words = drafted(Words, {**given, "situations": lines(form, "situations")})
        await editing.write_text(tx, code, words.text(), "vi", version_of(form))
    except DomainError as refused:
        written = {name: form.text(name) for name in _FIELDS}
        return await _page(tx, code, refused=refused, written=written)
    return back(f"{CONSOLE}/procedures/{code}?done=text")


@post("/procedures/{code:str}/successors", guards=[requires(EDIT)], status_code=303)
async def write_successors(
    code: Code, form: Injected[Form], tx: Injected[Transaction]
) -> Response[Any]:
    """Keep in which procedures it lives on."""
    try:
        draft = drafted(SuccessorsDraft, {"codes": lines(form, "codes")})
        await editing.write_successors(tx, code, draft, version_of(form))
    except DomainError as refused:
        return await _page(tx, code, refused=refused, named=form.text("codes"))
    return back(f"{CONSOLE}/procedures/{code}?done=successors")


async def _page(
    snapshot: Snapshot,
    code: str,
    *,
    done: str = "",
    refused: DomainError | None = None,
    written: dict[str, str] | None = None,
    named: str | None = None,
) -> Response[str]:
    kept = await editing.kept(snapshot, code)
    text, after = kept.text, kept.successors
    stored = {"plain_title": "", "summary": "", "situations": ""}
    if text is not None:
        said = "\n".join(text.situations)
        stored = {"plain_title": text.plain_title, "summary": text.summary, "situations": said}
    return work_page(
        "public_services/console/texts.html",
        snapshot.principal,
        status=200 if refused is None else refused.status,
        procedure=await catalogue.read(snapshot, code, snapshot.today),
        written=written or stored,
        text_version=0 if text is None else text.version,
        codes="\n".join(after.codes) if named is None else named,
        successors_version=after.version,
        refused="" if refused is None else why(refused),
        done=done,
    )


PAGES: Final = (show_texts, write_text, write_successors)
