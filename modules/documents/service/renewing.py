"""Renewing the protection of everything that was ever issued, before it ends."""

from collections.abc import Sequence
from datetime import UTC, datetime, time
from typing import Final

import msgspec

from backend.kernel import Errand, Job, Snapshot, Transaction
from modules.documents.model import renewal, timestamps
from modules.documents.model.renewal import Record
from modules.documents.repository import log as entries
from modules.documents.repository import renewals as repository
from modules.documents.service import stamping
from modules.documents.service.stamping import Stamper
from modules.documents.settings import Settings


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be stamped, by whom, after which record."""

    before: Record | None
    size: int
    stamped: bytes
    stampers: tuple[Stamper, ...]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """How well what was issued is protected. `due` says why it has to be renewed now.

    Where the chain of records is not `intact`, somebody has changed one.
    """

    entries: int
    covered: int
    records: int
    intact: bool
    good_until: datetime | None
    due: renewal.Due | None


async def prepare(tx: Transaction) -> Request | None:
    """Return what has to be stamped now, if anything."""
    seen = await tx.maybe(entries.LATEST)
    before = await tx.maybe(repository.LATEST)
    if seen is None or renewal.due(before, seen.size, tx.now) is None:
        return None
    return Request(
        before=before,
        size=seen.size,
        stamped=renewal.stamped(seen.note, before),
        stampers=await stamping.apart(tx),
    )


async def call(request: Request | None) -> tuple[bytes, ...]:
    """Ask every authority for a token; all of them have to answer."""
    tokens: list[bytes] = []
    for each in () if request is None else request.stampers:
        async with each.open() as stamper:
            tokens.append(await stamper.stamp(request.stamped if request else b""))
    return tuple(tokens)


async def settle(tx: Transaction, request: Request | None, tokens: Sequence[bytes]) -> None:
    """Keep the record, unless it protects no longer than the one before."""
    if request is None:
        return
    before, until = request.before, _good_until(tokens, tx.ask(Settings))
    is_larger = before is None or request.size > before.size
    if before is not None and until <= before.good_until and not is_larger:
        return  # the authorities have no better certificate yet: `standing` goes on saying so
    number = 0 if before is None else before.number + 1
    row = (number, request.size, request.stamped, [*tokens], tx.now, until)
    await tx.run(repository.ADD, *row)


def _good_until(tokens: Sequence[bytes], settings: Settings) -> datetime:
    """Return when the first of certificates and algorithm ends."""
    algorithm = datetime.combine(settings.sha256_good_until, time.min, UTC)
    return min(algorithm, *map(timestamps.good_until, tokens))


async def standing(snapshot: Snapshot) -> Standing:
    """Return how well what was issued is protected."""
    seen = await snapshot.maybe(entries.LATEST)
    latest = await snapshot.maybe(repository.LATEST)
    size = 0 if seen is None else seen.size
    return Standing(
        entries=size,
        covered=0 if latest is None else latest.size,
        records=0 if latest is None else latest.number + 1,
        intact=renewal.is_chain(await records(snapshot)),
        good_until=None if latest is None else latest.good_until,
        due=renewal.due(latest, size, snapshot.now),
    )


async def records(snapshot: Snapshot) -> Sequence[Record]:
    """Return every archival timestamp, the first one first."""
    return await snapshot.all(repository.ALL)


RENEW: Final = Job(
    name="documents.renew",
    run=Errand(prepare=prepare, call=call, settle=settle, seconds_max=60),
    cron="20 2 * * *",
)
"""Stamps the log anew, every night on which it is time."""
