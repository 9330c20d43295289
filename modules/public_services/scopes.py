"""What a caller must hold to keep the catalogue. Reading it takes nothing."""

from typing import Final

from backend.kernel import Scope, everything, owner, role

EDIT: Final = Scope(
    name="public_services:edit",
    rule=everything(),
    kinds=frozenset({"staff"}),
    roles=frozenset({"catalogue_editor", "admin"}),
    acr="aal2",
)
"""Editors bring files, and write texts and terms."""

PUBLISH: Final = Scope(
    name="public_services:publish",
    rule=everything(),
    kinds=frozenset({"staff"}),
    roles=frozenset({"catalogue_publisher", "admin"}),
    acr="aal2",
)
"""Publishers let a validated file change what everybody sees."""

REVIEW: Final = Scope(
    name="public_services:review",
    rule=everything(),
    kinds=frozenset({"staff"}),
    roles=frozenset({"catalogue_editor", "catalogue_publisher", "admin"}),
    acr="aal2",
)
"""Whoever brings a file and whoever publishes it read what is wrong with it."""

OWN_DOSSIERS: Final = Scope(name="public_services:dossiers.own", rule=owner("person_id"), ial=2)
"""A citizen's own dossiers, proved by the national account."""

FAVOURITES: Final = Scope(name="public_services:favourites", rule=owner("person_id"))
"""Procedures that a person keeps at hand."""

DESK: Final = Scope(
    name="public_services:dossiers.read",
    rule=role("one_stop_desk"),
    kinds=frozenset({"staff"}),
    roles=frozenset({"one_stop_desk"}),
    acr="aal2",
    reads="personal",
    purposes=frozenset(
        f"public_services.{reason}"
        for reason in ("at-the-desk", "on-the-phone", "complaint", "inspection")
    ),
)
"""Officers at a counter find the dossier of whoever stands there, each time for a reason."""

CONNECTOR: Final = Scope(
    name="public_services:connector",
    rule=everything(),
    kinds=frozenset({"staff"}),
    roles=frozenset({"admin"}),
    acr="aal2",
)
"""Administrators see how the systems are that tell of dossiers."""
