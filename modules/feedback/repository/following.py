"""Who follows what, and who wants to hear of where."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.feedback.model.following import Area, Following, Kept, Pace
from modules.feedback.model.places import Point, mercator, stretch

_FIRST: Final = UUID(int=0)

# Follows what everybody sees and nothing else; touches no row for what is followed already.
FOLLOW: Final = Statement("""
    insert into feedback.follower (report_id, person_id, via, since)
    select report_id, $2::uuid, 'following', $3::timestamptz
      from feedback.public_report
     where code = $1
        on conflict (report_id, person_id) do nothing
""")

FOLLOWED: Final = Query(
    Following,
    """
    select public_report.code, follower.since
      from feedback.public_report
      join feedback.follower using (report_id)
     where public_report.code = $1 and follower.person_id = $2
    """,
)

UNFOLLOW: Final = Statement("""
    delete from feedback.follower
     where person_id = $2
       and report_id = (select report_id from feedback.public_report where code = $1)
""")

COUNT: Final = Statement("""
    update feedback.public_report
       set followers = (select count(*) from feedback.follower where report_id = $1),
           objections = (select count(*) from feedback.objection where report_id = $1)
     where report_id = $1
""")


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who is to hear of something."""

    person_id: UUID


FOLLOWERS: Final = Query(
    Person,
    """
    select person_id
      from feedback.follower
     where report_id = $1 and person_id > $2
     order by person_id
     limit 500
    """,
)

COLUMNS: Final[LiteralString] = """
    id, person_id, commune_code, lat, lon, radius_m, categories, pace, created_at, told_until
"""

SUBSCRIBE: Final = Query(
    Kept,
    f"""
    insert into feedback.subscription (
        id, person_id, commune_code, lat, lon, xy, radius_m, categories, pace, created_at,
        told_until)
    values ($1, $2, $3, $4, $5, case when $4::double precision is null then null
                                     else point($6, $7) end,
            $8, $9, $10, $11, $11)
    returning {COLUMNS}
    """,
)

OWN: Final = Query(
    Kept, f"select {COLUMNS} from feedback.subscription where person_id = $1 order by id limit 100"
)

END: Final = Statement("delete from feedback.subscription where id = $1 and person_id = $2")

HEARING: Final = Query(
    Kept,
    f"""
    select {COLUMNS}
      from feedback.subscription
     where pace = 'now'
       and id > $1
       and (commune_code = $2 or xy <@ circle(point($3, $4), $5::double precision))
       and (categories = '{{}}' or $6 = any (categories))
     order by id
     limit 500
    """,
)

TO_TELL: Final = Query(
    Kept,
    f"""
    select {COLUMNS}
      from feedback.subscription
     where pace = $1 and told_until < $2
     order by told_until, id
     limit 500
       for update skip locked
    """,
)

TOLD: Final = Statement(
    "update feedback.subscription set told_until = $2 where id = any ($1::uuid[])"
)


class News(msgspec.Struct, frozen=True, kw_only=True):
    """How many reports a subscription has news of."""

    id: UUID
    reports: int


NEWS: Final = Query(
    News,
    """
    select subscription.id, count(*)::integer as reports
      from feedback.subscription
      join feedback.public_report
        on public_report.published_at > subscription.told_until
       and public_report.published_at <= $2
       and (public_report.commune_code = subscription.commune_code
            or public_report.xy <@ circle(
                subscription.xy,
                subscription.radius_m / cos(radians(coalesce(subscription.lat, 0)))))
       and (subscription.categories = '{}'
            or public_report.category_code = any (subscription.categories))
     where subscription.id = any ($1::uuid[])
     group by subscription.id
    """,
)


async def follow(tx: Transaction, code: str, person_id: UUID) -> Following | None:
    """Follow a public report; None when there is none of that code."""
    await tx.run(FOLLOW, code, person_id, tx.now)
    return await tx.maybe(FOLLOWED, code, person_id)


async def unfollow(tx: Transaction, code: str, person_id: UUID) -> None:
    await tx.run(UNFOLLOW, code, person_id)


async def count(tx: Transaction, report_id: UUID) -> None:
    """Bring the number that everybody reads to what it is."""
    await tx.run(COUNT, report_id)


async def followers(tx: Transaction, report_id: UUID, after: UUID | None) -> Sequence[Person]:
    """Return the next followers in order of person, at most 500."""
    return await tx.all(FOLLOWERS, report_id, after or _FIRST)


async def subscribe(tx: Transaction, person_id: UUID, area: Area, centre: Point | None) -> Kept:
    lat, lon = (None, None) if centre is None else (centre.lat, centre.lon)
    x, y = (0.0, 0.0) if centre is None else mercator(centre)
    radius_m = None if centre is None else area.radius_m
    place = (area.commune_code, lat, lon, x, y, radius_m)
    what = (list(area.categories), area.pace)
    return await tx.one(SUBSCRIBE, tx.new_id(), person_id, *place, *what, tx.now)


async def own(snapshot: Snapshot, person_id: UUID) -> Sequence[Kept]:
    return await snapshot.all(OWN, person_id)


async def end(tx: Transaction, subscription_id: UUID, person_id: UUID) -> bool:
    return bool(await tx.run(END, subscription_id, person_id))


async def hearing(
    tx: Transaction, after: UUID | None, commune_code: str, point: Point | None, category: str
) -> Sequence[Kept]:
    """Return the next subscriptions that may hear of a report at once, at most 500.

    Circles are looked for within the largest radius there is; how far theirs reaches, they know.
    """
    x, y = (0.0, 0.0) if point is None else mercator(point)
    far = -1.0 if point is None else 5000 / stretch(point)
    return await tx.all(HEARING, after or _FIRST, commune_code, x, y, far, category)


async def to_tell(tx: Transaction, pace: Pace, before: datetime) -> Sequence[Kept]:
    """Return subscriptions that were last told before a moment, at most 500, locked for us."""
    return await tx.all(TO_TELL, pace, before)


async def news(tx: Transaction, ids: Sequence[UUID]) -> dict[UUID, int]:
    """Return how many public reports each has not been told of; none: not among them."""
    found = await tx.all(NEWS, ids, tx.now)
    return {each.id: each.reports for each in found}


async def told(tx: Transaction, ids: Sequence[UUID]) -> None:
    await tx.run(TOLD, ids, tx.now)
