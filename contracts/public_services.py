"""What the public services tell the other modules: ids and states, never whose a dossier is."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Final, Protocol
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.event import Event

NationalStatus = Annotated[int, Meta(ge=1, le=10)]
"""The national list of states of a dossier: 1 registered … 10 result handed over."""


class DossierMoved(Event, frozen=True, kw_only=True, tag="public_services.dossier-moved.v1"):
    """A dossier took another state, or was heard of for the first time: `from_status` is null."""

    about: ClassVar[str] = "dossier_id"

    dossier_id: UUID
    from_status: NationalStatus | None
    to_status: NationalStatus
    moved_at: datetime


class DossierNews(msgspec.Struct, frozen=True, kw_only=True):
    """What a one-stop system tells: dossiers as they stand and moves they made, oldest first.

    Each is an object in national names (`MaHoSo`, `TrangThaiHoSo` …), times without a zone being
    Vietnam's; up to 500 of each.
    """

    dossiers: tuple[dict[str, Any], ...] = ()
    progress: tuple[dict[str, Any], ...] = ()
    cursor: str = ""
    """Where to go on; at most 500 characters, and the same again when there was nothing."""
    more: bool = False
    """Whether there is more to tell at once."""


class SystemAway(Exception):
    """The system does not answer, or not as agreed. Try again later."""


FORM_BYTES_MAX: Final = 10 * 1024 * 1024
"""A blank form is no larger than this."""


class AddressRefused(Exception):
    """An address that nobody asks: not https, another host or port, or inside our own network."""


class FormSource(Protocol):
    """Where authorities publish blank forms. Asked outside of any transaction."""

    async def fetch(self, url: str) -> bytes | None:
        """Return what is published at an address, at most `FORM_BYTES_MAX`; None when nothing is.

        What comes is unverified: a form is told by its content. Raises `AddressRefused` before
        anything is asked, `SystemAway` when there is no answer, or too long a one.
        """
        ...


class DossierSystem(Protocol):
    """A system that is the authority about its dossiers. Asked outside of any transaction."""

    async def changes_since(self, cursor: str) -> DossierNews:
        """Return what happened after `cursor`; `""` is the beginning of what it still tells.

        The same cursor again gives at least the same again. Raises `SystemAway`.
        """
        ...

    async def dossier(self, code: str) -> DossierNews:
        """Return one dossier and all its moves; nothing when it knows none. Raises `SystemAway`."""
        ...
