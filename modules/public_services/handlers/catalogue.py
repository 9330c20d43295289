"""For everybody: what the law says about a procedure, on any day."""

from typing import Annotated, cast
from uuid import UUID

import msgspec
from litestar import get
from litestar.params import QueryParameter

from backend.kernel import Anyone, Injected, Snapshot, refuses
from contracts.page import Page
from modules.public_services.errors import NoSuchLifeEvent, NoSuchProcedure, NoSuchVersion
from modules.public_services.handlers.parameters import (
    FRESH,
    IMMUTABLE,
    REFERENCE,
    AtLevel,
    ByChannel,
    Code,
    Cursor,
    ForAudience,
    Free,
    InField,
    Limit,
    OfLifeEvent,
    On,
    Province,
    VersionId,
)
from modules.public_services.model.engine import Filters
from modules.public_services.model.views import (
    Card,
    Comparison,
    Fields,
    History,
    Procedure,
    PublishedVersion,
    published,
)
from modules.public_services.service import catalogue, life_events


@get("/procedures", guards=[Anyone()], cache_control=FRESH, responses=refuses(NoSuchLifeEvent))
async def list_procedures(
    snapshot: Injected[Snapshot],
    level: AtLevel = None,
    field: InField = None,
    audience: ForAudience = None,
    channel: ByChannel = None,
    free: Free = None,
    life_event: OfLifeEvent = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[Card]:
    """List the procedures in force today, in the order of their codes."""
    codes = await life_events.codes(snapshot, life_event)
    filters = Filters(
        level=level, field=field, audience=audience, channel=channel, free=free, codes=codes
    )
    return await catalogue.listed(snapshot, cursor, limit, filters)


@get("/fields", guards=[Anyone()], cache_control=REFERENCE)
async def list_fields(snapshot: Injected[Snapshot]) -> Fields:
    """List the fields of administration in which procedures are in force."""
    return await catalogue.fields(snapshot)


@get(
    "/procedures/{code:str}",
    guards=[Anyone()],
    cache_control=REFERENCE,
    responses=refuses(NoSuchProcedure),
)
async def read_procedure(
    code: Code, snapshot: Injected[Snapshot], on: On = None, province: Province = None
) -> Procedure:
    """Read a procedure as it stands on a day, with what the province sets and our words.

    One that was abolished is still told, with its status.
    """
    # Encoded before, for whoever asked first: `Raw` is sent as it is.
    content = await catalogue.encoded(snapshot, code, on, province)
    return cast("Procedure", msgspec.Raw(content))


@get(
    "/procedures/{code:str}/versions",
    guards=[Anyone()],
    cache_control=REFERENCE,
    responses=refuses(NoSuchProcedure),
)
async def list_versions(code: Code, snapshot: Injected[Snapshot]) -> History:
    """List every version of a procedure, oldest first."""
    return await catalogue.history(snapshot, code)


@get(
    "/procedures/{code:str}/versions/{version_id:uuid}",
    guards=[Anyone()],
    cache_control=IMMUTABLE,
    responses=refuses(NoSuchVersion),
)
async def read_version(
    code: Code, version_id: VersionId, snapshot: Injected[Snapshot]
) -> PublishedVersion:
    """Read one version: a document that never changes."""
    return published(await catalogue.version(snapshot, code, version_id))


@get(
    "/procedures/{code:str}/comparison",
    guards=[Anyone()],
    cache_control=IMMUTABLE,
    responses=refuses(NoSuchVersion),
)
async def compare_versions(
    code: Code,
    snapshot: Injected[Snapshot],
    before: Annotated[UUID, QueryParameter(name="from", description="Id of a version.")],
    after: Annotated[UUID, QueryParameter(name="to", description="Id of another version.")],
) -> Comparison:
    """Compare two versions, member by member."""
    return await catalogue.compare(snapshot, code, before, after)


ROUTES = (
    list_procedures,
    list_fields,
    read_procedure,
    list_versions,
    read_version,
    compare_versions,
)
