"""One table of what a province sets: times, fees and offices, a row for each.

Columns: `record` (`time`, `fee`, `office`), `code`, `channel`, `value`, `unit`, `note`,
`legal_reference` for the first two; `name`, `kind`, `commune_code`, `address`, `lat`, `lon`,
`phones` (`|` between them) and `hours` (`1-5 07:30-11:30|1-5 13:30-17:00`) for an office.
"""

import csv
import re
from collections.abc import Iterable
from typing import Any, Final
from uuid import UUID, uuid5

import msgspec

from modules.public_services.model.offices import OfficeDraft
from modules.public_services.model.procedures import CODE, Fee
from modules.public_services.model.views import Profile, ProvinceTime

_OFFICES: Final = UUID("6f1d1c5e-7f0a-5f0e-9b1a-2f6f3c9d8e11")
_HOURS: Final = re.compile(r"([1-7])(?:-([1-7]))? (\d\d:\d\d)-(\d\d:\d\d)")
_CODE: Final = re.compile(CODE)
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
_OFFICE_FIELDS: Final = ("name", "kind", "commune_code", "address", "lat", "lon")


class SheetFault(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with a row; the first line is the header."""

    row: int
    column: str
    code: str


class ProvinceSheet(msgspec.Struct, frozen=True, kw_only=True):
    """What one table says: a profile for each code, and offices by an id that stays theirs."""

    profiles: dict[str, Profile]
    offices: dict[UUID, OfficeDraft]
    faults: tuple[SheetFault, ...]


class _Unreadable(Exception):
    def __init__(self, column: str, code: str) -> None:
        super().__init__(column, code)
        self.column, self.code = column, code


def read_sheet(province: str, lines: Iterable[str]) -> ProvinceSheet:
    """Read all of a table and everything that is wrong with it."""
    profiles: dict[str, Profile] = {}
    offices: dict[UUID, OfficeDraft] = {}
    faults: list[SheetFault] = []
    for number, row in enumerate(csv.DictReader(lines), 2):
        told = {name: (value or "").strip() for name, value in row.items() if name}
        try:
            _refuse_formulas(told)
            if told.get("record") == "office":
                office = _office(told)
                offices[uuid5(_OFFICES, f"{province}/{office.name}")] = office
            else:
                code = _matched("code", _CODE, told)
                profiles[code] = _added(profiles.get(code, Profile()), told, number)
        except _Unreadable as fault:
            faults.append(SheetFault(row=number, column=fault.column, code=fault.code))
    return ProvinceSheet(profiles=profiles, offices=offices, faults=tuple(faults))


def _refuse_formulas(told: dict[str, str]) -> None:
    for name, value in told.items():
        if name not in {"lat", "lon"} and value.startswith(_FORMULA):
            raise _Unreadable(name, "formula-in-cell")


def _matched(column: str, pattern: re.Pattern[str], told: dict[str, str]) -> str:
    value = told.get(column, "")
    if not pattern.fullmatch(value):
        raise _Unreadable(column, f"bad-{column}")
    return value


def _added(profile: Profile, told: dict[str, str], row: int) -> Profile:
    reference = told.get("legal_reference") or profile.legal_reference
    if told.get("record") == "time":
        fields = {name: told.get(name, "") for name in ("channel", "value", "unit", "note")}
        time = _converted(ProvinceTime, fields)
        return msgspec.structs.replace(
            profile, times=(*profile.times, time), legal_reference=reference
        )
    if told.get("record") != "fee":
        raise _Unreadable("record", "unknown-record")
    amount = _converted(int, told.get("value", ""), column="value")
    if amount < 0:
        raise _Unreadable("value", "not-a-number")
    fee = Fee(
        key=f"province-{row}",
        kind="fixed" if amount else "free",
        amount_vnd=amount,
        unit=told.get("unit", ""),
        condition=told.get("note", ""),
    )
    return msgspec.structs.replace(profile, fees=(*profile.fees, fee), legal_reference=reference)


def _office(told: dict[str, str]) -> OfficeDraft:
    fields: dict[str, Any] = {name: told[name] for name in _OFFICE_FIELDS if told.get(name)}
    fields["phones"] = [each for each in told.get("phones", "").split("|") if each]
    fields["hours"] = [*_hours(told.get("hours", ""))]
    return _converted(OfficeDraft, fields, column="office")


def _hours(text: str) -> Iterable[dict[str, Any]]:
    for part in filter(None, text.split("|")):
        found = _HOURS.fullmatch(part.strip())
        if found is None:
            raise _Unreadable("hours", "bad-hours")
        for weekday in range(int(found[1]), int(found[2] or found[1]) + 1):
            yield {"weekday": weekday, "opens": found[3], "closes": found[4]}


def _converted(kind: Any, value: Any, *, column: str = "") -> Any:
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError as wrong:
        named = re.search(r"`\$\.(\w+)", str(wrong))
        raise _Unreadable(named[1] if named else column, "not-understood") from wrong
