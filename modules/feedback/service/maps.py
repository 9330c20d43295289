"""The public map as a drawing: the cells and points of its tiles, for people without a script."""

from collections.abc import Sequence
from typing import Final

from backend.kernel import Snapshot
from modules.feedback.model.atlas import LEVELS, POINTS_MAX, Cluster, MapSet, clusters
from modules.feedback.model.places import Point
from modules.feedback.model.sheet import Sheet, around, sheet
from modules.feedback.repository import atlas as repository
from modules.feedback.repository.atlas import Marked
from modules.feedback.service.atlas import Kind

HOME: Final = Point(lat=19.8067, lon=105.7852)
"""The middle of the first map of an installation in which nothing was reported yet."""

_WIDEST: Final = 2**20


async def whole(
    snapshot: Snapshot, wanted: MapSet, category: str | None, kind: Kind | None
) -> Sheet:
    """Return the closest part of the world that shows everything."""
    everywhere = (0, _WIDEST, 0, _WIDEST)
    cells = await repository.cells(snapshot, wanted, LEVELS[0], everywhere, category, kind)
    return around(clusters(cells)) or sheet(HOME.lat, HOME.lon, 10)


async def drawn(
    snapshot: Snapshot, view: Sheet, wanted: MapSet, category: str | None, kind: Kind | None
) -> Sequence[Cluster]:
    """Return what stands on a part of the world from far away: so many reports together."""
    found = await repository.cells(snapshot, wanted, view.level, view.cells(), category, kind)
    return clusters(found)


async def near(
    snapshot: Snapshot, view: Sheet, wanted: MapSet, category: str | None
) -> Sequence[Marked]:
    """Return what stands there from close by: the newest reports themselves."""
    found = await repository.points(snapshot, wanted, view.edges, category)
    return found[:POINTS_MAX]
