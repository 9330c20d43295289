"""For other systems: public reports as files and feeds."""

from typing import Annotated, Final, TypeAlias

from litestar import Response, get
from litestar.params import QueryParameter
from litestar.response import Stream

from backend.kernel import Anyone, Injected, Snapshot
from modules.feedback.model.bulk import as_csv, as_geojson
from modules.feedback.service import feeds, records

_FRESH: Final = {"Cache-Control": "public, max-age=30, stale-while-revalidate=120"}

Month: TypeAlias = Annotated[
    str,
    QueryParameter(
        pattern="^20[0-9]{2}-(0[1-9]|1[0-2])$",
        description="The month in which the reports were filed, `2026-03`.",
    ),
]
Commune: TypeAlias = Annotated[str | None, QueryParameter(pattern="^[0-9]{5}$")]
Category: TypeAlias = Annotated[str | None, QueryParameter(max_length=40)]


@get("/public/export.csv", guards=[Anyone()], media_type="text/csv")
async def export_csv(month: Month, snapshot: Injected[Snapshot]) -> Stream:
    """Fetch the public reports of a month as CSV, in the columns of Open311 GeoReport Bulk."""
    found = await records.exported(snapshot, int(month[:4]), int(month[5:]))
    headers = {**_FRESH, "Content-Disposition": f'attachment; filename="reports-{month}.csv"'}
    return Stream(as_csv(found), media_type="text/csv", headers=headers)


@get("/public/export.geojson", guards=[Anyone()], media_type="application/geo+json")
async def export_geojson(month: Month, snapshot: Injected[Snapshot]) -> Stream:
    """Fetch the public reports of a month as GeoJSON (RFC 7946), with the same members."""
    found = await records.exported(snapshot, int(month[:4]), int(month[5:]))
    headers = {**_FRESH, "Content-Disposition": f'attachment; filename="reports-{month}.geojson"'}
    return Stream(as_geojson(found), media_type="application/geo+json", headers=headers)


@get("/public/feed.rss", guards=[Anyone()], media_type="application/rss+xml")
async def read_rss(
    snapshot: Injected[Snapshot], commune: Commune = None, category: Category = None
) -> Response[bytes]:
    """Read the newest hundred public reports as RSS 2.0."""
    body = await feeds.feed(snapshot, "rss", commune=commune, category=category)
    return Response(body, media_type="application/rss+xml; charset=utf-8", headers=_FRESH)


@get("/public/feed.atom", guards=[Anyone()], media_type="application/atom+xml")
async def read_atom(
    snapshot: Injected[Snapshot], commune: Commune = None, category: Category = None
) -> Response[bytes]:
    """Read the newest hundred public reports as Atom (RFC 4287)."""
    body = await feeds.feed(snapshot, "atom", commune=commune, category=category)
    return Response(body, media_type="application/atom+xml; charset=utf-8", headers=_FRESH)


ROUTES = (export_csv, export_geojson, read_rss, read_atom)
