"""How old the catalogue is, and what searches know of it."""

from datetime import date, datetime

import msgspec


class Freshness(msgspec.Struct, frozen=True, kw_only=True):
    """The edition of the catalogue and the index that searches answer from."""

    catalogue_seq: int
    changed_at: datetime | None
    procedures: int
    """In force today."""
    index_version: int
    index_as_of: date | None
    index_built_at: datetime | None
    is_behind: bool
    """The catalogue has changed, or a day begun, since the index was made."""
