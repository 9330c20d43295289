"""The operator's page: which contracts wait for their certification, and sending them again."""

from contextlib import suppress
from typing import Annotated, Any, Final
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, QueryParameter

from backend.kernel import Card, Console, Injected, Nav, Snapshot, Transaction, requires
from backend.kernel.pages import work_page
from modules.labour_contracts.errors import NotToBeSent
from modules.labour_contracts.scopes import WATCH
from modules.labour_contracts.service import handovers

_HOME: Final = "/console/labour-contracts"
_AT_ONCE: Final = 50


@get("/", guards=[requires(WATCH)])
async def show_handovers(
    snapshot: Injected[Snapshot],
    cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
) -> Response[str]:
    """Show what no provider has certified yet, the most urgent first."""
    found = await handovers.listed(snapshot, cursor, _AT_ONCE)
    return work_page(
        "labour_contracts/handovers.html",
        snapshot.principal,
        rows=found.items,
        now=snapshot.now,
        older=f"{_HOME}?cursor={found.next_cursor}" if found.next_cursor else "",
    )


@post("/{contract_id:uuid}/retry", guards=[requires(WATCH)], status_code=303)
async def send_again(contract_id: FromPath[UUID], tx: Injected[Transaction]) -> Response[Any]:
    """Send a contract once more. One that has gone its way meanwhile is none of the list's."""
    with suppress(NotToBeSent):
        await handovers.again(tx, contract_id)
    return Response(None, status_code=303, headers={"Location": _HOME})


CONSOLE: Final = Console(
    pages=(show_handovers, send_again),
    nav=(Nav(name="handovers", path=_HOME, scope=WATCH, icon="seal"),),
    cards=(Card(name="late", path=_HOME, scope=WATCH, load=handovers.late_count, is_alarm=True),),
)
