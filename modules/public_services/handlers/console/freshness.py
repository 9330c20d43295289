"""How fresh the catalogue, the searches and the systems beside us are."""

from typing import Final

from litestar import Response, get

from backend.kernel import Injected, Snapshot, requires
from backend.kernel.pages import work_page
from modules.public_services.scopes import CONNECTOR, REVIEW
from modules.public_services.service import asking, desk, freshness, imports

_AT_ONCE: Final = 10


@get("/", guards=[requires(REVIEW)])
async def show_freshness(snapshot: Injected[Snapshot]) -> Response[str]:
    """Show how old everything is, the last files, and what people look for in vain."""
    return work_page(
        "public_services/console/freshness.html",
        snapshot.principal,
        fresh=await freshness.read(snapshot),
        imports=(await imports.recent(snapshot, None, _AT_ONCE)).items,
        asked=(await asking.sums(snapshot)).sums[: 2 * _AT_ONCE],
    )


@get("/connectors", guards=[requires(CONNECTOR)])
async def show_connectors(snapshot: Injected[Snapshot]) -> Response[str]:
    """Show whether the systems answer that tell of dossiers, and how old their word is."""
    return work_page(
        "public_services/console/connectors.html",
        snapshot.principal,
        connectors=await desk.connectors(snapshot),
    )


PAGES: Final = (show_freshness, show_connectors)
