"""Rows as CSV: UTF-8, a header of field names, an empty cell where there is nothing.

Several values in one cell are parted by `|`. A file is read whole or not at all.
"""

import csv
from collections.abc import Mapping, Sequence
from io import StringIO
from typing import Any, Final, TypeVar, cast, get_origin, get_type_hints

import msgspec

Row = TypeVar("Row", bound=msgspec.Struct)

_PART: Final = "|"


class Unfit(Exception):
    """What was given cannot be loaded; `faults` says why, a line each."""

    def __init__(self, faults: Sequence[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = tuple(faults)


def written(rows: Sequence[msgspec.Struct]) -> str:
    """Return the rows, all of one type, as CSV."""
    text = StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(rows[0].__struct_fields__)
    for row in rows:
        table.writerow([_cell(value) for value in msgspec.structs.astuple(row)])
    return text.getvalue()


def rows_of(kind: type[Row], text: str, *, name: str) -> list[Row]:
    """Read CSV as rows of `kind`. Raises `Unfit` with every line of file `name` that is wrong."""
    table = csv.DictReader(StringIO(text))
    wanted = kind.__struct_fields__
    if tuple(table.fieldnames or ()) != wanted:
        raise Unfit([f"{name}:1: the header must be {','.join(wanted)}"])
    hints = get_type_hints(kind)
    rows: list[Row] = []
    faults: list[str] = []
    for cells in table:
        try:
            rows.append(_row(kind, hints, cells))
        except (msgspec.ValidationError, TypeError, ValueError) as error:
            faults.append(f"{name}:{table.line_num}: {error}")
    if faults:
        raise Unfit(faults)
    return rows


def _row(kind: type[Row], hints: Mapping[str, Any], cells: Mapping[str, str]) -> Row:
    values: dict[str, Any] = {}
    for field, hint in hints.items():
        text = cells[field]
        if get_origin(hint) is tuple:
            values[field] = text.split(_PART) if text else []
        else:
            values[field] = text or None
    return msgspec.convert(values, kind, strict=False)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, tuple):
        return _PART.join(map(str, cast("tuple[object, ...]", value)))
    return str(value).lower() if isinstance(value, bool) else str(value)
