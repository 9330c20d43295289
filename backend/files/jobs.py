"""Destroying what nobody wants: by request, when nobody claimed it, or when no row knows it."""

from collections.abc import Sequence
from datetime import UTC, timedelta
from typing import Final
from uuid import UUID

import msgspec

from backend.files import repository
from backend.files.depot import RENDITIONS, UNSCANNED, Depot, depot_of
from backend.files.settings import Settings
from backend.kernel import Errand, Job, Transaction

_ORPHAN_DAYS: Final = 8
_BATCH: Final = 500


class Doomed(msgspec.Struct, frozen=True, kw_only=True):
    """Files whose rows are gone, or some renditions of which their rows know no more."""

    ids: tuple[UUID, ...]
    names: tuple[str, ...] = RENDITIONS


class Destruction(msgspec.Struct, frozen=True, kw_only=True):
    """What one errand destroys, and where."""

    depot: Depot
    doomed: Doomed


class Search(msgspec.Struct, frozen=True, kw_only=True):
    """Which days one errand looks through, and where; `before` spares what is being received."""

    depot: Depot
    days: tuple[str, ...]
    before: int


async def _prepare_destruction(tx: Transaction, doomed: Doomed) -> Destruction:
    return Destruction(depot=depot_of(tx), doomed=doomed)


async def _destroy(destruction: Destruction) -> None:
    await destruction.depot.destroy(destruction.doomed.ids, destruction.doomed.names)


async def _destroyed(_: Transaction, __: Destruction, ___: None) -> None:
    """Keep no note of it: the rows went before."""


DESTROY: Final = Job(
    name="files.destroy",
    run=Errand(prepare=_prepare_destruction, call=_destroy, settle=_destroyed, seconds_max=120),
    payload=Doomed,
)


async def doom(tx: Transaction, ids: Sequence[UUID], names: tuple[str, ...] = RENDITIONS) -> None:
    """Have the bytes of these files destroyed once this transaction has committed."""
    for first in range(0, len(ids), _BATCH):
        await tx.enqueue(DESTROY, Doomed(ids=tuple(ids[first : first + _BATCH]), names=names))


class GivenUp(msgspec.Struct, frozen=True, kw_only=True):
    """Files whose originals nobody needs any more."""

    ids: tuple[UUID, ...]


async def _drop_originals(tx: Transaction, given_up: GivenUp) -> None:
    await doom(tx, await repository.drop_originals(tx, given_up.ids), ("original", UNSCANNED))


# As work, for a request changes no claimed file: a wall of the table says so.
DROP_ORIGINALS: Final = Job(name="files.drop-originals", run=_drop_originals, payload=GivenUp)


async def _expire(tx: Transaction) -> None:
    before = tx.now - timedelta(hours=tx.ask(Settings).unclaimed_hours)
    while ids := await repository.expire(tx, before):
        await doom(tx, ids)
    await repository.forget_allowances(tx, tx.today)


EXPIRE: Final = Job(name="files.expire", run=_expire, every=timedelta(hours=1))


async def _prepare_search(tx: Transaction) -> Search:
    # A row commits within seconds of its objects; a day is far beyond any clock's error.
    yesterday = tx.now - timedelta(days=1)
    days = [
        str((tx.now.astimezone(UTC) - timedelta(days=ago)).date())
        for ago in range(1, _ORPHAN_DAYS + 1)
    ]
    before = int(yesterday.timestamp() * 1000)
    return Search(depot=depot_of(tx), days=tuple(days), before=before)


async def _search(search: Search) -> list[UUID]:
    found: set[UUID] = set()
    for day in search.days:
        found |= await search.depot.on_day(day)
    return sorted(file_id for file_id in found if file_id.int >> 80 < search.before)


async def _doom_orphans(tx: Transaction, _: Search, found: list[UUID]) -> None:
    known = await repository.known(tx, found)
    await doom(tx, [file_id for file_id in found if file_id not in known])


ORPHANS: Final = Job(
    name="files.orphans",
    run=Errand(prepare=_prepare_search, call=_search, settle=_doom_orphans, seconds_max=600),
    cron="20 3 * * *",
)
