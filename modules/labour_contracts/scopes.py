"""What a caller must hold to draft contracts, to tell what became of them, and to watch that."""

from typing import Final

from backend.kernel import Scope, everything, owner, same_client

DRAFT: Final = Scope(name="labour_contracts:draft", rule=owner("drafted_by"), ial=2)
"""Contracts that one has drafted, as an employer's signatory or as an employee."""

PROVIDER: Final = Scope(
    name="labour_contracts:provider",
    rule=same_client("client_id"),
    kinds=frozenset({"partner"}),
)
"""Telling, as a licensed eContract provider, what became of contracts that it certifies."""

WATCH: Final = Scope(
    name="labour_contracts:watch",
    rule=everything(),
    kinds=frozenset({"staff"}),
    roles=frozenset({"trust_keeper"}),
)
"""Seeing for the operator which contracts wait for their certification, and sending them again."""
