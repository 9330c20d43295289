"""What the other modules ask, answered inside their own transaction."""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

from backend.kernel import Snapshot
from contracts.territory import (
    Agency,
    Commune,
    CompetenceRole,
    PointAnswer,
    Succession,
)
from modules.territory.model.boundaries import Place
from modules.territory.model.units import UnitLevel
from modules.territory.repository import agencies
from modules.territory.service import boundaries
from modules.territory.service.gazetteer import gazetteer


class Communes:
    """The `CommuneRegister` of this house."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    async def in_force(self, code: str, on: date) -> Commune | None:
        unit = (await gazetteer(self._snapshot)).atlas.in_force(code, on)
        return unit.as_commune() if unit and unit.level is UnitLevel.COMMUNE else None

    async def today(self, old_code: str, was_on: date | None) -> Succession:
        atlas = (await gazetteer(self._snapshot)).atlas
        olds = [
            unit
            for unit in atlas.bearers(old_code)
            if unit.level is UnitLevel.COMMUNE and (was_on is None or unit.is_in_force(was_on))
        ]
        found = atlas.successors(olds, self._snapshot.today)
        return Succession(
            candidates=tuple(unit.as_commune() for unit in found.candidates),
            certain=found.certain,
            needs=found.needs,
        )

    async def codes_by_province(self) -> Mapping[str, frozenset[str]]:
        return (await gazetteer(self._snapshot)).atlas.communes_by_province()

    async def at_point(self, lat: float, lon: float, on: date) -> PointAnswer:
        place = Place(lat=lat, lon=lon)
        return await boundaries.at_point(self._snapshot, await gazetteer(self._snapshot), place, on)


class Agencies:
    """The `AgencyRegister` of this house."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot

    async def in_force(self, agency_id: UUID, on: date) -> Agency | None:
        return await agencies.in_force(self._snapshot, agency_id, on)

    async def find(self, scheme: str, value: str, on: date) -> Agency | None:
        return await agencies.find(self._snapshot, scheme, value, on)

    async def competent(
        self,
        subject: str,
        commune_code: str,
        on: date,
        role: CompetenceRole = CompetenceRole.LEAD,
    ) -> tuple[Agency, ...]:
        unit = (await gazetteer(self._snapshot)).atlas.in_force(commune_code, on)
        if unit is None:
            return ()
        codes = unit.code, unit.province_code
        return tuple(await agencies.competent(self._snapshot, subject, codes, on, role))
