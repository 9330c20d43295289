"""What a caller must hold to write a school record, to stand by it and to have it signed."""

from typing import Final

from backend.kernel import Scope, same_agency

_KEEPING: Final = frozenset({"transcripts.keeping"})

ENTER: Final = Scope(
    name="transcripts:enter",
    rule=same_agency("agency_id"),
    kinds=frozenset({"staff"}),
    roles=frozenset({"school_clerk"}),
    reads="personal",
    purposes=_KEEPING,
)
"""Writing the records of one's own school."""

CONFIRM: Final = Scope(
    name="transcripts:confirm",
    rule=same_agency("agency_id"),
    kinds=frozenset({"staff"}),
    roles=frozenset({"teacher"}),
    reads="personal",
    purposes=_KEEPING,
)
"""Standing by the marks of one's subjects."""

ISSUE: Final = Scope(
    name="transcripts:issue",
    rule=same_agency("agency_id"),
    kinds=frozenset({"staff"}),
    roles=frozenset({"school_clerk"}),
    acr="aal2",
    reads="personal",
    purposes=_KEEPING,
)
"""Asking homeroom teacher and principal to sign; the school's seal follows by itself."""

READ: Final = Scope(
    name="transcripts:read",
    rule=same_agency("agency_id"),
    kinds=frozenset({"staff"}),
    roles=frozenset({"school_clerk", "teacher"}),
    reads="personal",
    purposes=_KEEPING,
)
"""Reading the records of one's own school. Each look stands in the pupil's access log."""
