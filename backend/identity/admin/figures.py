"""How signing in by phone goes: what was sent, what came back, and where sending is stopped."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from backend.identity.login.limits import YIELD_FROM, YIELD_MIN, YIELD_OVER
from backend.kernel import Query, Snapshot

_DAY: Final = timedelta(days=1)


class ProviderFigures(msgspec.Struct, frozen=True, kw_only=True):
    """What one provider has carried in a time; empty name: what nobody has taken yet."""

    provider: str
    asked: int
    taken: int
    verified: int


class Block(msgspec.Struct, frozen=True, kw_only=True):
    """A range of ten thousand numbers to which no code is sent now; we keep no number of it."""

    range: str
    sent: int
    verified: int
    last_at: datetime


class SignInFigures(msgspec.Struct, frozen=True, kw_only=True):
    """Figures of the last day, and what is stopped at the moment."""

    since: datetime
    providers: tuple[ProviderFigures, ...]
    blocks: tuple[Block, ...]
    sessions_opened: int


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """How many there were."""

    number: int


PROVIDERS = Query(
    ProviderFigures,
    """
    select coalesce(provider, '') as provider, count(*) as asked, count(sent_at) as taken,
           count(consumed_at) as verified
      from identity.otp_challenge
     where asked_at > $1
     group by 1
     order by 1
     limit 100
    """,
)

BLOCKS = Query(
    Block,
    """
    select encode(prefix_bidx, 'hex') as range, count(*) as sent, count(consumed_at) as verified,
           max(asked_at) as last_at
      from identity.otp_challenge
     where asked_at > $1
     group by prefix_bidx
    having count(*) >= $2 and count(consumed_at) < $3::float8 * count(*)
     order by sent desc, range
     limit 100
    """,
)

SESSIONS = Query(Counted, "select count(*) as number from identity.session where auth_time > $1")


async def figures(snapshot: Snapshot) -> SignInFigures:
    """Return the figures as they are now."""
    since = snapshot.now - _DAY
    return SignInFigures(
        since=since,
        providers=tuple(await snapshot.all(PROVIDERS, since)),
        blocks=tuple(await snapshot.all(BLOCKS, snapshot.now - YIELD_OVER, YIELD_FROM, YIELD_MIN)),
        sessions_opened=(await snapshot.one(SESSIONS, since)).number,
    )
