"""SQL as values: declared once, and prepared by a test before anybody calls it."""

# asyncpg ships no types. Only a few files of the kernel speak to it, so only they relax the rule.
# pyright: reportMissingTypeStubs=false

import re
from collections.abc import Sequence
from hashlib import sha256
from inspect import currentframe
from typing import Final, Generic, LiteralString, TypeVar

import asyncpg
import msgspec

from backend.kernel.auth import Scope
from backend.kernel.rules import Argument, Principal

Row = TypeVar("Row", bound=msgspec.Struct)

_PARAMETER: Final = re.compile(r"\$(\d+)")


class Statement:
    """SQL that returns nothing. Declaring one enters it in the house's register.

    `visible` puts the rule of a scope where the text says `{visible}`, with the caller's own
    values, so a list shows what `Snapshot.check` would allow and nothing else.
    """

    register: Final[list["Statement"]] = []
    """Every statement of the process; a test prepares each against a migrated database."""

    def __init__(self, sql: LiteralString, *, visible: Scope | None = None) -> None:
        self.sql, self.arguments = _filtered(sql, visible)
        self.origin = _declaring_module()
        Statement.register.append(self)

    def values(self, principal: Principal, values: tuple[object, ...]) -> tuple[object, ...]:
        """Return the parameters of one call: those given, then those of the rule."""
        if not self.arguments:
            return values
        return (*values, *(argument(principal) for argument in self.arguments))


def _declaring_module() -> str:
    """Name the module whose text declares the statement: the first frame that is not ours."""
    frame = currentframe()
    while frame is not None and frame.f_globals["__name__"] == __name__:
        frame = frame.f_back
    return "" if frame is None else str(frame.f_globals["__name__"])


def _filtered(sql: str, visible: Scope | None) -> tuple[str, tuple[Argument, ...]]:
    if visible is None:
        return sql, ()
    if visible.rule is None:
        raise ValueError(f"{visible.name} has no rule to filter by")
    condition, arguments = visible.rule.sql(_highest(sql) + 1)
    return sql.replace("{visible}", condition), arguments


def _highest(sql: str) -> int:
    return max((int(number) for number in _PARAMETER.findall(sql)), default=0)


class Query(Statement, Generic[Row]):
    """SQL that returns rows, each of which is a `Row`: its columns are the fields, in order."""

    def __init__(self, row: type[Row], sql: LiteralString, *, visible: Scope | None = None) -> None:
        super().__init__(sql, visible=visible)
        self.row = row
        self._rows = list.__class_getitem__(row)
        self._names = tuple(field.encode_name for field in msgspec.structs.fields(row))

    def decode(self, record: asyncpg.Record) -> Row:
        """Return the record as a `Row`."""
        return msgspec.convert(dict(zip(self._names, record, strict=True)), self.row)

    def decode_all(self, records: Sequence[asyncpg.Record]) -> Sequence[Row]:
        """Return each record as a `Row`."""
        named = [dict(zip(self._names, record, strict=True)) for record in records]
        return msgspec.convert(named, self._rows)


class Paged(Query[Row]):
    """A list read page by page, in a total order, at the same cost for every page.

    The text says `{after}` where the position is compared and ends with `limit {limit}`; `by`
    names the columns of its `order by`, the last of them unique. Page one and the later pages
    are two statements, so that both can use the index.
    """

    def __init__(
        self,
        row: type[Row],
        sql: LiteralString,
        *,
        by: Sequence[LiteralString],
        descending: LiteralString = "",
        visible: Scope | None = None,
    ) -> None:
        super().__init__(row, sql, visible=visible)
        first = _highest(self.sql) + 1
        self.first_sql = self.sql.replace("{after}", "true").replace("{limit}", f"${first}")
        places = ", ".join(f"${first + 1 + place}" for place in range(len(by)))
        after = f"({', '.join(by)}) {'<' if descending else '>'} ({places})"
        self.sql = self.sql.replace("{after}", after).replace("{limit}", f"${first}")
        self.by = tuple(column.rsplit(".", 1)[-1] for column in by)
        hints = {field.name: field.type for field in msgspec.structs.fields(row)}
        self.position = tuple.__class_getitem__(tuple(hints[column] for column in self.by))
        self.digest = sha256(self.sql.encode()).digest()
