"""What everybody may read. No question here touches another table than `public_report`."""

from datetime import date, datetime, time, timedelta
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import VIETNAM, Paged, Query, Snapshot, Statement, Transaction, folded
from contracts.page import Page
from modules.feedback.model.places import Box, Circle, Point, mercator, stretch
from modules.feedback.model.queues import Listed, Projected, PublicFilter

NEWEST: Final = Paged(
    Listed,
    """
    select code, category_code, category_version, commune_code, agency_name, state, state_at,
           filed_at, lat, lon, body, photos, followers, null::double precision as far
      from feedback.public_report
     where ($1::text is null or commune_code = $1)
       and ($2::text is null or category_code = $2)
       and ($3::text is null or state = $3)
       and ($4::timestamptz is null or filed_at >= $4)
       and ($5::uuid is null or agency_id = $5)
       and ($6::timestamptz is null or filed_at < $6)
       and {after}
     order by filed_at desc, code desc
     limit {limit}
    """,
    by=("filed_at", "code"),
    descending="desc",
)

WITHIN: Final = Paged(
    Listed,
    """
    select code, category_code, category_version, commune_code, agency_name, state, state_at,
           filed_at, lat, lon, body, photos, followers, null::double precision as far
      from feedback.public_report
     where xy <@ box($7::point, $8::point)
       and ($1::text is null or commune_code = $1)
       and ($2::text is null or category_code = $2)
       and ($3::text is null or state = $3)
       and ($4::timestamptz is null or filed_at >= $4)
       and ($5::uuid is null or agency_id = $5)
       and ($6::timestamptz is null or filed_at < $6)
       and {after}
     order by filed_at desc, code desc
     limit {limit}
    """,
    by=("filed_at", "code"),
    descending="desc",
)


NEAREST: Final = Paged(
    Listed,
    """
    select code, category_code, category_version, commune_code, agency_name, state, state_at,
           filed_at, lat, lon, body, photos, followers, far
      from (select code, category_code, category_version, commune_code, agency_id, agency_name,
                   state, state_at, filed_at, lat, lon, body, photos, followers,
                   xy <-> $7::point as far
              from feedback.public_report
             where xy <@ circle($7::point, $8::double precision)) as near
     where ($1::text is null or commune_code = $1)
       and ($2::text is null or category_code = $2)
       and ($3::text is null or state = $3)
       and ($4::timestamptz is null or filed_at >= $4)
       and ($5::uuid is null or agency_id = $5)
       and ($6::timestamptz is null or filed_at < $6)
       and {after}
     order by far, code
     limit {limit}
    """,
    by=("far", "code"),
)

MOST_FOLLOWED: Final = Paged(
    Listed,
    """
    select code, category_code, category_version, commune_code, agency_name, state, state_at,
           filed_at, lat, lon, body, photos, followers, null::double precision as far
      from feedback.public_report
     where ($1::text is null or commune_code = $1)
       and ($2::text is null or category_code = $2)
       and ($3::text is null or state = $3)
       and ($4::timestamptz is null or filed_at >= $4)
       and ($5::uuid is null or agency_id = $5)
       and ($6::timestamptz is null or filed_at < $6)
       and {after}
     order by followers desc, code desc
     limit {limit}
    """,
    by=("followers", "code"),
    descending="desc",
)

# One month at a time. Words that many used stand among its newest, which are walked in order, and
# not far; of other words the month has few, and its hits come before their order: a plan that walks
# on would read every report there is for a word that none has.
FOUND: Final = Paged(
    Listed,
    """
      with recent as materialized (
           select code, category_code, category_version, commune_code, agency_name, state,
                  state_at, filed_at, lat, lon, body, photos, followers
             from (select code, category_code, category_version, commune_code, agency_id,
                          agency_name, state, state_at, filed_at, lat, lon, body, photos,
                          followers, words
                     from feedback.public_report
                    where filed_at >= $9 and filed_at < $10 and {after}
                    order by filed_at desc, code desc
                    limit $11) as newest
            where words @@ plainto_tsquery('simple', $7)
              and ($1::text is null or commune_code = $1)
              and ($2::text is null or category_code = $2)
              and ($3::text is null or state = $3)
              and ($4::timestamptz is null or filed_at >= $4)
              and ($5::uuid is null or agency_id = $5)
              and ($6::timestamptz is null or filed_at < $6)
            order by filed_at desc, code desc
            limit {limit}
      ), hit as materialized (
           select code, category_code, category_version, commune_code, agency_name, state,
                  state_at, filed_at, lat, lon, body, photos, followers
             from feedback.public_report
            where (select count(*) from recent) < {limit}
              and words @@ (plainto_tsquery('simple', $7) && to_tsquery('simple', $8))
              and ($1::text is null or commune_code = $1)
              and ($2::text is null or category_code = $2)
              and ($3::text is null or state = $3)
              and ($4::timestamptz is null or filed_at >= $4)
              and ($5::uuid is null or agency_id = $5)
              and ($6::timestamptz is null or filed_at < $6))
    select code, category_code, category_version, commune_code, agency_name, state, state_at,
           filed_at, lat, lon, body, photos, followers, null::double precision as far
      from (select code, category_code, category_version, commune_code, agency_name, state,
                   state_at, filed_at, lat, lon, body, photos, followers
              from hit
             union all
            select code, category_code, category_version, commune_code, agency_name, state,
                   state_at, filed_at, lat, lon, body, photos, followers
              from recent
             where (select count(*) from recent) >= {limit}) as found
     where {after}
     order by filed_at desc, code desc
     limit {limit}
    """,
    by=("filed_at", "code"),
    descending="desc",
)

FIND: Final = Query(
    Projected,
    """
    select report_id, code, category_code, category_version, group_code, commune_code, agency_id,
           agency_name, state, state_at, filed_at, lat, lon, body, result, reason, photos,
           original_due_at, due_at, dhashes, steps, followers, objections
      from feedback.public_report
     where code = $1
    """,
)


class Code(msgspec.Struct, frozen=True, kw_only=True):
    """The code of a public report."""

    code: str


CODE_OF: Final = Query(Code, "select code from feedback.public_report where report_id = $1")

PROJECT: Final = Statement("""
    insert into feedback.public_report (
        report_id, code, category_code, category_version, group_code, commune_code, agency_id,
        agency_name, state, state_at, filed_at, lat, lon, body, result, reason, photos,
        original_due_at, due_at, dhashes, steps, xy, published_at, words,
        in_recent)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
            $18, $19, $20, $21, point($22, $23), $24, to_tsvector('simple', $25), true)
        on conflict (report_id) do update
       set category_code = excluded.category_code, category_version = excluded.category_version,
           group_code = excluded.group_code, commune_code = excluded.commune_code,
           agency_id = excluded.agency_id, agency_name = excluded.agency_name,
           state = excluded.state, state_at = excluded.state_at,
           lat = excluded.lat, lon = excluded.lon, xy = excluded.xy,
           body = excluded.body, result = excluded.result, reason = excluded.reason,
           photos = excluded.photos, steps = excluded.steps, words = excluded.words,
           in_recent = true,
           original_due_at = excluded.original_due_at, due_at = excluded.due_at,
           dhashes = excluded.dhashes
""")

SHOW_DUE: Final = Statement("""
    update feedback.public_report
       set original_due_at = counts.original_due_at, due_at = counts.due_at
      from (select original_due_at, due_at
              from feedback.clock
             where report_id = $1
             order by cycle desc, kind
             limit 1) as counts
     where report_id = $1
""")

REMOVE: Final = Statement("delete from feedback.public_report where report_id = $1")


async def find(snapshot: Snapshot, code: str) -> Projected | None:
    return await snapshot.maybe(FIND, code)


async def code_of(snapshot: Snapshot, report_id: UUID | None) -> str | None:
    """Return the code of a report that everybody may read; None of any other."""
    found = None if report_id is None else await snapshot.maybe(CODE_OF, report_id)
    return None if found is None else found.code


async def newest(
    snapshot: Snapshot, wanted: PublicFilter, cursor: str | None, limit: int
) -> Page[Listed]:
    return await snapshot.page(NEWEST, cursor, limit, *_values(wanted))


async def most_followed(
    snapshot: Snapshot, wanted: PublicFilter, cursor: str | None, limit: int
) -> Page[Listed]:
    return await snapshot.page(MOST_FOLLOWED, cursor, limit, *_values(wanted))


async def found(
    snapshot: Snapshot,
    wanted: PublicFilter,
    words: str,
    of_month: date,
    cursor: str | None,
    limit: int,
    *,
    walk: int,
) -> Page[Listed]:
    """Return reports of the month that begins then and hold all the words, newest first.

    The newest `walk` of them are looked through before the index of words is asked.
    """
    begins = datetime.combine(of_month, time(), VIETNAM)
    ends = (begins + timedelta(days=31)).replace(day=1)
    sought = (folded(words), month(begins), begins, ends, walk)
    return await snapshot.page(FOUND, cursor, limit, *_values(wanted), *sought)


async def within(
    snapshot: Snapshot, wanted: PublicFilter, box: Box, cursor: str | None, limit: int
) -> Page[Listed]:
    corners = (mercator(box.south_west), mercator(box.north_east))
    return await snapshot.page(WITHIN, cursor, limit, *_values(wanted), *corners)


async def nearest(
    snapshot: Snapshot, wanted: PublicFilter, circle: Circle, cursor: str | None, limit: int
) -> Page[Listed]:
    centre = mercator(circle.centre)
    far = circle.radius_m / stretch(circle.centre)
    return await snapshot.page(NEAREST, cursor, limit, *_values(wanted), centre, far)


def _values(wanted: PublicFilter) -> tuple[object, ...]:
    return (
        wanted.commune_code,
        wanted.category,
        wanted.state,
        wanted.since,
        wanted.agency_id,
        wanted.until,
    )


async def project(tx: Transaction, row: Projected) -> None:
    """Write the public copy of a report, in place of the one that may be there."""
    known = None if row.lat is None or row.lon is None else Point(lat=row.lat, lon=row.lon)
    x, y = (None, None) if known is None else mercator(known)
    # Followers and objections are counted elsewhere.
    *kept, _, _, _ = msgspec.structs.astuple(row)
    steps = msgspec.to_builtins(row.steps)
    await tx.run(PROJECT, *kept, steps, x, y, tx.now, _words(row))


def _words(row: Projected) -> str:
    """Return what a report is found by, as people type it in a hurry, and the month it is of."""
    said = " ".join(filter(None, (row.code, row.body, row.result, row.agency_name)))
    return f"{folded(said)} {month(row.filed_at)}"


def month(moment: datetime) -> str:
    """Return the word that every report of a month is found by."""
    return f"month{moment.astimezone(VIETNAM):%Y%m}"


async def show_due(tx: Transaction, report_id: UUID) -> None:
    """Bring the deadlines that everybody reads to those of the clock that counts."""
    await tx.run(SHOW_DUE, report_id)


async def remove(tx: Transaction, report_id: UUID) -> None:
    await tx.run(REMOVE, report_id)
