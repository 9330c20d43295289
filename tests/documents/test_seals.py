"""Seals of the house, as every provider of them behaves, and as other libraries read them."""

from collections.abc import AsyncGenerator

import jwt
import pytest

from backend.testing import Client
from backend.work import Workshop
from contracts.conformance.sealing import SealerConformance
from contracts.sealing import Sealer
from tests.documents.conftest import DOCUMENTS


@pytest.fixture
async def sealer(shop: Workshop) -> AsyncGenerator[Sealer]:
    async with shop.transaction() as tx:
        yield tx.ask(Sealer)


class TestOurs(SealerConformance):
    pass


async def test_another_library_opens_a_seal_with_the_published_keys(
    shop: Workshop, client: Client
) -> None:
    async with shop.transaction() as tx:
        seal = await tx.ask(Sealer).seal("receipt", b"paid")

    published = jwt.PyJWKSet.from_dict((await client.get(f"{DOCUMENTS}/trust/jwks.json")).json())
    head = jwt.get_unverified_header(seal)
    key = next(each for each in published.keys if each.key_id == head["kid"])

    assert jwt.api_jws.decode(seal, key.key, algorithms=["ES256"]) == b"paid"
    assert head["typ"] == "tinhs-receipt+jws"
