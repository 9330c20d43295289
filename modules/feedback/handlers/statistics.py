"""How reports were dealt with, for everybody and for the desk."""

from datetime import date
from typing import Annotated

from litestar import get
from litestar.params import FromQuery, QueryParameter

from backend.kernel import Anyone, Injected, Snapshot, requires
from modules.feedback.handlers.parameters import FRESH
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
