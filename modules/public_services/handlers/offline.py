"""For phones that hold the catalogue: everything once, and then what changed."""

from datetime import datetime
from typing import Annotated

from litestar import Response, get
from litestar.params import QueryParameter

from backend.kernel import Anyone, BadRequest, Injected, Snapshot, refuses
from contracts.problem import Fault
from modules.public_services.errors import ResyncRequired
from modules.public_services.handlers.parameters import FRESH, AtLevel
from modules.public_services.model.views import Changes
from modules.public_services.service import offline


@get("/changes", guards=[Anyone()], cache_control=FRESH, responses=refuses(ResyncRequired))
async def list_changes(
    snapshot: Injected[Snapshot],
    since: Annotated[
        int,
        QueryParameter(
            ge=0, le=2**53, description="`next` of the last answer or `seq` of a snapshot."
        ),
    ] = 0,
    modified_after: Annotated[
        datetime | None,
        QueryParameter(description="A moment with its zone; the later of it and `since` counts."),
    ] = None,
    limit: Annotated[
        int, QueryParameter(ge=1, le=1000, description="How many procedures at most.")
    ] = 1000,
) -> Changes:
    """Read what changed: each procedure once, as it is now. One without `procedure` is gone."""
    if modified_after is not None and modified_after.tzinfo is None:
        raise BadRequest(errors=[Fault(parameter="modified_after", code="format")])
    if modified_after is not None:
        since = max(since, await offline.modified_after(snapshot, modified_after))
    return await offline.changes(snapshot, since, limit)


@get("/snapshot", guards=[Anyone()], media_type="application/gzip")
async def read_snapshot(snapshot: Injected[Snapshot], level: AtLevel = None) -> Response[bytes]:
    """Fetch everything in force, as lines of JSON in gzip; the first line names the edition."""
    content = await offline.snapshot_lines(snapshot, level)
    return Response(
        content,
        media_type="application/gzip",
        headers={
            "Cache-Control": "public, max-age=30, stale-while-revalidate=120",
            "Content-Disposition": 'attachment; filename="procedures.ndjson.gz"',
        },
    )


ROUTES = (
    list_changes,
    read_snapshot,
)
