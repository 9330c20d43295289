"""What a caller must hold to change the register. Reading it takes nothing."""

from backend.kernel import Scope, everything

EDIT = Scope(
    name="territory:edit",
    rule=everything(),
    kinds=frozenset({"staff"}),
    roles=frozenset({"admin"}),
    acr="aal2",
)
