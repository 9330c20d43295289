"""What every provider of electronic contracts has to do. Subclass it; give `provider` and, each in
its trouble, `slow`, `away` and `unwilling`.
"""

import re

import pytest

from contracts.econtract import (
    Certified,
    ContractPackage,
    Declined,
    EContractProvider,
    Taken,
    Unanswered,
)


def package(ref: str) -> ContractPackage:
    """Return a contract that both have signed, as far as a provider can tell without looking."""
    return ContractPackage(ref=ref, code="HD-26-7K3QF9TM4-X", package=b"PK\x03\x04 a contract")


class EContractConformance:
    """For each provider of `EContractProvider`."""

    @pytest.fixture
    def provider(self) -> EContractProvider:
        """Return one that certifies and numbers at once."""
        raise NotImplementedError

    @pytest.fixture
    def slow(self) -> EContractProvider:
        """Return one that takes first, has certified when it is asked, and numbered when again."""
        raise NotImplementedError

    @pytest.fixture
    def away(self) -> EContractProvider:
        """Return one that cannot be reached."""
        raise NotImplementedError

    @pytest.fixture
    def unwilling(self) -> EContractProvider:
        """Return one that refuses whatever it is given."""
        raise NotImplementedError

    def test_it_has_a_name(self, provider: EContractProvider) -> None:
        assert re.fullmatch("[a-z][a-z0-9-]{0,39}", provider.name)

    async def test_it_certifies_and_numbers(self, provider: EContractProvider) -> None:
        answer = await provider.submit(package("one.1"))

        assert isinstance(answer, Certified)
        assert answer.certificate.strip()
        assert answer.platform_number

    async def test_the_same_contract_twice_is_one(self, provider: EContractProvider) -> None:
        first = await provider.submit(package("twice.1"))

        assert await provider.submit(package("twice.1")) == first

    async def test_two_contracts_have_two_numbers(self, provider: EContractProvider) -> None:
        one, other = await provider.submit(package("a.1")), await provider.submit(package("b.1"))

        assert isinstance(one, Certified)
        assert isinstance(other, Certified)
        assert one.platform_number != other.platform_number
        assert one.certificate != other.certificate

    async def test_it_is_asked_again_for_what_it_has(self, provider: EContractProvider) -> None:
        answer = await provider.submit(package("asked.1"))
        assert isinstance(answer, Certified)

        assert await provider.poll(answer.token) == answer

    async def test_one_that_takes_its_time_is_asked_until_all_is_there(
        self, slow: EContractProvider
    ) -> None:
        taken = await slow.submit(package("slow.1"))
        assert isinstance(taken, Taken)

        certified, numbered = await slow.poll(taken.token), await slow.poll(taken.token)

        assert isinstance(certified, Certified)
        assert isinstance(numbered, Certified)
        assert (certified.platform_number, numbered.platform_number is None) == (None, False)
        assert certified.certificate == numbered.certificate

    async def test_one_that_cannot_be_reached_is_told_from_one_that_refuses(
        self, away: EContractProvider, unwilling: EContractProvider
    ) -> None:
        assert isinstance(await away.submit(package("away.1")), Unanswered)
        assert isinstance(await away.poll("x"), Unanswered)
        assert isinstance(await unwilling.submit(package("never.1")), Declined)
