"""What happened to procedures, in order: for phones that hold the catalogue."""

from collections.abc import Sequence
from datetime import date, datetime

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction

NOTE = Statement(
    """
    insert into public_services.catalogue_change (kind, procedure_no, at)
    values ($1, $2, $3)
    """
)


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """Where the catalogue stands."""

    seq: int


EDITION = Query(
    Edition, "select coalesce(max(seq), 0) as seq from public_services.catalogue_change"
)


class LastChange(msgspec.Struct, frozen=True, kw_only=True):
    """When the catalogue changed last."""

    at: datetime | None


LAST = Query(LastChange, "select max(at) as at from public_services.catalogue_change")

IN_FORCE = Query(
    Edition,
    """
    select count(*) as seq
      from public_services.procedure_version
     where daterange(valid_from, valid_to) @> $1::date
    """,
)


class ChangeRow(msgspec.Struct, frozen=True, kw_only=True):
    """The last change of a procedure."""

    seq: int
    code: str
    at: datetime


CHANGES = Query(
    ChangeRow,
    """
    select last.seq, procedure.code, last.at
      from (
               select distinct on (procedure_no) procedure_no, seq, at
                 from public_services.catalogue_change
                where seq > $1
                order by procedure_no, seq desc
           ) as last
      join public_services.procedure on procedure.no = last.procedure_no
     order by last.seq
     limit $2
    """,
)

SINCE_MOMENT = Query(
    Edition,
    """
    select coalesce(max(seq), 0) as seq from public_services.catalogue_change where at < $1
    """,
)

# Versions start and end on their days, without anybody's doing: phones are told of that too. Days
# that a worker missed are told by the next one that comes.
TURN = Statement(
    """
    insert into public_services.catalogue_change (kind, procedure_no, at)
    select 'version', version.procedure_no, $2
      from public_services.procedure_version as version
      join (
               select procedure_no, max(at) as at
                 from public_services.catalogue_change
                group by procedure_no
           ) as last on last.procedure_no = version.procedure_no
     where (version.valid_from <= $1::date and version.valid_from > (last.at at time zone $3)::date)
        or (version.valid_to <= $1::date and version.valid_to > (last.at at time zone $3)::date)
     group by version.procedure_no
     order by version.procedure_no
    """
)

TOO_OLD = Query(
    Edition,
    """
    select count(*) as seq
      from (
               select seq
                 from public_services.catalogue_change
                where seq > $1 and at < $2
                limit 1
           ) as missed
    """,
)

CODES = Query(
    ChangeRow,
    """
    select max(change.seq) as seq, procedure.code, max(change.at) as at
      from public_services.procedure
      join public_services.procedure_version as version
        on version.procedure_no = procedure.no
       and daterange(version.valid_from, version.valid_to) @> $1::date
      join public_services.catalogue_change as change on change.procedure_no = procedure.no
     where $2::text is null or $2 = any(version.levels)
     group by procedure.code
     order by procedure.code
     limit 100000
    """,
)


async def note(tx: Transaction, kind: str, procedure_no: int) -> None:
    await tx.run(NOTE, kind, procedure_no, tx.now)


async def edition(snapshot: Snapshot) -> int:
    return (await snapshot.one(EDITION)).seq


async def last_at(snapshot: Snapshot) -> datetime | None:
    return (await snapshot.one(LAST)).at


async def in_force(snapshot: Snapshot, day: date) -> int:
    """Return how many procedures are in force."""
    return (await snapshot.one(IN_FORCE, day)).seq


async def turn(tx: Transaction) -> int:
    """Note each procedure that is another since its last change; return how many they are."""
    return await tx.run(TURN, tx.today, tx.now, "Asia/Ho_Chi_Minh")


async def changes(snapshot: Snapshot, since: int, limit: int) -> Sequence[ChangeRow]:
    return await snapshot.all(CHANGES, since, limit)


async def since_moment(snapshot: Snapshot, moment: datetime) -> int:
    return (await snapshot.one(SINCE_MOMENT, moment)).seq


async def is_too_old(snapshot: Snapshot, since: int, before: datetime) -> bool:
    return bool((await snapshot.one(TOO_OLD, since, before)).seq)


async def codes(snapshot: Snapshot, day: date, level: str | None) -> Sequence[str]:
    return [each.code for each in await snapshot.all(CODES, day, level)]
