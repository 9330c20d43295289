"""From a name, an address or a point to a unit."""

from litestar import Response, get, post
from litestar.params import JSONBody

from backend.kernel import Anyone, Injected, Snapshot, refuses
from contracts.territory import PointAnswer
from modules.territory.errors import NoBoundaries
from modules.territory.handlers.answers import lasting
from modules.territory.handlers.parameters import (
    AskedPoint,
    On,
    Province,
    Words,
    WrittenAddress,
)
from modules.territory.model.addresses import Resolution
from modules.territory.model.boundaries import FeatureCollection, Place
from modules.territory.model.search import Hits
from modules.territory.service import addresses, boundaries
from modules.territory.service.gazetteer import gazetteer


@get("/search", guards=[Anyone()])
async def search_units(
    q: Words, snapshot: Injected[Snapshot], on: On = None, province: Province = None
) -> Response[Hits]:
    """Search units by name, today's and former ones; at most 20, best first."""
    known = await gazetteer(snapshot)
    day = on or snapshot.today
    found = Hits(hits=known.names.search(q, day, province))
    return lasting(found, known.version, "search", q, day, province)


@post("/address-resolutions", guards=[Anyone()], status_code=200)
async def resolve_address(
    data: JSONBody[WrittenAddress], snapshot: Injected[Snapshot]
) -> Resolution:
    """Find the unit an old or new address lies in on a day; several when it does not say."""
    known = await gazetteer(snapshot)
    day = data.on or snapshot.today
    return await addresses.resolve(snapshot, known, data.text, day, data.location)


@post("/point-resolutions", guards=[Anyone()], status_code=200)
async def resolve_point(data: JSONBody[AskedPoint], snapshot: Injected[Snapshot]) -> PointAnswer:
    """Find the commune a point lies in on a day; unknown where there are no boundaries."""
    known = await gazetteer(snapshot)
    place = Place(lat=data.lat, lon=data.lon)
    return await boundaries.at_point(snapshot, known, place, data.on or snapshot.today)


@get("/boundaries", guards=[Anyone()], responses=refuses(NoBoundaries))
async def read_boundaries(
    snapshot: Injected[Snapshot], province: Province = None, on: On = None
) -> Response[FeatureCollection]:
    """Read coarse boundaries of a province's communes, to be drawn; they decide nothing."""
    known = await gazetteer(snapshot)
    day = on or snapshot.today
    found = await boundaries.drawn(snapshot, known, province or known.home, day)
    return lasting(found, known.version, "boundaries", found.version, province)
