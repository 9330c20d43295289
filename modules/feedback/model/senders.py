"""Who sends a report, as far as limits and blocks need to know it again: by keyed digests."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from backend.kernel import composed
from modules.feedback.model.reports import WORDS_MIN, Moment, Reasoning

BlockKind = Literal["account", "device", "address"]
Origin = Literal["account", "anonymous", "open311", "desk"]
"""By which way a report came: signed in, from the app without an account, by an Open311 client, or
taken down by an officer."""


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """Who is at the other end. Without an account there is a device, or at least an address."""

    origin: Origin
    person_id: UUID | None = None
    account_mac: bytes | None = None
    device_mac: bytes | None = None
    address_mac: bytes | None = None
    is_shared: bool = False
    """Whether thousands may be behind the address."""
    device: str | None = None
    """The device's own bytes, for what it sent ahead; kept nowhere."""
    channel: str = ""
    """How it reached the officer who took it down."""
    client: str = ""
    """The program that speaks for them, where programs have keys."""

    @property
    def macs(self) -> Sequence[bytes]:
        """Everything that a block may be about."""
        known = (self.account_mac, self.device_mac, self.address_mac)
        return [mac for mac in known if mac is not None]


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who may not report for a while; who it is cannot be read from it."""

    id: UUID
    kind: BlockKind
    reason: str
    made_at: datetime
    until: datetime
    lifted_at: datetime | None


class Blocking(msgspec.Struct, frozen=True, kw_only=True):
    """Whoever sent a report may send no more until then. They read the reason."""

    report_id: UUID
    kinds: Annotated[tuple[BlockKind, ...], Meta(min_length=1, max_length=3)]
    until: Moment
    reason: Reasoning

    def __post_init__(self) -> None:
        composed(self)
        if len(self.reason) < WORDS_MIN:
            raise ValueError("reason")
