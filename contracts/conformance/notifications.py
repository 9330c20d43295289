"""What every carrier of messages has to do. Subclass it; give `sender`, `to` and `nobody`."""

from datetime import timedelta

import msgspec
import pytest

from contracts.identity import Accepted, Rejected, Unknown
from contracts.notifications import ChannelSender, Gone, Outgoing


def outgoing(to: str, ref: str) -> Outgoing:
    """Return a message in Vietnamese, good for an hour."""
    return Outgoing(
        to=to,
        title="Phản ánh PA-7K3F9Q đã xử lý",
        text="UBND phường đã vá ổ gà.\nHãy xem kết quả.",
        language="vi",
        ref=ref,
        ttl=timedelta(hours=1),
    )


class ChannelSenderConformance:
    """For each provider of `ChannelSender`."""

    @pytest.fixture
    def sender(self) -> ChannelSender:
        """Return the provider under test; against the provider's own sandbox, if it has one."""
        raise NotImplementedError

    @pytest.fixture
    def to(self) -> str:
        """Return an address at which somebody is reached."""
        raise NotImplementedError

    @pytest.fixture
    def nobody(self) -> str:
        """Return an address that no longer exists."""
        raise NotImplementedError

    async def test_it_has_a_name_that_settings_can_hold(self, sender: ChannelSender) -> None:
        assert sender.name
        assert sender.name == sender.name.strip().lower()
        assert "," not in sender.name
        assert sender.channel in {"email", "push", "app"}

    async def test_it_carries_a_message(self, sender: ChannelSender, to: str) -> None:
        assert isinstance(await sender.send(outgoing(to, "one")), Accepted)

    async def test_a_title_of_several_lines_breaks_nothing(
        self, sender: ChannelSender, to: str
    ) -> None:
        message = msgspec.structs.replace(outgoing(to, "lines"), title="một\r\nBcc: ai@đó.vn")

        assert isinstance(await sender.send(message), Accepted | Rejected)

    async def test_an_address_that_is_gone_is_told_from_one_that_refuses(
        self, sender: ChannelSender, nobody: str
    ) -> None:
        assert isinstance(await sender.send(outgoing(nobody, "gone")), Gone)

    async def test_an_address_that_is_none_is_no_accident(self, sender: ChannelSender) -> None:
        sent = await sender.send(outgoing("nonsense", "nonsense"))

        assert isinstance(sent, Accepted | Rejected | Unknown | Gone)
