"""What a caller must hold to draft, to sign, to read and to stop a document."""

from datetime import timedelta
from typing import Final

from backend.kernel import Scope, everything, owner, same_agency, ward_of

READ: Final = Scope(
    name="documents:read",
    rule=owner("person_id") | ward_of("person_id") | same_agency("agency_id"),
    kinds=frozenset({"citizen", "staff"}),
    roles=frozenset({"registrar"}),
)
"""Documents of which one is a party or a reader, a child's, or of a registrar's own agency."""

SIGN: Final = Scope(
    name="documents:sign",
    rule=owner("person_id"),
    ial=2,
    acr="aal2",
    max_age=timedelta(minutes=5),
)
"""Signing with a key of one's own: known in person, and proved minutes ago."""

REVOKE: Final = Scope(
    name="documents:revoke",
    rule=everything(),
    kinds=frozenset({"staff"}),
    roles=frozenset({"registrar"}),
    acr="aal2",
)
"""Suspending and revoking; two registrars are needed to revoke."""

TRUST: Final = Scope(
    name="documents:trust",
    rule=everything(),
    kinds=frozenset({"staff"}),
    roles=frozenset({"trust_keeper"}),
    acr="aal2",
)
"""Deciding, by two, whose certificates count; and turning the keys of the house."""

SHARE: Final = Scope(name="documents:share", rule=owner("person_id") | ward_of("person_id"), ial=2)
"""Showing facts of a document of which one is the holder to somebody else, for a while."""

VERIFY: Final = Scope(name="documents:verify", rule=everything(), kinds=frozenset({"partner"}))
"""Asking about many documents at once: a university in September, a bank at all times."""

ISSUE: Final = Scope(
    name="documents:issue",
    rule=same_agency("agency_id"),
    kinds=frozenset({"staff"}),
    roles=frozenset({"registrar"}),
)
"""Watching the runs of one's own agency, and letting them rest for a while."""
