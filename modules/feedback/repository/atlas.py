"""The public map: counted in batches, read by tile."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.feedback.model.atlas import LEVELS, POINTS_MAX, Cell, Edges, MapSet
from modules.feedback.model.places import EARTH_METRES

_HALF: Final = 3.141592653589793 * EARTH_METRES


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """How many changes a batch has counted."""

    changes: int


# One batch of what has changed goes into the cells of every level, for its category and for all.
# Two batches at once take different changes, and lock cells in one order.
COUNT: Final = Query(
    Counted,
    """
      with batch as (
           delete from feedback.map_change
            where id in (select id from feedback.map_change
                          order by id limit 5000 for update skip locked)
        returning sign, set, xy, category_code, kind
      ), summed as (
           select batch.set, level.level::smallint as level,
                  floor((batch.xy[0] + $2) / (2 * $2) * 2 ^ level.level)::integer as x,
                  floor(($2 - batch.xy[1]) / (2 * $2) * 2 ^ level.level)::integer as y,
                  category.code as category_code, batch.kind,
                  sum(batch.sign)::integer as n,
                  sum(batch.sign * batch.xy[0]) as sum_x, sum(batch.sign * batch.xy[1]) as sum_y
             from batch
            cross join unnest($1::integer[]) as level (level)
            cross join lateral (values (batch.category_code), ('')) as category (code)
            group by 1, 2, 3, 4, 5, 6
      ), kept as (
           insert into feedback.map_cell as cell (
               set, level, x, y, category_code, kind, n, sum_x, sum_y)
           select set, level, x, y, category_code, kind, n, sum_x, sum_y
             from summed
            order by 1, 2, 3, 4, 5, 6
               on conflict (set, level, x, y, category_code, kind) do update
              set n = cell.n + excluded.n, sum_x = cell.sum_x + excluded.sum_x,
                  sum_y = cell.sum_y + excluded.sum_y
      )
    select count(*)::integer as changes from batch
    """,
)

CELLS: Final = Query(
    Cell,
    """
    select x, y, kind, n, sum_x, sum_y
      from feedback.map_cell
     where set = $1 and level = $2
       and x between $3 and $4 and y between $5 and $6
       and category_code = $7
       and ($8::text is null or kind = $8)
       and n > 0
     order by x, y, kind
     limit 1000
    """,
)


class Marked(msgspec.Struct, frozen=True, kw_only=True):
    """A report in a tile."""

    code: str
    category_code: str
    state: str
    lat: float
    lon: float


POINTS: Final = Query(
    Marked,
    """
    select code, category_code, state, lat, lon
      from feedback.public_report
     where xy <@ box(point($1, $2), point($3, $4))
       and ($5::text is null or category_code = $5)
       and (not $6::boolean or in_recent)
     order by filed_at desc, code desc
     limit $7
    """,
)

AGE: Final = Statement("""
    update feedback.public_report
       set in_recent = false
     where report_id in (
           select report_id
             from feedback.public_report
            where in_recent and state_at < $1
              and state in ('resolved', 'declined', 'closed')
            order by state_at
            limit 500)
""")


async def count(tx: Transaction) -> int:
    """Count what has changed, at most 5,000 changes; return how many there were."""
    return (await tx.one(COUNT, list(LEVELS), _HALF)).changes


async def cells(
    snapshot: Snapshot,
    wanted: MapSet,
    level: int,
    span: tuple[int, int, int, int],
    category: str | None,
    kind: str | None,
) -> Sequence[Cell]:
    return await snapshot.all(CELLS, wanted, level, *span, category or "", kind)


async def points(
    snapshot: Snapshot, wanted: MapSet, edges: Edges, category: str | None
) -> Sequence[Marked]:
    """Return the newest reports of a tile, one more than is shown."""
    corners = (edges.west, edges.south, edges.east, edges.north)
    return await snapshot.all(POINTS, *corners, category, wanted == "recent", POINTS_MAX + 1)


async def age(tx: Transaction, before: datetime) -> int:
    """Take what ended before a moment out of the recent, at most 500; return how many."""
    return await tx.run(AGE, before)
