"""What a caller must hold to report, to sort reports and to deal with them."""

from typing import Final

from backend.kernel import Scope, area_in, owner, role, same_agency

HANDLING: Final = frozenset({"feedback.handling"})

OWN: Final = Scope(name="feedback:own", rule=owner("person_id"))
"""A citizen's own reports."""

SEALER: Final = "identity_desk"
"""The role of the few who may read who reported, and what was sealed."""
FOLLOW: Final = Scope(name="feedback:follow", rule=owner("person_id"))
"""What a citizen follows, and of where they want to hear."""

TRIAGE: Final = Scope(
    name="feedback:triage",
    rule=role("moderator") & area_in("commune_code"),
    kinds=frozenset({"staff"}),
    roles=frozenset({"moderator"}),
    acr="aal2",
    reads="personal",
    purposes=HANDLING,
)
"""The desk: every report in the communes that a moderator answers for."""

IDENTITY: Final = Scope(
    name="feedback:identity",
    rule=role(SEALER) & area_in("commune_code"),
    kinds=frozenset({"staff"}),
    roles=frozenset({SEALER}),
    acr="aal2",
    reads="personal",
    purposes=frozenset({"feedback.disclosure"}),
)
"""Who reported: for the few who may know, each time for a reason."""

ORIGINALS: Final = Scope(
    name="feedback:originals",
    rule=role("moderator") & area_in("commune_code"),
    kinds=frozenset({"staff"}),
    roles=frozenset({"moderator"}),
    acr="aal2",
    reads="personal",
    purposes=frozenset({"feedback.originals"}),
)
"""Photos as they came, with what the camera wrote into them: each time for a reason."""

WORK: Final = Scope(
    name="feedback:work",
    rule=same_agency("owner_agency_id") & (role("lead") | area_in("area_code")),
    kinds=frozenset({"staff"}),
    roles=frozenset({"officer", "lead"}),
    acr="aal2",
    reads="personal",
    purposes=HANDLING,
)
"""An agency: the reports it was given; an officer those of their communes, a lead all of them."""

CONFIGURE: Final = Scope(
    name="feedback:configure",
    rule=role("admin"),
    kinds=frozenset({"staff"}),
    roles=frozenset({"admin"}),
    acr="aal2",
)
"""What reports can be about, who may not report, which programs may ask."""
