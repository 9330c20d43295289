"""Who looked at one's data, in a browser, with the proof that it still stands in the log."""

from typing import Final
from uuid import UUID

import msgspec
from litestar import Response, get
from litestar.params import FromPath

from backend.audit import reading
from backend.audit.handlers import Cursor
from backend.identity.scopes import READ
from backend.kernel import Injected, Nav, Snapshot, requires
from backend.kernel.pages import account_page

_HOME: Final = "/account/audit/looks"
_AT_ONCE: Final = 50

ACCOUNT_NAV: Final = (Nav(name="looks", path=_HOME, scope=READ, icon="eye"),)


@get("/looks", guards=[requires(READ)])
async def show_looks_at_me(snapshot: Injected[Snapshot], cursor: Cursor = None) -> Response[str]:
    """List who has looked, when and what for, the newest first."""
    found = await reading.own(snapshot, cursor, _AT_ONCE)
    older = f"{_HOME}?cursor={found.next_cursor}" if found.next_cursor else ""
    return account_page("audit/looks.html", snapshot.principal, looks=found.items, older=older)


@get("/looks/{event_id:uuid}/proof", guards=[requires(READ)])
async def fetch_proof(event_id: FromPath[UUID], snapshot: Injected[Snapshot]) -> Response[bytes]:
    """Fetch the proof of one look, a file that is checked without us."""
    proof = msgspec.json.encode(await reading.proof(snapshot, event_id))
    headers = {
        "Cache-Control": "no-store",
        "Content-Disposition": f'attachment; filename="proof-{event_id}.json"',
    }
    return Response(proof, media_type="application/json", headers=headers)


ACCOUNT_PAGES: Final = (show_looks_at_me, fetch_proof)
