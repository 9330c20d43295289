"""For everybody: what has been reported and what became of it, without anybody's name."""

from datetime import datetime
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from litestar import get
from litestar.params import FromPath, FromQuery, QueryParameter
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
from modules.feedback.model.views import PublicItem, PublicReport, Step
from modules.feedback.service import public

Order: TypeAlias = Literal["new", "near", "followers"]


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
    until: Annotated[
        datetime | None, QueryParameter(description="Filed before; with its zone.")
    ] = None,
    agency: FromQuery[UUID | None] = None,
    q: Annotated[
        str | None,
        QueryParameter(
            min_length=2,
            max_length=100,
            description="Words that all stand in the report, with or without their marks:"
            " `o ga` finds `ổ gà`. Not with `near` or `bbox`.",
        ),
    ] = None,
    sort: Annotated[
        Order | None,
        QueryParameter(description="`new`, `near` (with a point) or `followers`."),
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 20,
) -> Page[PublicItem]:
    """List public reports: newest first, or, around a point, the nearest first.

    Give `near` or `bbox` or neither. Places are as exact as the category allows, and so are
    distances.
    """
    _require_sense(near=near, bbox=bbox, q=q, sort=sort)
    wanted = PublicFilter(
        commune_code=commune,
        category=category,
        state=standing,
        since=since,
        until=until,
        agency_id=agency,
    )
    if q is not None:
        return await public.search(snapshot, wanted, q, cursor, limit)
    if sort == "followers":
        return await public.most_followed(snapshot, wanted, cursor, limit)
    if near is not None:
        return await public.nearest(snapshot, wanted, circle(near, radius_m), cursor, limit)
    within = None if bbox is None else box(bbox)
    return await public.newest(snapshot, wanted, within, cursor, limit)


def _require_sense(
    *, near: str | None, bbox: str | None, q: str | None, sort: Order | None
) -> None:
    """Raise `BadRequest` for a question that contradicts itself."""
    by_place = {"near": near, "bbox": bbox}
    places = [name for name, given in by_place.items() if given is not None]
    wrong = places[1:]
    if q is not None or sort == "followers":
        wrong = places
    elif sort == "near" and near is None:
        wrong = ["sort"]
    if wrong:
        raise BadRequest(errors=[Fault(parameter=name, code="inconsistent") for name in wrong])


@get(
    "/public/reports/{code:str}/history",
    guards=[Anyone()],
    cache_control=FRESH,
    responses=refuses(NotFound),
)
async def read_public_history(code: FromPath[str], snapshot: Injected[Snapshot]) -> Page[Step]:
    """Read what happened to a public report, step by step."""
    return Page(items=await public.history(snapshot, code))


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
