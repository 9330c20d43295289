"""The words that searches understand: try one, see whose answers change, then keep it."""

from typing import Annotated, Any, Final, get_args
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get, post
from litestar.params import QueryParameter

from backend.kernel import DomainError, Form, Injected, Snapshot, Transaction, requires
from backend.kernel.pages import work_page
from modules.public_services.errors import NoSuchTerm
from modules.public_services.handlers.asking import TermId
from modules.public_services.handlers.console.parts import (
    CONSOLE,
    Done,
    back,
    drafted,
    is_tried,
    lines,
    version_of,
    why,
)
from modules.public_services.handlers.parameters import Cursor
from modules.public_services.model.effects import Effects, TermChange
from modules.public_services.model.index import TermKind
from modules.public_services.model.terms import TermDraft
from modules.public_services.scopes import EDIT
from modules.public_services.service import asking, effects

_AT_ONCE: Final = 50
_TERMS: Final = f"{CONSOLE}/terms"
_KINDS: Final[tuple[str, ...]] = get_args(TermKind)
_FIELDS: Final = ("kind", "text", "target", "active", "note", "questions")

Kind = Annotated[TermKind | None, QueryParameter(description="Only these.")]
About = Annotated[str, QueryParameter(max_length=200, description="Words to begin with.")]


@get("/terms", guards=[requires(EDIT)])
async def show_terms(
    snapshot: Injected[Snapshot],
    kind: Kind = None,
    cursor: Cursor = None,
    about: About = "",
    done: Done = "",
) -> Response[str]:
    """Show the words by kind, and the form that teaches another."""
    found = await asking.listed(snapshot, kind, cursor, _AT_ONCE)
    further = {"kind": kind or "", "cursor": found.next_cursor or ""}
    written = {"kind": kind or "synonym", "text": about, "questions": about}
    return work_page(
        "public_services/console/terms.html",
        snapshot.principal,
        terms=found.items,
        kinds=_KINDS,
        kind=kind or "",
        older=f"?{urlencode(further)}" if found.next_cursor else "",
        written={**dict.fromkeys(_FIELDS, ""), **written},
        done=done,
    )


@post("/terms", guards=[requires(EDIT)], status_code=303)
async def add_term(form: Injected[Form], tx: Injected[Transaction]) -> Response[Any]:
    """Try a new word, or teach it."""
    return await _kept(tx, form, None)


@get("/terms/{term_id:uuid}", guards=[requires(EDIT)])
async def show_term(term_id: TermId, snapshot: Injected[Snapshot]) -> Response[str]:
    """Show one word with the form that changes it."""
    found = await asking.read(snapshot, term_id)
    written = {
        "kind": found.kind,
        "text": found.text,
        "target": found.target,
        "active": "true" if found.active else "false",
        "note": found.note,
        "questions": "",
    }
    return _page(snapshot, term_id, written, version=str(found.version))


@post("/terms/{term_id:uuid}", guards=[requires(EDIT)], status_code=303)
async def write_term(
    term_id: TermId, form: Injected[Form], tx: Injected[Transaction]
) -> Response[Any]:
    """Try another word in its place, or let it take the place."""
    return await _kept(tx, form, term_id)


@post("/terms/{term_id:uuid}/removal", guards=[requires(EDIT)], status_code=303)
async def drop_term(
    term_id: TermId, form: Injected[Form], tx: Injected[Transaction]
) -> Response[Any]:
    """Try without a word, or let searches forget it."""
    if is_tried(form):
        found = await asking.read(tx, term_id)
        tried = await effects.of(tx, TermChange(id=term_id, questions=_questions(form)))
        written = {name: form.text(name) for name in _FIELDS} | {"kind": found.kind}
        return _page(tx, term_id, written, version=form.text("version"), tried=tried)
    await asking.drop(tx, term_id)
    return back(f"{_TERMS}?done=dropped")


async def _kept(tx: Transaction, form: Form, term_id: UUID | None) -> Response[Any]:
    written = {name: form.text(name) for name in _FIELDS}
    seen = form.text("version")
    try:
        draft = form.read(TermDraft)
        if is_tried(form):
            change = TermChange(id=term_id, draft=draft, questions=_questions(form))
            tried = await effects.of(tx, change)
            return _page(tx, term_id, written, version=seen, tried=tried)
        if term_id is None:
            await asking.add(tx, draft)
        else:
            await asking.put(tx, term_id, draft, version_of(form))
    except NoSuchTerm:
        raise
    except DomainError as refused:
        return _page(tx, term_id, written, version=seen, refused=refused)
    return back(f"{_TERMS}?{urlencode({'kind': draft.kind, 'done': 'kept'})}")


def _questions(form: Form) -> tuple[str, ...]:
    return drafted(
        TermChange, {"id": str(UUID(int=0)), "questions": lines(form, "questions")}
    ).questions


def _page(
    snapshot: Snapshot,
    term_id: UUID | None,
    written: dict[str, str],
    *,
    version: str = "",
    tried: Effects | None = None,
    refused: DomainError | None = None,
) -> Response[str]:
    return work_page(
        "public_services/console/term.html",
        snapshot.principal,
        status=200 if refused is None else refused.status,
        action=_TERMS if term_id is None else f"{_TERMS}/{term_id}",
        is_new=term_id is None,
        kinds=_KINDS,
        written=written,
        version=version,
        tried=tried,
        refused="" if refused is None else why(refused),
    )


PAGES: Final = (show_terms, add_term, show_term, write_term, drop_term)
