"""Communes, agencies and who is competent where: what others may ask of the territory.

Every answer has a date. Since 2025-07-01 there are two levels, province and commune (Law
72/2025/QH15); before, districts stood between them. Most of today's codes were borne by another
unit before that day, so **a code without a date is ambiguous**.
"""

from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import ClassVar, Literal, Protocol
from uuid import UUID

import msgspec

from contracts.event import Event


class UnitKind(StrEnum):
    """What a unit is called by law. A kind belongs to one level."""

    PROVINCE = "province"
    """Tỉnh."""
    MUNICIPALITY = "municipality"
    """Thành phố trực thuộc trung ương, at the level of a province."""
    RURAL_DISTRICT = "rural_district"
    """Huyện, until 2025-06-30."""
    URBAN_DISTRICT = "urban_district"
    """Quận, until 2025-06-30."""
    TOWN = "town"
    """Thị xã, until 2025-06-30."""
    PROVINCIAL_CITY = "provincial_city"
    """Thành phố thuộc tỉnh (or of a municipality), until 2025-06-30."""
    COMMUNE = "commune"
    """Xã."""
    WARD = "ward"
    """Phường."""
    TOWNSHIP = "township"
    """Thị trấn, until 2025-06-30."""
    SPECIAL_ZONE = "special_zone"
    """Đặc khu."""


class Commune(msgspec.Struct, frozen=True, kw_only=True):
    """A unit of the lowest level, for as long as it stands: a commune, ward or special zone.

    `code` has five digits and is text (`00004`); it says which unit only together with a date.
    `name` carries its kind ("Phường Hạc Thành"). The unit exists from `valid_from` to the day
    before `valid_to`; with `start_known` false it is older than our records.
    """

    code: str
    name: str
    kind: UnitKind
    province_code: str
    valid_from: date
    valid_to: date | None = None
    start_known: bool = True


Need = Literal["date", "district", "province", "point", "street"]
"""What else one would have to know to choose among candidates."""


class Succession(msgspec.Struct, frozen=True, kw_only=True):
    """Which of today's units a former one may be now.

    `certain` only when there is exactly one. An old commune that was split has all its heirs as
    candidates, ordered by code: none of them is likelier, so never take the first. No candidates:
    nobody ever bore that code, or not on that day.
    """

    candidates: tuple[Commune, ...]
    certain: bool
    needs: tuple[Need, ...] = ()


class PointAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """In which commune a point lies.

    `several`: it lies on a border, and all its sides are in `communes`. `outside`: in no commune
    we have. `unknown`: this installation has no boundaries of that day, so ask the citizen.
    """

    outcome: Literal["one", "several", "outside", "unknown"]
    communes: tuple[Commune, ...] = ()


class CommuneRegister(Protocol):
    """Which commune is this, which was it, which is it today."""

    async def in_force(self, code: str, on: date) -> Commune | None:
        """Return the commune that bears `code` on that day; None when there is none."""
        ...

    async def today(self, old_code: str, was_on: date | None) -> Succession:
        """Return the units of today that the bearer of `old_code` on `was_on` has become.

        Without `was_on` every unit that ever bore the code counts, and `needs` says `date` when
        they lead to different ones.
        """
        ...

    async def codes_by_province(self) -> Mapping[str, frozenset[str]]:
        """Return the codes of all communes that each province has, or had on any day we know."""
        ...

    async def at_point(self, lat: float, lon: float, on: date) -> PointAnswer:
        """Return where a point (WGS 84, degrees) lies. It is neither kept nor logged."""
        ...


class AgencyKind(StrEnum):
    """What sort of authority an agency is."""

    PROVINCE_COMMITTEE = "province_committee"
    """UBND tỉnh."""
    DEPARTMENT = "department"
    """Sở, ban, ngành."""
    COMMUNE_COMMITTEE = "commune_committee"
    """UBND xã, phường."""
    SERVICE_CENTRE = "service_centre"
    """Trung tâm Phục vụ hành chính công (Decree 118/2025/NĐ-CP)."""
    OTHER = "other"


class CompetenceRole(StrEnum):
    """What an agency does in a matter it is competent for."""

    LEAD = "lead"
    """Answers for it; among several leads a person chooses."""
    COORDINATE = "coordinate"
    """Works along with the lead."""
    RECEIVE = "receive"
    """Takes the matter in at the counter and passes it on."""


class Agency(msgspec.Struct, frozen=True, kw_only=True):
    """An authority, from `valid_from` to the day before `valid_to`.

    `unit_code` is the unit it belongs to: a province (two digits) or a commune (five).
    """

    id: UUID
    name: str
    kind: AgencyKind
    unit_code: str
    parent_id: UUID | None = None
    valid_from: date
    valid_to: date | None = None


class AgencyRegister(Protocol):
    """Which agency is this, and which one is competent."""

    async def in_force(self, agency_id: UUID, on: date) -> Agency | None:
        """Return the agency if it exists on that day."""
        ...

    async def find(self, scheme: str, value: str, on: date) -> Agency | None:
        """Return the agency that bears an identifier on that day.

        `scheme` is `h56` (Decision 20/2020/QĐ-TTg: `H56.22.05`) or `tt10` (Circular
        10/2016/TT-BTTTT: `000.00.22.H56`).
        """
        ...

    async def competent(
        self,
        subject: str,
        commune_code: str,
        on: date,
        role: CompetenceRole = CompetenceRole.LEAD,
    ) -> tuple[Agency, ...]:
        """Return the agencies that hold `role` for a subject in a commune on a day, by name.

        `subject` is a slug that the asking module and the register agreed on (`feedback.roads`);
        it is compared whole: ask again with a wider one when the answer is empty. Agencies named
        for the commune itself displace those named for its whole province.
        """
        ...


Register = Literal["units", "agencies", "boundaries"]
"""The parts of the territory that are loaded, and change, as a whole."""


class DatasetChanged(Event, frozen=True, kw_only=True, tag="territory.dataset-changed.v1"):
    """A part of the register was loaded anew: forget what you derived from the old one."""

    about: ClassVar[str] = "register"

    register: Register
    version: str
    """Digest of what was loaded."""
    as_of: date
    """The day whose state the new list describes."""


class AgencyChanged(Event, frozen=True, kw_only=True, tag="territory.agency-changed.v1"):
    """An officer entered or changed an agency."""

    about: ClassVar[str] = "agency_id"

    agency_id: UUID
    version: int
    changed_by: UUID | None
    """The officer; None for a command at the shell."""


class CompetenceChanged(Event, frozen=True, kw_only=True, tag="territory.competence-changed.v1"):
    """An officer entered or changed what an agency is competent for."""

    about: ClassVar[str] = "competence_id"

    competence_id: UUID
    agency_id: UUID
    version: int
    changed_by: UUID | None
    """The officer; None for a command at the shell."""
