"""What a caller must hold to draft contracts, and to tell what became of them."""

from typing import Final

from backend.kernel import Scope, owner, same_client

DRAFT: Final = Scope(name="labour_contracts:draft", rule=owner("drafted_by"), ial=2)
"""Contracts that one has drafted, as an employer's signatory or as an employee."""

PROVIDER: Final = Scope(
    name="labour_contracts:provider",
    rule=same_client("client_id"),
    kinds=frozenset({"partner"}),
)
"""Telling, as a licensed eContract provider, what became of contracts that it certifies."""
