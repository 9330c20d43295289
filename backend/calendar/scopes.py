"""What a caller must hold to change the calendar. Reading it takes nothing."""

from typing import Final

from backend.kernel import Scope, everything

EDIT: Final = Scope(
    name="calendar:edit",
    rule=everything(),
    kinds=frozenset({"staff"}),
    roles=frozenset({"admin"}),
    acr="aal2",
)
