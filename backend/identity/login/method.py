"""The boundary behind which a way to sign in is made: a code by phone, a passkey, VNeID."""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Protocol, TypeAlias
from uuid import UUID

import msgspec

from backend.identity.oauth.repository import Wanted
from backend.kernel import Transaction
from backend.kms import Kms

Form: TypeAlias = Mapping[str, str]
"""What the person has filled in."""


class Interaction(msgspec.Struct, frozen=True, kw_only=True):
    """One person before our pages, on behalf of one app."""

    id: UUID
    client_id: str
    wanted: Wanted
    dpop_jkt: str | None
    """The device, when the app has shown its key already."""
    phone_enc: bytes | None
    sends: int
    guesses: int
    holder_id: UUID | None
    """Whose number it is, when a device that we do not know has proved to hold it."""
    upstream: str | None
    """The identity provider that has proved already who it is; a number may come on top."""
    expires_at: datetime


class Visitor(msgspec.Struct, frozen=True, kw_only=True):
    """An interaction, where it comes from, and what a method may work with."""

    ix: Interaction
    address: str
    is_crowded: bool
    """Whether thousands may share the address."""
    kms: Kms


class Proved(msgspec.Struct, frozen=True, kw_only=True):
    """Who has signed in, and how well that was proved."""

    person_id: UUID
    ial: int
    acr: Literal["aal1", "aal2"]
    amr: tuple[str, ...]
    upstream: str | None = None
    """The identity provider that has proved it, which may end the session."""
    upstream_sid_hash: bytes | None = None


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """The method has something to ask, or has sent something: look at the page again."""


class Declined(msgspec.Struct, frozen=True, kw_only=True):
    """It did not work; the page says why. What was done for it (a guess counted) is kept."""

    reason: str
    """Key of the sentence, below `identity.login`."""
    status: int = 422
    wait_seconds: int = 0


class Withdrawn(Exception):
    """It did not work, and nothing of what was done for it shall be kept."""

    def __init__(self, declined: Declined) -> None:
        super().__init__(declined.reason)
        self.declined = declined


class LoginMethod(Protocol):
    """One way to prove who one is. Works in the transaction it is given, as the sign-in role."""

    name: str
    """How `TINHS_IDENTITY_LOGIN_METHODS` calls it, and the last part of its page's address."""

    def offered_to(self, tx: Transaction, ix: Interaction) -> bool:
        """Tell whether it can give what the app wants."""
        ...

    async def start(self, tx: Transaction, visitor: Visitor, form: Form) -> Asked | Declined:
        """Begin: send a code, make a challenge. Raises `Withdrawn`."""
        ...

    async def finish(
        self, tx: Transaction, visitor: Visitor, form: Form
    ) -> Proved | Asked | Declined:
        """Look at what the person has brought. Raises `Withdrawn`."""
        ...
