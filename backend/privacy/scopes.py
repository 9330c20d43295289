"""Who asks, and who answers."""

from datetime import timedelta

from backend.kernel import Scope, everything, owner, role

ASK = Scope(name="privacy:ask", rule=owner("person_id"))
"""See and make requests about one's own data."""

TAKE_OUT = Scope(
    name="privacy:take-out", rule=owner("person_id"), acr="aal2", max_age=timedelta(seconds=300)
)
"""Export or erase everything: proved anew, and as well as the account ever was."""

DESK = Scope(
    name="privacy:desk",
    rule=role("privacy") & everything(),
    kinds=frozenset({"staff"}),
    roles=frozenset({"privacy"}),
    acr="aal2",
    reads="personal",
    purposes=frozenset({"privacy.request"}),
)
"""Answer requests, and record incidents."""

HOLD = Scope(
    name="privacy:hold",
    rule=role("privacy") & everything(),
    kinds=frozenset({"staff"}),
    roles=frozenset({"privacy"}),
    acr="aal2",
    max_age=timedelta(hours=1),
)
"""Keep something from being erased, which takes two."""
