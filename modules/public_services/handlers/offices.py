"""For everybody: where to go and whom to ring; for editors: to keep it true."""

from typing import Annotated, TypeAlias
from uuid import UUID

import msgspec
from litestar import delete, get, put
from litestar.params import JSONBody, PathParameter, QueryParameter
from msgspec import Meta

from backend.kernel import (
    Anyone,
    BadRequest,
    IfMatch,
    Injected,
    Snapshot,
    Transaction,
    VersionRequired,
    VersionStale,
    refuses,
    requires,
)
from contracts.problem import Fault
from modules.public_services.errors import (
    NoSuchOffice,
    NoSuchProcedure,
)
from modules.public_services.handlers.parameters import FRESH, REFERENCE
from modules.public_services.handlers.writing import put_by_editors
from modules.public_services.model.offices import (
    Hotline,
    Hotlines,
    Office,
    OfficeDraft,
    Offices,
)
from modules.public_services.model.procedures import CODE
from modules.public_services.scopes import EDIT
from modules.public_services.service import catalogue, offices

OfficeId: TypeAlias = Annotated[UUID, PathParameter(description="Of an office; you choose it.")]


class ToRing(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to ring; a number stands once."""

    hotlines: Annotated[tuple[Hotline, ...], Meta(min_length=1, max_length=100)]

    def __post_init__(self) -> None:
        if len({each.number for each in self.hotlines}) < len(self.hotlines):
            raise ValueError("hotlines")


@get("/offices", guards=[Anyone()], cache_control=FRESH, responses=refuses(NoSuchProcedure))
async def list_offices(
    snapshot: Injected[Snapshot],
    commune: Annotated[
        str | None, QueryParameter(pattern="^[0-9]{5}$", description="Code of a commune.")
    ] = None,
    procedure: Annotated[
        str | None,
        QueryParameter(pattern=CODE, max_length=40, description="Where this one may be filed."),
    ] = None,
    lat: Annotated[
        float | None, QueryParameter(ge=-90, le=90, description="Where somebody is; with `lon`.")
    ] = None,
    lon: Annotated[
        float | None, QueryParameter(ge=-180, le=180, description="Where somebody is.")
    ] = None,
) -> Offices:
    """List offices: open now or when next, how far; the nearest first where a point is given."""
    if (lat is None) != (lon is None):
        raise BadRequest(errors=[Fault(parameter="lon", code="inconsistent")])
    point = None if lat is None or lon is None else (lat, lon)
    filed = None
    if procedure is not None:
        filed = await catalogue.read(snapshot, procedure, snapshot.today)
    return Offices(offices=tuple(await offices.near(snapshot, commune, point, filed)))


@put_by_editors("/offices/{office_id:uuid}")
async def write_office(
    office_id: OfficeId,
    data: JSONBody[OfficeDraft],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> Office:
    """Write an office; `"0"` matches when there is none of that id."""
    return await offices.put(tx, office_id, data, if_match)


@get("/offices/{office_id:uuid}", guards=[Anyone()], responses=refuses(NoSuchOffice))
async def read_office(office_id: OfficeId, snapshot: Injected[Snapshot]) -> Office:
    """Read one office; its `ETag` is what an editor shows to change it."""
    return await offices.read(snapshot, office_id)


@delete(
    "/offices/{office_id:uuid}",
    guards=[requires(EDIT)],
    responses=refuses(NoSuchOffice, VersionRequired, VersionStale),
)
async def drop_office(
    office_id: OfficeId, tx: Injected[Transaction], if_match: IfMatch = None
) -> None:
    """Take an office off the list."""
    await offices.drop(tx, office_id, if_match)


@get("/hotlines", guards=[Anyone()], cache_control=REFERENCE)
async def list_hotlines(snapshot: Injected[Snapshot]) -> Hotlines:
    """List whom to ring about what, and when somebody answers."""
    return Hotlines(hotlines=await offices.hotlines(snapshot))


@put("/hotlines", guards=[requires(EDIT)])
async def write_hotlines(data: JSONBody[ToRing], tx: Injected[Transaction]) -> Hotlines:
    """Write all numbers anew, in the order in which they are shown."""
    return Hotlines(hotlines=await offices.put_hotlines(tx, data.hotlines))


ROUTES = (
    list_offices,
    read_office,
    write_office,
    drop_office,
    list_hotlines,
    write_hotlines,
)
