"""Pages for everybody: what one needs, asked in one's own words."""

from typing import Annotated, Final

from litestar import Response, get
from litestar.params import QueryParameter

from backend.kernel import Anyone, Injected, Snapshot
from backend.kernel.pages import page
from modules.public_services.handlers.parameters import Code
from modules.public_services.model.engine import Filters
from modules.public_services.service import catalogue, search

_FRESH: Final = {"Cache-Control": "public, max-age=60, stale-while-revalidate=300"}
_AT_ONCE: Final = 20


@get("/procedures", guards=[Anyone()])
async def show_search(
    snapshot: Injected[Snapshot], q: Annotated[str, QueryParameter(max_length=500)] = ""
) -> Response[str]:
    """Show the search, with what it finds for `q`; without a question, the fields."""
    asked = q.strip()
    answer = (
        await search.search(snapshot, asked, Filters(), _AT_ONCE, explains=False) if asked else None
    )
    fields = await catalogue.fields(snapshot)
    return page(
        "public_services/search.html", headers=_FRESH, q=q, answer=answer, fields=fields.fields
    )


@get("/procedures/{code:str}", guards=[Anyone()])
async def show_procedure(code: Code, snapshot: Injected[Snapshot]) -> Response[str]:
    """Show one procedure as it stands today."""
    found = await catalogue.read(snapshot, code, snapshot.today)
    return page("public_services/procedure.html", headers=_FRESH, procedure=found)
