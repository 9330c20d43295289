"""Where a written address lies today. The text is neither kept nor logged."""

from datetime import date

from backend.kernel import Snapshot
from modules.territory.model import addresses
from modules.territory.model.addresses import Resolution
from modules.territory.model.boundaries import Place
from modules.territory.service import boundaries
from modules.territory.service.gazetteer import Gazetteer


async def resolve(
    snapshot: Snapshot, gazetteer: Gazetteer, text: str, on: date, place: Place | None
) -> Resolution:
    """Return the units the address may lie in on that day.

    A place decides between candidates only if boundaries put it into exactly one of them.
    """
    resolution = addresses.resolve(gazetteer.atlas, gazetteer.names, text, on)
    if place is None or resolution.certain:
        return resolution
    answer = await boundaries.at_point(snapshot, gazetteer, place, on)
    lies_in = {(commune.code, commune.valid_from) for commune in answer.communes}
    left = [each for each in resolution.candidates if each.unit.identity in lies_in]
    if answer.outcome != "one" or not left:
        return resolution
    return Resolution(candidates=tuple(left), certain=True)
