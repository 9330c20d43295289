"""Who reads the log of others."""

from datetime import timedelta

from backend.kernel import Scope, everything, role

INQUIRE = Scope(
    name="audit:inquire",
    rule=role("auditor") & everything(),
    kinds=frozenset({"staff"}),
    roles=frozenset({"auditor"}),
    acr="aal2",
    max_age=timedelta(hours=12),
    reads="personal",
    purposes=frozenset({"audit.inquiry"}),
)

EXPORT = Scope(
    name="audit:export",
    rule=role("auditor") & everything(),
    kinds=frozenset({"staff"}),
    roles=frozenset({"auditor"}),
    acr="aal2",
    max_age=timedelta(minutes=5),
    reads="personal",
    purposes=frozenset({"audit.inquiry"}),
)
"""Taking lines of the log along: what leaves the house takes a fresh proof."""
