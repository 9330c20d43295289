"""What the public services tell the other modules: ids and states, never whose a dossier is."""

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

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
