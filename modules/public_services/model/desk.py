"""What an officer at the desk reads, and why; and how the systems beside us are."""

from datetime import datetime
from typing import Literal

import msgspec

from modules.public_services.model.dossier_views import DossierStanding, SourceState

DeskReason = Literal["at-the-desk", "on-the-phone", "complaint", "inspection"]
"""Why somebody looks; it stands in the owner's own access log."""


class DeskDossiers(msgspec.Struct, frozen=True, kw_only=True):
    """Dossiers whose code ends as asked, twenty at most: no name, no text of an officer."""

    dossiers: tuple[DossierStanding, ...]


class ConnectorView(msgspec.Struct, frozen=True, kw_only=True):
    """A system that tells of dossiers: how old its word is, and whether it is left alone now."""

    source: str
    state: SourceState
    last_ok_at: datetime | None
    failures: int
    """Since it last answered."""
    rest_until: datetime | None
    """It is not asked before this moment."""
    position: str
    """How far it is read, in its own words."""


class Connectors(msgspec.Struct, frozen=True, kw_only=True):
    """Every system that tells of dossiers."""

    connectors: tuple[ConnectorView, ...]
