"""The special days of a year: read by everybody, kept by the province."""

from typing import Annotated, Final, TypeAlias

from litestar import get, put
from litestar.datastructures import CacheControlHeader
from litestar.params import JSONBody, QueryParameter

from backend.calendar import years
from backend.calendar.errors import UnfitDays, UnknownYear, YearIsConfirmed
from backend.calendar.model import CalendarYear, YearDraft
from backend.calendar.scopes import EDIT
from backend.kernel import (
    Anyone,
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

Number: TypeAlias = Annotated[int, QueryParameter(name="year", ge=2000, le=2100)]

REFERENCE: Final = CacheControlHeader(public=True, max_age=300, stale_while_revalidate=86400)


@get("/days", guards=[Anyone()], cache_control=REFERENCE, responses=refuses(UnknownYear))
async def read_days(number: Number, snapshot: Injected[Snapshot]) -> CalendarYear:
    """List the public holidays, the days off and the Saturdays worked for them, of a year."""
    return await years.read(snapshot, number)


@put(
    "/days",
    guards=[requires(EDIT)],
    responses=refuses(UnfitDays, YearIsConfirmed, VersionRequired, VersionStale),
)
async def write_days(
    number: Number,
    data: JSONBody[YearDraft],
    tx: Injected[Transaction],
    if_match: IfMatch = None,
) -> CalendarYear:
    """Write the days of a year; `"0"` matches a year of which nothing is known.

    Confirming it makes deadlines that were provisional final, once.
    """
    return await years.write(tx, number, data, seen=seen(if_match))
