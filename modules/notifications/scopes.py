"""What a caller must hold to read what they were told, and to change how it is said."""

from typing import Any, Final

from backend.kernel import Principal, Rule, Scope, owner, role
from backend.kernel.rules import Argument


class _Told(Rule):
    """A message is its person's, or of whoever holds its role in its agency and area."""

    def test(self, principal: Principal, row: Any) -> bool:
        if row.person_id is not None:
            return row.person_id == principal.person_id
        return (
            row.role in principal.roles
            and (row.agency_id is None or row.agency_id in principal.agencies)
            and (row.area_code is None or _covers(principal, row.area_code))
        )

    def sql(self, first: int) -> tuple[str, tuple[Argument, ...]]:
        person, roles, agencies, whole, areas = (f"${first + place}" for place in range(5))
        condition = (
            f"(person_id = {person}::uuid or (role = any({roles}::text[])"
            f" and (agency_id is null or agency_id = any({agencies}::uuid[]))"
            f" and (area_code is null or {whole}::boolean or area_code = any({areas}::text[]))))"
        )
        return condition, (
            lambda principal: principal.person_id,
            lambda principal: sorted(principal.roles),
            lambda principal: sorted(principal.agencies),
            _has_province,
            lambda principal: sorted(principal.areas),
        )


def _covers(principal: Principal, area_code: str) -> bool:
    return _has_province(principal) or area_code in principal.areas


def _has_province(principal: Principal) -> bool:
    return any(len(area) == 2 for area in principal.areas)


READ: Final = Scope(
    name="notifications:read",
    rule=_Told(),
    kinds=frozenset({"citizen", "staff"}),
    roles=frozenset({"moderator", "officer", "lead", "admin", "trust_keeper"}),
)
"""One's own inbox, and what is told to the roles that an officer holds."""

OWN: Final = Scope(name="notifications:own", rule=owner("person_id"))
"""How a citizen wants to be told."""

CONFIGURE: Final = Scope(
    name="notifications:configure",
    rule=role("admin"),
    kinds=frozenset({"staff"}),
    roles=frozenset({"admin"}),
    acr="aal2",
)
"""How things are said to people."""
