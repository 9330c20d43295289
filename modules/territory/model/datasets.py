"""What was loaded, and where it came from."""

from datetime import date, datetime

import msgspec

from contracts.territory import Register


class Provenance(msgspec.Struct, frozen=True, kw_only=True):
    """Where a list comes from, under which licence, and the day whose state it describes."""

    as_of: date
    source: str
    licence: str


class Dataset(msgspec.Struct, frozen=True, kw_only=True):
    """One loading of a list; `version` is a digest of what was loaded."""

    version: str
    register: Register
    province_code: str | None
    """The province that a set of boundaries is of."""
    as_of: date
    source: str
    licence: str
    loaded_at: datetime


class Datasets(msgspec.Struct, frozen=True, kw_only=True):
    """What is in use, and what was loaded to make it, newest first, at most a hundred."""

    units_version: str
    """Names `/datasets/{version}/units.json`; it changes whenever a unit does."""
    loaded: tuple[Dataset, ...]
