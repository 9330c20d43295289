"""What callers may do with files themselves: send them ahead, and see what became of them."""

from typing import Any, Final
from uuid import UUID

from backend.kernel import Principal, Rule, Scope
from backend.kernel.rules import Argument


def sender(principal: Principal) -> UUID | None:
    """Return who a file would belong to if this caller sent it: a person or an officer."""
    return principal.person_id or principal.staff_id


class _Sent(Rule):
    def test(self, principal: Principal, row: Any) -> bool:
        return row.owner_id is not None and row.owner_id == sender(principal)

    def sql(self, first: int) -> tuple[str, tuple[Argument, ...]]:
        return f"owner_id = ${first}::uuid", (sender,)


UPLOAD: Final = Scope(
    name="files:upload",
    kinds=frozenset({"citizen", "staff"}),
    roles=frozenset({"admin", "lead", "officer", "moderator"}),
    rule=_Sent(),
)
