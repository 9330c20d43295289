"""What a provider tells of a contract, and what the operator sees of those that wait for one."""

from typing import Annotated, Final
from uuid import UUID

from litestar import get, post
from litestar.params import FromPath, JSONBody, PathParameter, QueryParameter

from backend.kernel import Injected, NotFound, Snapshot, Transaction, refuses, requires
from contracts.page import Page
from modules.labour_contracts.errors import EventReused, NotToBeSent
from modules.labour_contracts.repository.handovers import Handover
from modules.labour_contracts.scopes import PROVIDER, WATCH
from modules.labour_contracts.service import handovers, providers
from modules.labour_contracts.service.providers import Outcome, ProviderEvent


@post(
    "/provider/events",
    guards=[requires(PROVIDER)],
    responses=refuses(EventReused),
    status_code=202,
)
async def receive_event(data: JSONBody[ProviderEvent], tx: Injected[Transaction]) -> Outcome:
    """Tell what became of a contract: certified, numbered, ended. The same again is there once.

    It is kept at once and done in a moment; ask for its outcome.
    """
    return await providers.receive(tx, data)


@get("/provider/events/{event_id:str}", guards=[requires(PROVIDER)], responses=refuses(NotFound))
async def read_event(
    event_id: Annotated[str, PathParameter(pattern=r"^[A-Za-z0-9._-]{1,100}$")],
    snapshot: Injected[Snapshot],
) -> Outcome:
    """Read what came of an event of yours."""
    return await providers.outcome(snapshot, event_id)


@get("/handovers", guards=[requires(WATCH)])
async def list_uncertified(
    snapshot: Injected[Snapshot],
    cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=50)] = 20,
) -> Page[Handover]:
    """List what no provider has certified yet, or cannot number, the most urgent first."""
    return await handovers.listed(snapshot, cursor, limit)


@post(
    "/handovers/{contract_id:uuid}/retry",
    guards=[requires(WATCH)],
    responses=refuses(NotFound, NotToBeSent),
)
async def retry_certification(contract_id: FromPath[UUID], tx: Injected[Transaction]) -> Handover:
    """Send a contract to its provider once more, now, or ask after it."""
    return await handovers.again(tx, contract_id)


ROUTES: Final = (receive_event, read_event, list_uncertified, retry_certification)
