"""What every provider of `Sealer` holds to."""

import msgspec
import pytest

from contracts.sealing import Sealer


class SealerConformance:
    """Give a fixture `sealer`; whatever seals has to pass this."""

    async def test_what_was_sealed_opens_again(self, sealer: Sealer) -> None:
        seal = await sealer.seal("receipt", b'{"amount":"50000"}')

        assert await sealer.opened("receipt", seal) == b'{"amount":"50000"}'
        assert seal.count(".") == 2

    async def test_many_keep_their_order(self, sealer: Sealer) -> None:
        payloads = [b"%d" % number for number in range(20)]

        seals = await sealer.seal_many("manifest", payloads)

        assert [await sealer.opened("manifest", seal) for seal in seals] == payloads
        assert await sealer.seal_many("manifest", []) == []

    async def test_a_seal_for_one_thing_is_none_for_another(self, sealer: Sealer) -> None:
        seal = await sealer.seal("receipt", b"paid")
        await sealer.seal("certificate", b"something")

        assert await sealer.opened("certificate", seal) is None

    @pytest.mark.parametrize("change", [0, 5, -1])
    async def test_a_changed_seal_is_none(self, sealer: Sealer, change: int) -> None:
        seal = await sealer.seal("receipt", b"paid")
        letter = "A" if seal[change] != "A" else "B"
        place = change % len(seal)

        assert await sealer.opened("receipt", seal[:place] + letter + seal[place + 1 :]) is None
        assert await sealer.opened("receipt", "") is None
        assert await sealer.opened("receipt", "..") is None

    async def test_a_stamp_is_short(self, sealer: Sealer) -> None:
        stamp = await sealer.stamp("https://id.example/01/08930001")

        assert len(stamp.signature) == 86
        assert len(stamp.kid) == 8
        assert msgspec.json.decode(msgspec.json.encode(stamp))["kid"] == stamp.kid
