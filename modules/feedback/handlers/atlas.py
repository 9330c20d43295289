"""For maps: what everybody may see, by tile."""

from typing import Annotated

from litestar import get
from litestar.params import FromPath, QueryParameter

from backend.kernel import Anyone, Injected, NotFound, Snapshot, refuses
from modules.feedback.handlers.parameters import FRESH
from modules.feedback.model.atlas import MapSet, Tile
from modules.feedback.service import atlas

_JSON = ".json"
_DIGITS_MAX = 7


@get(
    "/public/tiles/{zoom:int}/{column:int}/{row:str}",
    guards=[Anyone()],
    cache_control=FRESH,
    responses=refuses(NotFound),
)
async def read_map_tile(
    zoom: FromPath[int],
    column: FromPath[int],
    row: FromPath[str],
    snapshot: Injected[Snapshot],
    category: Annotated[str | None, QueryParameter(max_length=40)] = None,
    kind: Annotated[
        atlas.Kind | None,
        QueryParameter(name="state", description="`open` or `ended`; both when left out."),
    ] = None,
    wanted: Annotated[
        MapSet,
        QueryParameter(name="set", description="`recent`: open, or ended within 90 days."),
    ] = "recent",
) -> Tile:
    """Read a tile of the map, `/{z}/{x}/{y}.json` as web maps number them, zoom 7 to 18.

    Up to zoom 15 reports are clusters, at most 256; from 16 on the newest 500 stand for
    themselves. Places are as exact as each category allows; the count is some seconds behind.
    """
    number = row.removesuffix(_JSON)
    if not (number.isascii() and number.isdigit() and len(number) <= _DIGITS_MAX):
        raise NotFound
    return await atlas.tile(
        snapshot, zoom, column, int(number), wanted=wanted, category=category, kind=kind
    )
