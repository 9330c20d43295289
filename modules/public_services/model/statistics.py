"""How dossiers went in sum, and what each figure counts."""

import csv
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from io import StringIO
from typing import Any, Final

import msgspec

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class DossierSum(msgspec.Struct, frozen=True, kw_only=True):
    """How the dossiers went that an agency finished in a month; no sum is of fewer than five.

    In time is by the first date and by the present one; `satisfied` is a level of 4 or 5.
    """

    month: date
    agency: str
    procedure_code: str
    finished: int
    by_first_date: int
    by_present_date: int
    ratings: int | None
    satisfied: int | None


class CommuneSum(msgspec.Struct, frozen=True, kw_only=True):
    """How the dossiers of a commune went that ended in a month; never of fewer than five."""

    month: date
    commune_code: str
    finished: int
    by_first_date: int
    by_present_date: int
    ratings: int | None
    satisfied: int | None


class CommuneSums(msgspec.Struct, frozen=True, kw_only=True):
    """Sums of communes, by the names that these bore in the month."""

    sums: tuple[CommuneSum, ...]
    names: dict[str, str]
    definitions: dict[str, str]
    """What each member of a sum counts, in words."""


class DossierSums(msgspec.Struct, frozen=True, kw_only=True):
    """Sums of at least five dossiers; smaller ones are left out."""

    sums: tuple[DossierSum, ...]
    definitions: dict[str, str]
    """What each member of a sum counts, in words."""


def as_csv(sums: Sequence[DossierSum | CommuneSum], definitions: Mapping[str, str]) -> bytes:
    """Return sums as RFC 4180 has it; the second line says what each column counts.

    A text that a spreadsheet would take for a formula is set off by an apostrophe.
    """
    out = StringIO()
    writer = csv.writer(out)
    columns = tuple(definitions)
    writer.writerow(columns)
    writer.writerow(_cells(definitions.values()))
    for each in sums:
        writer.writerow(_cells([getattr(each, column) for column in columns]))
    return out.getvalue().encode()


def _cells(values: Iterable[Any]) -> list[Any]:
    return [
        f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
        for value in values
    ]
