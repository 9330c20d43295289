"""Who looks after the installation: what waits, what was given up, what people are told."""

from datetime import timedelta
from typing import Final

from backend.kernel import Scope, everything

SEE: Final = Scope(
    name="work:see",
    kinds=frozenset({"staff"}),
    roles=frozenset({"admin"}),
    rule=everything(),
    acr="aal2",
)
"""Reading how the installation is: no personal data is among it."""

MEND: Final = Scope(
    name="work:mend",
    kinds=frozenset({"staff"}),
    roles=frozenset({"admin"}),
    rule=everything(),
    acr="aal2",
    max_age=timedelta(minutes=5),
)
"""Letting work that was given up be tried again, or go; telling everybody of a fault."""
