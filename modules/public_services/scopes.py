"""What a caller must hold to keep the catalogue. Reading it takes nothing."""

from typing import Final

from backend.kernel import Scope, everything, owner

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

OWN_DOSSIERS: Final = Scope(name="public_services:dossiers.own", rule=owner("person_id"), ial=2)
"""A citizen's own dossiers, proved by the national account."""

FAVOURITES: Final = Scope(name="public_services:favourites", rule=owner("person_id"))
"""Procedures that a person keeps at hand."""
