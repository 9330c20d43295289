"""What the module does about what happened."""

from typing import Final

from backend.kernel import on
from contracts.documents import DocumentIssued
from modules.labour_contracts.model import sides
from modules.labour_contracts.service import contracts

BEGIN: Final = on(
    DocumentIssued,
    contracts.signed,
    name="labour_contracts.begin-clock",
    field="kind",
    among=sides.KINDS,
)
"""Begins the clock of a contract."""
