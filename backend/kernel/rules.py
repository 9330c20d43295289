"""Whom a permission may touch: one typed rule, asked of a row in Python and of a table in SQL.

A rule is built from the combinators below with `&` and `|`. Both readings come from the same
object, so they cannot drift apart.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Literal, LiteralString, TypeAlias
from uuid import UUID

import msgspec


class Principal(msgspec.Struct, frozen=True, kw_only=True):
    """The caller, after the gateway has verified who it is. Modules see nothing else of it.

    `ial` is what this session proved about the person (0 phone, 1 and 2 the levels of the
    national account); `acr` is how (`aal1` one-time code, `aal2` passkey). `areas` are the codes
    of all communes that an officer answers for, and of the provinces that they answer for whole.
    `purpose` is why a partner or an officer reads personal data. A job of the house has kind `job`.
    """

    kind: Literal["anyone", "citizen", "staff", "partner", "job"]
    person_id: UUID | None = None
    staff_id: UUID | None = None
    client_id: str = ""
    session_id: UUID | None = None
    scopes: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()
    agency_id: UUID | None = None
    agencies: frozenset[UUID] = frozenset()
    areas: frozenset[str] = frozenset()
    wards: frozenset[UUID] = frozenset()
    ial: int = 0
    acr: str = ""
    auth_time: datetime | None = None
    purpose: str | None = None
    request_id: str = ""


Argument: TypeAlias = Callable[[Principal], object]
"""Computes one SQL parameter from the caller."""


class Rule:
    """Whom a scope may touch. Combine with `&` and `|`."""

    def test(self, principal: Principal, row: Any) -> bool:
        """Tell whether this caller may touch this row."""
        raise NotImplementedError

    def sql(self, first: int) -> tuple[str, tuple[Argument, ...]]:
        """Return a condition on the table whose parameters start at `$first`, and their values."""
        raise NotImplementedError

    def __and__(self, other: "Rule") -> "Rule":
        return _Both(self, other)

    def __or__(self, other: "Rule") -> "Rule":
        return _Either(self, other)


class _Both(Rule):
    def __init__(self, left: Rule, right: Rule) -> None:
        self._left, self._right = left, right

    def test(self, principal: Principal, row: Any) -> bool:
        return self._left.test(principal, row) and self._right.test(principal, row)

    def sql(self, first: int) -> tuple[str, tuple[Argument, ...]]:
        return _joined("and", self._left, self._right, first)


class _Either(Rule):
    def __init__(self, left: Rule, right: Rule) -> None:
        self._left, self._right = left, right

    def test(self, principal: Principal, row: Any) -> bool:
        return self._left.test(principal, row) or self._right.test(principal, row)

    def sql(self, first: int) -> tuple[str, tuple[Argument, ...]]:
        return _joined("or", self._left, self._right, first)


def _joined(word: str, left: Rule, right: Rule, first: int) -> tuple[str, tuple[Argument, ...]]:
    left_sql, left_values = left.sql(first)
    right_sql, right_values = right.sql(first + len(left_values))
    return f"({left_sql} {word} {right_sql})", (*left_values, *right_values)


class _Owner(Rule):
    def __init__(self, column: str) -> None:
        self._column = column

    def test(self, principal: Principal, row: Any) -> bool:
        return principal.person_id is not None and getattr(row, self._column) == principal.person_id

    def sql(self, first: int) -> tuple[str, tuple[Argument, ...]]:
        return f"{self._column} = ${first}::uuid", (lambda principal: principal.person_id,)


class _WardOf(Rule):
    def __init__(self, column: str) -> None:
        self._column = column

    def test(self, principal: Principal, row: Any) -> bool:
        return getattr(row, self._column) in principal.wards

    def sql(self, first: int) -> tuple[str, tuple[Argument, ...]]:
        return f"{self._column} = any(${first}::uuid[])", (
            lambda principal: sorted(principal.wards),
        )


class _SameAgency(Rule):
    def __init__(self, column: str) -> None:
        self._column = column

    def test(self, principal: Principal, row: Any) -> bool:
        return getattr(row, self._column) in principal.agencies

    def sql(self, first: int) -> tuple[str, tuple[Argument, ...]]:
        return f"{self._column} = any(${first}::uuid[])", (
            lambda principal: sorted(principal.agencies),
        )


class _AreaIn(Rule):
    def __init__(self, column: str) -> None:
        self._column = column

    def test(self, principal: Principal, row: Any) -> bool:
        return getattr(row, self._column) in principal.areas

    def sql(self, first: int) -> tuple[str, tuple[Argument, ...]]:
        return f"{self._column} = any(${first}::text[])", (
            lambda principal: sorted(principal.areas),
        )


class _Role(Rule):
    def __init__(self, names: tuple[str, ...]) -> None:
        self._names = frozenset(names)

    def test(self, principal: Principal, row: Any) -> bool:  # noqa: ARG002 - roles, not rows
        return bool(self._names & principal.roles)

    def sql(self, first: int) -> tuple[str, tuple[Argument, ...]]:
        return f"${first}::boolean", (lambda principal: bool(self._names & principal.roles),)


class _Client(Rule):
    def __init__(self, column: str) -> None:
        self._column = column

    def test(self, principal: Principal, row: Any) -> bool:
        return principal.client_id != "" and getattr(row, self._column) == principal.client_id

    def sql(self, first: int) -> tuple[str, tuple[Argument, ...]]:
        return f"{self._column} = ${first}::text", (lambda principal: principal.client_id or None,)


class _PurposeConsented(Rule):
    def __init__(self, column: str) -> None:
        self._column = column

    def test(self, principal: Principal, row: Any) -> bool:
        return principal.kind == "partner" and row.is_consented is True

    def sql(self, first: int) -> tuple[str, tuple[Argument, ...]]:  # noqa: ARG002 - needs no value
        return f"tinhs.consented({self._column})", ()


class _Everything(Rule):
    def test(self, principal: Principal, row: Any) -> bool:  # noqa: ARG002 - whoever, whatever
        return True

    def sql(self, first: int) -> tuple[str, tuple[Argument, ...]]:  # noqa: ARG002 - needs no value
        return "true", ()


def owner(column: LiteralString) -> Rule:
    """A row is its owner's: `column` holds the id of the person."""
    return _Owner(column)


def ward_of(column: LiteralString) -> Rule:
    """A row is of a person whom the caller represents."""
    return _WardOf(column)


def same_agency(column: LiteralString) -> Rule:
    """A row is of the officer's agency or of one that it succeeded."""
    return _SameAgency(column)


def area_in(column: LiteralString) -> Rule:
    """A row lies in a commune that the officer answers for; `column` holds its code."""
    return _AreaIn(column)


def role(*names: LiteralString) -> Rule:
    """The officer holds one of these roles."""
    return _Role(names)


def same_client(column: LiteralString) -> Rule:
    """A row belongs to the calling program; `column` holds its client id."""
    return _Client(column)


def purpose_consented(column: LiteralString) -> Rule:
    """A row is of a person who agrees that the calling partner reads for the purpose it names.

    Only the ledger knows, and at this moment alone: a row that `Snapshot.check` is to judge brings
    `tinhs.consented(column) as is_consented` along.
    """
    return _PurposeConsented(column)


def everything() -> Rule:
    """Every row: for a scope whose holders may touch the whole table."""
    return _Everything()
