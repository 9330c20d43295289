"""How reports were dealt with, for everybody and for the desk."""

from datetime import date
from typing import Annotated

from litestar import Response, get
from litestar.params import FromQuery, QueryParameter

from backend.kernel import Anyone, Injected, Snapshot, requires
from modules.feedback.handlers.parameters import FRESH
from modules.feedback.model.bulk import statistics_csv
from modules.feedback.model.statistics import Grouping, Ranking, Statistics
from modules.feedback.scopes import TRIAGE
from modules.feedback.service import statistics


@get("/public/statistics", guards=[Anyone()], cache_control=FRESH)
async def show_statistics(
    snapshot: Injected[Snapshot],
    by: FromQuery[Grouping] = "agency",
    since: FromQuery[date | None] = None,
    until: FromQuery[date | None] = None,
) -> Statistics:
    """Read how reports of a period were dealt with, against both deadlines, with definitions."""
    return await statistics.of_everybody(snapshot, by, since, until)


@get("/public/statistics.csv", guards=[Anyone()], media_type="text/csv")
async def export_statistics(
    snapshot: Injected[Snapshot],
    by: FromQuery[Grouping] = "agency",
    since: FromQuery[date | None] = None,
    until: FromQuery[date | None] = None,
) -> Response[bytes]:
    """Fetch the same as CSV, whose second line says what each column counts."""
    return _csv(await statistics.of_everybody(snapshot, by, since, until))


@get("/public/ranking", guards=[Anyone()], cache_control=FRESH)
async def show_ranking(
    snapshot: Injected[Snapshot],
    month: Annotated[
        str, QueryParameter(pattern="^20[0-9]{2}-(0[1-9]|1[0-2])$", description="Such as 2026-03.")
    ],
) -> Ranking:
    """Read how the agencies did in a month; one with fewer than ten results is not ranked."""
    return await statistics.ranking(snapshot, month)


@get("/desk/statistics", guards=[requires(TRIAGE)])
async def show_desk_statistics(
    snapshot: Injected[Snapshot],
    since: FromQuery[date | None] = None,
    until: FromQuery[date | None] = None,
) -> Statistics:
    """Read how the reports of your communes were dealt with, by category."""
    return await statistics.of_desk(snapshot, since, until)


@get("/desk/statistics.csv", guards=[requires(TRIAGE)], media_type="text/csv")
async def export_desk_statistics(
    snapshot: Injected[Snapshot],
    since: FromQuery[date | None] = None,
    until: FromQuery[date | None] = None,
) -> Response[bytes]:
    """Fetch the same as CSV, whose second line says what each column counts."""
    return _csv(await statistics.of_desk(snapshot, since, until))


def _csv(told: Statistics) -> Response[bytes]:
    name = f"statistics-{told.since}-{told.until}.csv"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(statistics_csv(told), media_type="text/csv", headers=headers)
