"""For everybody: what has been reported and what became of it, without anybody's name."""

from datetime import datetime
from typing import Annotated

from litestar import get
from litestar.params import FromPath, QueryParameter
from litestar.response import Redirect

from backend.kernel import Anyone, BadRequest, Injected, NotFound, Snapshot, refuses
from contracts.files import FileStore
from contracts.page import Page
from contracts.problem import Fault
from modules.feedback.handlers.parameters import (
    FRESH,
    Corners,
    Cursor,
    Limit,
    Near,
    RadiusMetres,
    box,
    circle,
)
from modules.feedback.model.machines import ReportState
from modules.feedback.model.queues import PublicFilter
from modules.feedback.model.views import PublicItem, PublicReport
from modules.feedback.service import public


@get("/public/reports", guards=[Anyone()], cache_control=FRESH)
async def list_public_reports(
    snapshot: Injected[Snapshot],
    near: Near = None,
    radius_m: RadiusMetres = 1000,
    bbox: Corners = None,
    commune: Annotated[str | None, QueryParameter(pattern="^[0-9]{5}$")] = None,
    category: Annotated[str | None, QueryParameter(max_length=40)] = None,
    standing: Annotated[ReportState | None, QueryParameter(name="state")] = None,
    since: Annotated[
        datetime | None, QueryParameter(description="Filed then or later; with its zone.")
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[PublicItem]:
    """List public reports: newest first, or, around a point, the nearest first.

    Give `near` or `bbox` or neither. Places are as exact as the category allows, and so are
    distances.
    """
    if near is not None and bbox is not None:
        raise BadRequest(errors=[Fault(parameter="bbox", code="inconsistent")])
    if since is not None and since.tzinfo is None:
        raise BadRequest(errors=[Fault(parameter="since", code="format")])
    wanted = PublicFilter(commune_code=commune, category=category, state=standing, since=since)
    if near is not None:
        return await public.nearest(snapshot, wanted, circle(near, radius_m), cursor, limit)
    within = None if bbox is None else box(bbox)
    return await public.newest(snapshot, wanted, within, cursor, limit)


@get(
    "/public/reports/{code:str}",
    guards=[Anyone()],
    cache_control=FRESH,
    responses=refuses(NotFound),
)
async def read_public_report(code: FromPath[str], snapshot: Injected[Snapshot]) -> PublicReport:
    """Read a public report by its code, written as you like: `PA-7K3F9Q`, `7k3f9q`."""
    return await public.read(snapshot, code)


@get(
    "/public/reports/{code:str}/photos/{number:int}",
    guards=[Anyone()],
    status_code=303,
    cache_control=FRESH,
    responses=refuses(NotFound),
)
async def show_public_photo(
    code: FromPath[str], number: FromPath[int], snapshot: Injected[Snapshot]
) -> Redirect:
    """Show a photo of a public report, numbered from 1: pixels alone, nothing a camera wrote."""
    address = await public.photo(snapshot, code, number, store=snapshot.ask(FileStore))
    return Redirect(address, status_code=303)
