"""Pages that show many reports at once: statistics, the map, and the desk's board of deadlines."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Final, Literal
from urllib.parse import urlencode

from litestar import Response, get
from litestar.params import QueryParameter

from backend.kernel import Anyone, Injected, Snapshot, requires
from backend.kernel.pages import page, work_page
from contracts.calendar import WorkingCalendar
from modules.feedback.handlers.pages import names
from modules.feedback.model.atlas import Cluster
from modules.feedback.model.machines import ENDED
from modules.feedback.model.sheet import HEIGHT, WIDTH, Sheet, radius, sheet
from modules.feedback.model.statistics import RANKED_FROM, Statistic
from modules.feedback.repository.atlas import Marked
from modules.feedback.scopes import TRIAGE
from modules.feedback.service import board, categories, maps, statistics

_FRESH: Final = {"Cache-Control": "public, max-age=30, stale-while-revalidate=120"}
_MONTHS: Final = 12
_CHART: Final = (960, 220)
_AT: Final = r"^(-?[0-9]{1,2}(\.[0-9]{1,6})?,-?[0-9]{1,3}(\.[0-9]{1,6})?)?$"

By = Literal["agency", "commune", "category"]
Kind = Literal["", "open", "ended"]


@get("/statistics", guards=[Anyone()])
async def show_statistics_page(
    snapshot: Injected[Snapshot],
    month: Annotated[str, QueryParameter(pattern="^(20[0-9]{2}-(0[1-9]|1[0-2]))?$")] = "",
    by: Annotated[By, QueryParameter(description="What a line of the table is.")] = "agency",
) -> Response[str]:
    """Show how reports of a month were dealt with, against both deadlines, and who did best."""
    chosen = min(month or "9999", f"{snapshot.today:%Y-%m}")
    since = date.fromisoformat(f"{chosen}-01")
    until = min((since + timedelta(days=31)).replace(day=1) - timedelta(days=1), snapshot.today)
    whole, days = await statistics.at_a_glance(snapshot, since, until)
    told = await statistics.of_everybody(snapshot, by, since, until)
    ranks = {
        str(each.agency_id): each.rank
        for each in ((await statistics.ranking(snapshot, chosen)).items if by == "agency" else ())
    }
    lines = sorted(told.items, key=lambda one: (ranks.get(one.key) or 10**6, -one.resolved))
    return page(
        "feedback/statistics.html",
        headers=_FRESH,
        month=chosen,
        months=_months(snapshot.today),
        by=by,
        whole=whole,
        days=_bars(days, since),
        chart=_CHART,
        lines=[each for each in lines if each.key],
        ranks=ranks,
        ranked_from=RANKED_FROM,
        labels=await _labels(snapshot, by, told.items),
        since=since,
        until=until,
        csv="/v1/feedback/public/statistics.csv?"
        + urlencode({"by": by, "since": since, "until": until}),
    )


@get("/map", guards=[Anyone()])
async def show_map_page(
    snapshot: Injected[Snapshot],
    at: Annotated[str, QueryParameter(pattern=_AT, description="Latitude and longitude.")] = "",
    zoom: Annotated[int, QueryParameter(ge=0, le=18)] = 0,
    category: Annotated[str, QueryParameter(max_length=40)] = "",
    kind: Annotated[Kind, QueryParameter(name="state")] = "",
) -> Response[str]:
    """Show where reports are, as marks that are links, and the same as a list."""
    wanted, filtered = category or None, kind or None
    if at:
        lat, lon = (float(part) for part in at.split(","))
        view = sheet(min(max(lat, -85), 85), min(max(lon, -180), 180), zoom or 12)
    else:
        view = await maps.whole(snapshot, "recent", wanted, filtered)
    kept = {"category": category, "state": kind}
    marks: Sequence[Mapping[str, Any]]
    if view.is_clustered:
        found = await maps.drawn(snapshot, view, "recent", wanted, filtered)
        marks = [_cluster(view, each, kept) for each in found]
    else:
        points = await maps.near(snapshot, view, "recent", wanted)
        marks = [_point(view, each) for each in points]
        marks = [each for each in marks if kind in ("", each["kind"])]
    meridians, parallels = view.grid()
    return page(
        "feedback/map.html",
        headers=_FRESH,
        width=WIDTH,
        height=HEIGHT,
        view=view,
        marks=marks,
        meridians=meridians,
        parallels=parallels,
        bar=view.bar(),
        ways=_ways(view, kept),
        category=category,
        kind=kind,
        categories=[(each.code, each.label) for each in await categories.offered(snapshot)],
    )


@get("/board", guards=[requires(TRIAGE)])
async def show_board(
    snapshot: Injected[Snapshot],
    commune: Annotated[str, QueryParameter(pattern="^([0-9]{5})?$")] = "",
    category: Annotated[str, QueryParameter(max_length=40)] = "",
) -> Response[str]:
    """Show what runs, by how soon it is due; what is late comes first."""
    lanes = await board.lanes(
        snapshot,
        commune=commune or None,
        category=category or None,
        calendar=snapshot.ask(WorkingCalendar),
    )
    offered = await categories.offered(snapshot)
    return work_page(
        "feedback/board.html",
        snapshot.principal,
        lanes=lanes,
        tones={"late": "bad", "today": "wait", "soon": "", "later": "good", "paused": ""},
        communes=await names(snapshot, {r.commune_code for lane in lanes for r in lane.items}),
        categories=[(each.code, each.label) for each in offered],
        labels={each.code: each.label for each in offered},
        chosen={"commune": commune, "category": category},
        now=snapshot.now,
    )


def _months(today: date) -> Sequence[tuple[str, str]]:
    """Return the last months, this one first, as the address and as people write them."""
    found: list[tuple[str, str]] = []
    first = today.replace(day=1)
    for _ in range(_MONTHS):
        found.append((f"{first:%Y-%m}", f"{first:%m/%Y}"))
        first = (first - timedelta(days=1)).replace(day=1)
    return found


def _bars(days: Sequence[Statistic], since: date) -> Mapping[str, Any]:
    """Return the bars of each day: received and resolved, as parts of the chart's height."""
    most = max((max(each.filed, each.resolved) for each in days), default=0) or 1
    width, height = _CHART
    column = width / 31
    bars = [
        {
            "x": round((date.fromisoformat(each.key) - since).days * column, 1),
            "day": date.fromisoformat(each.key),
            "filed": each.filed,
            "resolved": each.resolved,
            "filed_height": round(each.filed / most * (height - 30), 1),
            "resolved_height": round(each.resolved / most * (height - 30), 1),
        }
        for each in days
    ]
    return {"bars": bars, "most": most, "column": round(column, 1), "ground": height - 20}


async def _labels(snapshot: Snapshot, by: By, lines: Sequence[Statistic]) -> Mapping[str, str]:
    if by == "commune":
        return await names(snapshot, {each.key for each in lines})
    if by == "category":
        return {each.code: each.label for each in await categories.offered(snapshot)}
    return {each.key: each.label or each.key for each in lines}


def _address(view: Sheet, kept: Mapping[str, str]) -> str:
    told = {"at": f"{view.lat:g},{view.lon:g}", "zoom": view.zoom}
    return "/map?" + urlencode({**told, **{name: value for name, value in kept.items() if value}})


def _ways(view: Sheet, kept: Mapping[str, str]) -> Mapping[str, str]:
    """Return where one can go from here: closer, further, and to each side."""
    return {
        "nearer": _address(view.nearer(1), kept),
        "further": _address(view.nearer(-1), kept),
        "west": _address(view.moved(-1, 0), kept),
        "north": _address(view.moved(0, 1), kept),
        "south": _address(view.moved(0, -1), kept),
        "east": _address(view.moved(1, 0), kept),
    }


def _cluster(view: Sheet, each: Cluster, kept: Mapping[str, str]) -> Mapping[str, Any]:
    x, y = view.place(each.lat, each.lon)
    closer = sheet(each.lat, each.lon, view.zoom + 2)
    is_open = each.by_kind.get("open", 0) > 0
    return {
        "x": x,
        "y": y,
        "r": radius(each.n),
        "n": each.n,
        "kind": "open" if is_open else "ended",
        "open": each.by_kind.get("open", 0),
        "ended": each.by_kind.get("ended", 0),
        "href": _address(closer, kept),
        "lat": each.lat,
        "lon": each.lon,
    }


def _point(view: Sheet, each: Marked) -> Mapping[str, Any]:
    x, y = view.place(each.lat, each.lon)
    return {
        "x": x,
        "y": y,
        "r": radius(1),
        "n": 1,
        "kind": "ended" if each.state in ENDED else "open",
        "code": each.code,
        "category": each.category_code,
        "href": f"/reports/{each.code}",
        "lat": each.lat,
        "lon": each.lon,
    }
