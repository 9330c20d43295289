"""What a caller must hold to write into a health book, and to read from one."""

from typing import Final

from backend.kernel import (
    Scope,
    everything,
    owner,
    purpose_consented,
    same_agency,
    same_client,
    ward_of,
)

CARE: Final = "health_books.care"

TREAT: Final = Scope(
    name="health_books:treat",
    rule=same_agency("agency_id"),
    kinds=frozenset({"staff"}),
    roles=frozenset({"clinician"}),
    acr="aal2",
    reads="sensitive",
    purposes=frozenset({CARE}),
)
"""Writing down a visit at one's own facility, for the doctor and the facility to sign."""

READ: Final = Scope(name="health_books:read", rule=owner("person_id") | ward_of("person_id"), ial=2)
"""One's own health book, and a child's."""

PARTNER: Final = Scope(
    name="health_books:partner",
    rule=purpose_consented("person_id"),
    kinds=frozenset({"partner"}),
    reads="sensitive",
    purposes=frozenset(
        {CARE, "health_books.mental", "health_books.substance", "health_books.reproductive"}
    ),
)
"""What people have agreed that a partner reads: each sensitive kind is a purpose of its own."""

IMPORT: Final = Scope(
    name="health_books:import",
    rule=same_client("client_id"),
    kinds=frozenset({"partner"}),
    reads="sensitive",
    purposes=frozenset({CARE}),
)
"""Sending visits, as the system of a facility that is registered for it."""

SENDERS: Final = Scope(
    name="health_books:senders",
    rule=everything(),
    kinds=frozenset({"staff"}),
    roles=frozenset({"admin"}),
    acr="aal2",
)
"""Registering the facilities whose systems may send."""
