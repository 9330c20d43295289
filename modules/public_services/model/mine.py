"""What a person keeps an eye on: dossiers, procedures, and an opinion of how it went."""

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from backend.kernel.text import LINES
from modules.public_services.model.dossier_views import DossierQuestion, DossierStanding
from modules.public_services.model.views import Successor

FAVOURITES_MAX = 200
WATCHES_MAX = 100

Level = Annotated[int, Meta(ge=1, le=5, description="1 very dissatisfied … 5 very satisfied.")]


class Opinion(msgspec.Struct, frozen=True, kw_only=True):
    """How well a finished dossier was handled."""

    level: Level
    comment: Annotated[str, Meta(max_length=1000, pattern=LINES)] = ""


class Rating(msgspec.Struct, frozen=True, kw_only=True):
    """An opinion as it is kept; `previous` is the level that it replaced."""

    level: int
    comment: str
    rated_at: datetime
    previous: int | None


class Watch(msgspec.Struct, frozen=True, kw_only=True):
    """That a person is told when a dossier moves; it ends some time after the dossier does."""

    dossier_id: UUID
    basis: Literal["owner", "factor"]
    since: datetime
    expires_at: datetime | None


class WatchedDossier(msgspec.Struct, frozen=True, kw_only=True):
    """A dossier that is watched, as a proof shows it."""

    watch: Watch
    standing: DossierStanding


class WatchedDossiers(msgspec.Struct, frozen=True, kw_only=True):
    """All that a person watches."""

    watches: tuple[WatchedDossier, ...]


class OwnToWatch(msgspec.Struct, frozen=True, kw_only=True, tag="owner", tag_field="basis"):
    """A dossier of one's own."""

    dossier_id: UUID


class KnownToWatch(DossierQuestion, frozen=True, kw_only=True, tag="factor", tag_field="basis"):
    """A dossier of somebody else, by its code and a proof."""


ToWatch = OwnToWatch | KnownToWatch


class AtHand(msgspec.Struct, frozen=True, kw_only=True):
    """A procedure kept at hand; `changed` when another version is in force than was seen."""

    code: str
    title: str | None
    """None when it is in force no more."""
    added_at: datetime
    changed: bool
    valid_from: date | None


class Favourite(AtHand, frozen=True, kw_only=True):
    """A procedure kept at hand, and where to go on once it has ended."""

    successors: tuple[Successor, ...] = ()
    """Where to go on instead of one that was abolished."""


class Favourites(msgspec.Struct, frozen=True, kw_only=True):
    """All that a person keeps at hand."""

    favourites: tuple[Favourite, ...]
