"""Watches, opinions and favourites, each of one person."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.public_services.model.dossiers import Dossier
from modules.public_services.model.mine import FAVOURITES_MAX, WATCHES_MAX, AtHand, Rating, Watch
from modules.public_services.repository.dossiers import COLUMNS

RECOGNISE = Statement("""
    insert into public_services.dossier_owner (owner_index, person_id)
    values ($1, $2)
        on conflict do nothing
""")

WATCH = Query(
    Watch,
    """
    insert into public_services.dossier_watch as kept (person_id, dossier_id, basis, since)
    select $1, $2, $3, $4
     where (select count(*) from public_services.dossier_watch where person_id = $1) < $5
        on conflict (person_id, dossier_id) do update
       set basis = case when kept.basis = 'owner' then kept.basis else excluded.basis end
    returning dossier_id, basis, since, expires_at
    """,
)

UNWATCH = Statement(
    "delete from public_services.dossier_watch where person_id = $1 and dossier_id = $2"
)

WATCHES = Query(
    Watch,
    """
    select dossier_id, basis, since, expires_at
      from public_services.dossier_watch
     where person_id = $1
     order by since desc, dossier_id
     limit 100
    """,
)

WATCHED = Query(
    Dossier,
    f"""
    select {COLUMNS}
      from public_services.dossier
     where dossier.id = any($1::uuid[])
     limit 100
    """,
)

# The first opinion, or another within the days in which one may change one's mind.
RATE = Query(
    Rating,
    """
    insert into public_services.dossier_rating as kept (
           dossier_id, person_id, level, comment, first_at, rated_at)
    values ($1, $2, $3, $4, $5, $5)
        on conflict (dossier_id) do update
       set previous = kept.level,
           level = excluded.level,
           comment = excluded.comment,
           rated_at = excluded.rated_at
     where kept.person_id = excluded.person_id and kept.first_at > $6
    returning level, comment, rated_at, previous
    """,
)

FAVOUR = Statement("""
    insert into public_services.favourite as kept (person_id, code, seen_version, added_at)
    select $1, $2, $3, $4
     where (select count(*) from public_services.favourite
             where person_id = $1 and code <> $2) < $5
        on conflict (person_id, code) do update
       set seen_version = excluded.seen_version
""")

UNFAVOUR = Statement("delete from public_services.favourite where person_id = $1 and code = $2")

FAVOURITES = Query(
    AtHand,
    """
    select favourite.code, version.title, favourite.added_at,
           version.id is distinct from favourite.seen_version as changed, version.valid_from
      from public_services.favourite
      left join public_services.procedure on procedure.code = favourite.code
      left join public_services.procedure_version as version
        on version.procedure_no = procedure.no
       and daterange(version.valid_from, version.valid_to) @> $2::date
     where favourite.person_id = $1
     order by favourite.added_at, favourite.code
     limit 200
    """,
)


class Watcher(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody to be told of a dossier."""

    person_id: UUID


WATCHERS = Query(
    Watcher,
    """
    select person_id
      from public_services.dossier_watch
     where dossier_id = $1 and (expires_at is null or expires_at > $2)
     union
    select whose.person_id
      from public_services.dossier
      join public_services.dossier_owner as whose on whose.owner_index = dossier.owner_index
     where dossier.id = $1
     order by person_id
     limit 1000
    """,
)

END_WATCHES = Statement("""
    update public_services.dossier_watch
       set expires_at = $2
     where dossier_id = $1 and expires_at is null
""")

PRUNE_WATCHES = Statement("delete from public_services.dossier_watch where expires_at <= $1")
PRUNE_DELIVERIES = Statement("delete from public_services.delivery where came_at <= $1")
PRUNE_DOSSIERS = Statement("delete from public_services.dossier where finished_at <= $1")


async def recognise(tx: Transaction, owner_index: bytes, person_id: UUID) -> None:
    """Note which digest is whose."""
    await tx.run(RECOGNISE, owner_index, person_id)


async def watch(tx: Transaction, person_id: UUID, dossier_id: UUID, basis: str) -> Watch | None:
    """Watch a dossier; None when the person watches too many already."""
    return await tx.maybe(WATCH, person_id, dossier_id, basis, tx.now, WATCHES_MAX)


async def unwatch(tx: Transaction, person_id: UUID, dossier_id: UUID) -> bool:
    return await tx.run(UNWATCH, person_id, dossier_id) == 1


async def watches(snapshot: Snapshot, person_id: UUID) -> Sequence[Watch]:
    return await snapshot.all(WATCHES, person_id)


async def watched(snapshot: Snapshot, ids: Sequence[UUID]) -> Sequence[Dossier]:
    return await snapshot.all(WATCHED, ids)


async def rate(
    tx: Transaction, dossier_id: UUID, person_id: UUID, level: int, comment: str, since: datetime
) -> Rating | None:
    """Keep an opinion; None when the first was given before `since`."""
    return await tx.maybe(RATE, dossier_id, person_id, level, comment, tx.now, since)


async def favour(tx: Transaction, person_id: UUID, code: str, version_id: UUID) -> bool:
    """Keep a procedure at hand, seen as it is now; tell whether there was room."""
    return await tx.run(FAVOUR, person_id, code, version_id, tx.now, FAVOURITES_MAX) == 1


async def unfavour(tx: Transaction, person_id: UUID, code: str) -> None:
    await tx.run(UNFAVOUR, person_id, code)


async def favourites(snapshot: Snapshot, person_id: UUID) -> Sequence[AtHand]:
    return await snapshot.all(FAVOURITES, person_id, snapshot.today)


async def watchers(snapshot: Snapshot, dossier_id: UUID) -> Sequence[UUID]:
    """Return the owner, and whoever watches."""
    found = await snapshot.all(WATCHERS, dossier_id, snapshot.now)
    return [each.person_id for each in found]


async def end_watches(tx: Transaction, dossier_id: UUID, at: datetime) -> None:
    await tx.run(END_WATCHES, dossier_id, at)


async def prune(tx: Transaction, *, deliveries: timedelta, dossiers: timedelta) -> None:
    """Forget watches that ended, answers that nobody asks for again, and dossiers long ended."""
    await tx.run(PRUNE_WATCHES, tx.now)
    await tx.run(PRUNE_DELIVERIES, tx.now - deliveries)
    await tx.run(PRUNE_DOSSIERS, tx.now - dossiers)
