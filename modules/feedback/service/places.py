"""In which commune a report lies: told by its point, or by the citizen."""

from datetime import date

from contracts.territory import Commune, CommuneRegister
from modules.feedback.errors import (
    OutsideTerritory,
    PlaceContradicts,
    PlaceNeeded,
    UnknownCommune,
)
from modules.feedback.model.places import Place
from modules.feedback.model.reports import Filing


async def located(filing: Filing, *, on: date, communes: CommuneRegister) -> Commune:
    """Return the commune that the report is about.

    The point decides where there are boundaries; the citizen chooses where there are none, and
    among the sides of a border. Raises `PlaceNeeded` (with the codes to choose from),
    `OutsideTerritory`, `UnknownCommune` or `PlaceContradicts`.
    """
    return await placed(filing.location, filing.commune_code, on=on, communes=communes)


async def placed(
    point: Place | None, chosen: str | None, *, on: date, communes: CommuneRegister
) -> Commune:
    """Return the commune of a point, or the one that was chosen. Raises what `located` raises."""
    if point is not None:
        answer = await communes.at_point(point.lat, point.lon, on)
        if answer.outcome == "outside":
            raise OutsideTerritory
        if answer.outcome in {"one", "several"}:
            return _among(answer.communes, chosen)
    if chosen is None:
        raise PlaceNeeded(communes=[])
    commune = await communes.in_force(chosen, on)
    if commune is None:
        raise UnknownCommune
    return commune


def _among(sides: tuple[Commune, ...], chosen: str | None) -> Commune:
    if chosen is None and len(sides) == 1:
        return sides[0]
    if chosen is None:
        raise PlaceNeeded(communes=[side.code for side in sides])
    for side in sides:
        if side.code == chosen:
            return side
    raise PlaceContradicts
