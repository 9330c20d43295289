"""Derive the agencies that the law gives every province and commune, for the shipped lists.

Departments stand in `data/<province>-departments.csv`: an unconfirmed list, kept by hand.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final
from uuid import NAMESPACE_URL, UUID, uuid5

import msgspec

from contracts.territory import AgencyKind, CompetenceRole
from modules.territory.facts import REFORM
from modules.territory.model.agencies import AgencyEntry, CompetenceEntry
from modules.territory.model.names import LABELS
from modules.territory.model.units import LEVELS, Entry, UnitLevel

_CENTRE: Final = "Trung tâm Phục vụ hành chính công"
_CENTRES_LAW: Final = "118/2025/NĐ-CP"
_COMMITTEE: Final = "Ủy ban nhân dân"
_COMMITTEES_LAW: Final = "72/2025/QH15"

_SUBJECTS: Final = {
    AgencyKind.COMMUNE_COMMITTEE: ("feedback", CompetenceRole.LEAD, _COMMITTEES_LAW),
    AgencyKind.SERVICE_CENTRE: ("public_services", CompetenceRole.RECEIVE, _CENTRES_LAW),
}
"""What follows from the law alone; everything narrower is the province's to say."""


class Department(msgspec.Struct, frozen=True, kw_only=True):
    """A line of `<province>-departments.csv`."""

    name: str
    valid_from: date


def derive(
    entries: Sequence[Entry], province_code: str, departments: Sequence[Department]
) -> list[AgencyEntry]:
    """Return committee, departments and service centre of the province and of its communes."""
    today = [entry for entry in entries if entry.valid_to is None]
    province = next(entry for entry in today if entry.code == province_code)
    return [
        *_of_province(province, departments),
        *(
            agency
            for entry in today
            if LEVELS[entry.kind] is UnitLevel.COMMUNE
            for agency in _of_commune(entry)
        ),
    ]


def competences(agencies: Sequence[AgencyEntry]) -> list[CompetenceEntry]:
    """Return what these agencies are competent for by law."""
    return [
        CompetenceEntry(
            id=_id("competence", subject, agency.unit_code),
            agency_id=agency.id,
            subject=subject,
            unit_code=agency.unit_code,
            role=role,
            valid_from=agency.valid_from,
            valid_to=None,
            legal_reference=law,
        )
        for agency in agencies
        if agency.kind in _SUBJECTS
        for subject, role, law in [_SUBJECTS[agency.kind]]
    ]


def _of_province(province: Entry, departments: Sequence[Department]) -> Iterator[AgencyEntry]:
    kind = AgencyKind.PROVINCE_COMMITTEE
    committee = _agency(kind, f"{_COMMITTEE} {_spoken(province)}", province, province.valid_from)
    yield committee
    yield _centre(province, committee)
    for department in departments:
        yield _agency(
            AgencyKind.DEPARTMENT,
            department.name,
            province,
            department.valid_from,
            parent_id=committee.id,
        )


def _of_commune(commune: Entry) -> Iterator[AgencyEntry]:
    kind = AgencyKind.COMMUNE_COMMITTEE
    committee = _agency(kind, f"{_COMMITTEE} {_spoken(commune)}", commune, commune.valid_from)
    yield committee
    yield _centre(commune, committee)


def _centre(unit: Entry, committee: AgencyEntry) -> AgencyEntry:
    name = f"{_CENTRE} {_spoken(unit)}"
    return _agency(AgencyKind.SERVICE_CENTRE, name, unit, REFORM, parent_id=committee.id)


def _agency(
    kind: AgencyKind,
    name: str,
    unit: Entry,
    valid_from: date,
    *,
    parent_id: UUID | None = None,
) -> AgencyEntry:
    return AgencyEntry(
        id=_id("agency", kind, unit.code, name),
        name=name,
        kind=kind,
        unit_code=unit.code,
        parent_id=parent_id,
        valid_from=valid_from,
        valid_to=None,
    )


def _spoken(unit: Entry) -> str:
    """Return the name as it stands inside a sentence: `phường Hạc Thành`."""
    label = LABELS[unit.kind]
    return f"{label.lower()}{unit.name.removeprefix(label)}"


def _id(*parts: str) -> UUID:
    """Return the same id for the same agency in every installation."""
    return uuid5(NAMESPACE_URL, "/".join(("https://tinhs.example/territory", *parts)))
