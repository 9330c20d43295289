"""What a caller must hold to draft contracts."""

from typing import Final

from backend.kernel import Scope, owner

DRAFT: Final = Scope(name="labour_contracts:draft", rule=owner("drafted_by"), ial=2)
"""Contracts that one has drafted, as an employer's signatory or as an employee."""
