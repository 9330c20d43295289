"""Whose word counts: the person's own, a representative's, or both (NĐ 330/2026 Đ60)."""

from datetime import datetime
from typing import Literal

import msgspec

from backend.kernel import VIETNAM

AgeBand = Literal["adult", "from_7", "under_7", "ward"]
_OF_AGE = 18
_HEARD_FROM = 7


class Age(msgspec.Struct, frozen=True, kw_only=True):
    """Whose word is needed now, and when that changes and people are asked again."""

    band: AgeBand
    until: datetime | None


def age(*, is_represented: bool, of_age_at: datetime | None, now: datetime) -> Age:
    """Return the age of a person of whom we know when representation ends, if at all.

    A child's ends on the eighteenth birthday; that of other wards has no such day.
    """
    if not is_represented:
        return Age(band="adult", until=None)
    if of_age_at is None:
        return Age(band="ward", until=None)
    heard_at = years_before(of_age_at, _OF_AGE - _HEARD_FROM)
    if now < heard_at:
        return Age(band="under_7", until=heard_at)
    return Age(band="from_7", until=of_age_at)


def years_before(moment: datetime, years: int) -> datetime:
    """Return the same day of an earlier year; 29 February is 1 March where there is none."""
    local = moment.astimezone(VIETNAM)
    try:
        return local.replace(year=local.year - years)
    except ValueError:
        return local.replace(year=local.year - years, month=3, day=1)
