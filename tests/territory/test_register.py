"""What other modules ask, inside their own transaction, keeps what the contract promises."""

import pytest

from backend.kernel import Transaction
from contracts.conformance.territory import AgencyRegisterConformance, CommuneRegisterConformance
from contracts.territory import AgencyRegister, CommuneRegister


@pytest.fixture
def communes(tx: Transaction) -> CommuneRegister:
    return tx.ask(CommuneRegister)


@pytest.fixture
def agencies(tx: Transaction) -> AgencyRegister:
    return tx.ask(AgencyRegister)


class TestOurCommunes(CommuneRegisterConformance):
    """The register of this module."""


class TestOurAgencies(AgencyRegisterConformance):
    """The register of this module."""
