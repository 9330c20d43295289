"""For whoever sets up the desk: what belongs elsewhere, and where."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from litestar import get, put
from litestar.params import JSONBody, PathParameter

from backend.kernel import (
    IfMatch,
    Injected,
    Snapshot,
    Transaction,
    VersionRequired,
    VersionStale,
    refuses,
    requires,
    seen,
)
from modules.feedback.errors import UnknownCategory
from modules.feedback.model.route_outs import RouteOut, RouteOutDraft
from modules.feedback.scopes import CONFIGURE
from modules.feedback.service.setup import route_outs


class RouteOuts(msgspec.Struct, frozen=True, kw_only=True):
    """Ways to other channels, those of other days included."""

    items: Sequence[RouteOut]


@get("/config/route-outs", guards=[requires(CONFIGURE)])
async def list_route_outs(snapshot: Injected[Snapshot]) -> RouteOuts:
    """List what belongs elsewhere, and where."""
    return RouteOuts(items=await route_outs.listed(snapshot))


@put(
    "/config/route-outs/{code:str}",
    guards=[requires(CONFIGURE)],
    responses=refuses(UnknownCategory, VersionRequired, VersionStale),
)
async def put_route_out(
    code: Annotated[str, PathParameter(pattern="^[a-z][a-z0-9-]{0,39}$")],
    data: JSONBody[RouteOutDraft],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> RouteOut:
    """Say what belongs elsewhere, and where; `If-Match: "0"` for a new one."""
    return await route_outs.write(tx, code, data, seen=seen(if_match))
