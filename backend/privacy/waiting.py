"""How much waits at the privacy desk."""

import msgspec

from backend.kernel import Query, Snapshot
from backend.privacy.scopes import DESK


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """How many there are."""

    number: int


OPEN_COUNT = Query(
    Counted,
    """
    select count(*) as number
      from privacy.request
     where {visible} and finished_at is null
    """,
    visible=DESK,
)

UNREPORTED_COUNT = Query(
    Counted,
    "select count(*) as number from privacy.incident where reported_at is null",
)


async def open_count(snapshot: Snapshot) -> int:
    """Return how many requests about data are not finished."""
    return (await snapshot.one(OPEN_COUNT)).number


async def unreported_count(snapshot: Snapshot) -> int:
    """Return of how many breaches the authority does not know yet."""
    return (await snapshot.one(UNREPORTED_COUNT)).number
