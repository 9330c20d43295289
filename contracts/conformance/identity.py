"""What every provider of text messages has to do. Subclass it, and give `sender`."""

from datetime import timedelta

import pytest

from contracts.identity import Accepted, Rejected, SmsSender, Unknown


class SmsSenderConformance:
    """For each provider of `SmsSender`."""

    @pytest.fixture
    def sender(self) -> SmsSender:
        """Return the provider under test; against the provider's own sandbox, if it has one."""
        raise NotImplementedError

    async def test_it_has_a_name_that_settings_can_hold(self, sender: SmsSender) -> None:
        assert sender.name
        assert sender.name == sender.name.strip().lower()
        assert "," not in sender.name

    async def test_it_says_what_became_of_a_message(self, sender: SmsSender) -> None:
        sent = await sender.send("+84912345678", "thử", ref="one", ttl=timedelta(minutes=5))

        assert isinstance(sent, Accepted | Rejected | Unknown)

    async def test_the_same_message_twice_is_one(self, sender: SmsSender) -> None:
        sent = [
            await sender.send("+84912345678", "thử", ref="twice", ttl=timedelta(minutes=5))
            for _ in range(2)
        ]

        assert sent[0] == sent[1]
