"""For editors: what people call things, and what they look for in vain."""

from datetime import timedelta
from typing import Annotated, TypeAlias
from uuid import UUID

from litestar import delete, get, post
from litestar.params import JSONBody, PathParameter, QueryParameter

from backend.kernel import (
    Anyone,
    IfMatch,
    Injected,
    Origin,
    Snapshot,
    Transaction,
    at_most,
    refuses,
    requires,
)
from contracts.page import Page
from modules.public_services.errors import NoSuchTerm, TermExists
from modules.public_services.handlers.parameters import Cursor, Limit
from modules.public_services.handlers.writing import put_by_editors
from modules.public_services.model.asking import Outcome, SearchSums
from modules.public_services.model.effects import Effects, TermChange
from modules.public_services.model.freshness import Freshness
from modules.public_services.model.index import TermKind
from modules.public_services.model.terms import KeptTerm, TermDraft
from modules.public_services.scopes import EDIT, REVIEW
from modules.public_services.service import asking, effects, freshness

TermId: TypeAlias = Annotated[UUID, PathParameter(description="Id of a term.")]


@get("/search-terms", guards=[requires(EDIT)])
async def list_terms(
    snapshot: Injected[Snapshot],
    kind: Annotated[TermKind | None, QueryParameter(description="Only these.")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[KeptTerm]:
    """List the words that searches understand, by kind."""
    return await asking.listed(snapshot, kind, cursor, limit)


@post("/search-terms", guards=[requires(EDIT)], responses=refuses(TermExists))
async def add_term(data: JSONBody[TermDraft], tx: Injected[Transaction]) -> KeptTerm:
    """Teach searches a word. Every process understands it seconds later."""
    return await asking.add(tx, data)


@put_by_editors("/search-terms/{term_id:uuid}", NoSuchTerm, TermExists)
async def write_term(
    term_id: TermId,
    data: JSONBody[TermDraft],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> KeptTerm:
    """Change a word; one that is not `active` is kept and not searched by."""
    return await asking.put(tx, term_id, data, if_match)


@delete("/search-terms/{term_id:uuid}", guards=[requires(EDIT)], responses=refuses(NoSuchTerm))
async def drop_term(term_id: TermId, tx: Injected[Transaction]) -> None:
    """Let searches forget a word."""
    await asking.drop(tx, term_id)


@post(
    "/search-term-effects",
    guards=[requires(EDIT), at_most(60, per=timedelta(hours=1))],
    status_code=200,
    responses=refuses(NoSuchTerm),
)
async def try_term(data: JSONBody[TermChange], snapshot: Injected[Snapshot]) -> Effects:
    """Try a word before it is kept: which questions would be answered otherwise, in the first five.

    Tried are questions sent along, what many asked in ninety days, and sentences of the catalogue
    that have the words. Nothing is kept.
    """
    return await effects.of(snapshot, data)


@post(
    "/search-outcomes",
    guards=[Anyone(), at_most(120, per=timedelta(hours=1), by="address")],
    status_code=204,
)
async def tell_outcome(
    data: JSONBody[Outcome], tx: Injected[Transaction], origin: Injected[Origin]
) -> None:
    """Tell whether a search led anywhere.

    A question is written down, without marks and numbers, once five have asked it on a day; until
    then it is nowhere, and who asked is never written down.
    """
    await asking.count(tx, origin, data)


@get("/statistics/search", guards=[requires(EDIT)])
async def list_search_sums(snapshot: Injected[Snapshot]) -> SearchSums:
    """Read what was asked in ninety days; what nobody found anything for comes first."""
    return await asking.sums(snapshot)


@get("/freshness", guards=[requires(REVIEW)])
async def read_freshness(snapshot: Injected[Snapshot]) -> Freshness:
    """Read how old the catalogue is, and whether searches know its present edition."""
    return await freshness.read(snapshot)


ROUTES = (
    list_terms,
    add_term,
    write_term,
    drop_term,
    try_term,
    tell_outcome,
    list_search_sums,
    read_freshness,
)
