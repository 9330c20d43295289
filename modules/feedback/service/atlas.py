"""The public map: tiles of what everybody may see, counted some seconds behind."""

from datetime import timedelta
from typing import Final, Literal

from backend.kernel import NotFound, Snapshot, Transaction
from modules.feedback.model.atlas import (
    POINTS_MAX,
    ZOOM_CLUSTERS_LAST,
    ZOOM_FIRST,
    ZOOM_LAST,
    Dot,
    MapSet,
    Tile,
    cells_of,
    clusters,
    edges,
    level_of,
)
from modules.feedback.model.machines import ENDED
from modules.feedback.repository import atlas as repository

RECENT: Final = timedelta(days=90)

Kind = Literal["open", "ended"]


async def tile(
    snapshot: Snapshot,
    zoom: int,
    x: int,
    y: int,
    *,
    wanted: MapSet,
    category: str | None,
    kind: Kind | None,
) -> Tile:
    """Return a tile of the map. Raises `NotFound` where there is none."""
    if not ZOOM_FIRST <= zoom <= ZOOM_LAST or not (0 <= x < 2**zoom and 0 <= y < 2**zoom):
        raise NotFound
    if zoom <= ZOOM_CLUSTERS_LAST:
        span, level = cells_of(zoom, x, y), level_of(zoom)
        found = await repository.cells(snapshot, wanted, level, span, category, kind)
        return Tile(clusters=clusters(found))
    marked = await repository.points(snapshot, wanted, edges(zoom, x, y), category)
    dots = [
        Dot(
            code=each.code,
            category=each.category_code,
            kind="ended" if each.state in ENDED else "open",
            lat=each.lat,
            lon=each.lon,
        )
        for each in marked[:POINTS_MAX]
    ]
    shown = [dot for dot in dots if kind in {None, dot.kind}]
    return Tile(points=shown, more=len(marked) > POINTS_MAX)


async def count(tx: Transaction) -> None:
    """Bring the map up to date."""
    while await repository.count(tx):
        pass


async def age(tx: Transaction) -> None:
    """Let what ended long ago leave the recent."""
    while await repository.age(tx, tx.now - RECENT):
        pass
