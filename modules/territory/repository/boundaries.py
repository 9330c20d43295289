"""Boundaries, full ones that decide and coarse ones to draw."""

from collections.abc import Sequence
from typing import Final

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.territory.model.boundaries import Outline, Place, Territory


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A commune in which a point lies, or on whose border."""

    dataset: str
    code: str


# `area @> point` would not use the index. Whoever stands on the edge of a hole is in both.
_HOLDS: Final = """
           role = 'outer'
       and area @> polygon(box(place, place))
       and not exists (
           select
             from territory.boundary as hole
            where hole.dataset = boundary.dataset
              and hole.code = boundary.code
              and hole.part = boundary.part
              and hole.role = 'inner'
              and hole.area @> polygon(box(place, place))
              and (place <-> path(hole.area)) > 0
       )
"""

AT_POINT = Query(
    Found,
    f"""
    select distinct dataset, code
      from point($1, $2) as place, territory.boundary
     where dataset = any($3)
       and {_HOLDS}
     order by code, dataset
     limit 10
    """,
)


class Overlap(msgspec.Struct, frozen=True, kw_only=True):
    """How many of some points lie in several communes."""

    points: int


OVERLAP = Query(
    Overlap,
    f"""
    select count(*)::int as points
      from unnest($1::float8[], $2::float8[]) as sample (lon, lat),
           lateral (select point(lon, lat) as place) as located
     where (
           select count(distinct code)
             from territory.boundary
            where dataset = $3
              and {_HOLDS}
     ) > 1
    """,
)

ADD = Statement(
    """
    insert into territory.boundary (dataset, code, part, ring, role, area)
    select $1, code, part, ring, role, area::polygon
      from jsonb_to_recordset($2::jsonb) as entry (
               code text, part smallint, ring smallint, role text, area text
           )
    """
)

ADD_OUTLINES = Statement(
    """
    insert into territory.boundary_outline (dataset, code, coordinates)
    select $1, code, coordinates
      from jsonb_to_recordset($2::jsonb) as entry (code text, coordinates jsonb)
    """
)

OUTLINES = Query(
    Outline,
    """
    select code, coordinates
      from territory.boundary_outline
     where dataset = $1
     order by code
     limit 1000
    """,
)


class Boundary(msgspec.Struct, frozen=True, kw_only=True):
    """One ring as it is kept; `area` is PostgreSQL's text for a polygon."""

    code: str
    part: int
    ring: int
    role: str
    area: str


async def at_point(snapshot: Snapshot, place: Place, datasets: Sequence[str]) -> Sequence[Found]:
    """Return the communes of these sets that hold the point."""
    return await snapshot.all(AT_POINT, place.lon, place.lat, datasets)


async def overlap(
    snapshot: Snapshot, dataset: str, lons: Sequence[float], lats: Sequence[float]
) -> int:
    """Return how many of these points lie in several communes."""
    return (await snapshot.one(OVERLAP, lons, lats, dataset)).points


async def add(
    tx: Transaction, dataset: str, territories: Sequence[Territory], outlines: Sequence[Outline]
) -> None:
    await tx.run(ADD, dataset, [ring for each in territories for ring in _rings(each)])
    await tx.run(ADD_OUTLINES, dataset, outlines)


async def outlines(snapshot: Snapshot, dataset: str) -> Sequence[Outline]:
    return await snapshot.all(OUTLINES, dataset)


def _rings(territory: Territory) -> list[Boundary]:
    return [
        Boundary(
            code=territory.code,
            part=part,
            ring=ring,
            role="inner" if ring else "outer",
            area="(" + ",".join(f"({lon},{lat})" for lon, lat in positions[:-1]) + ")",
        )
        for part, rings in enumerate(territory.parts)
        for ring, positions in enumerate(rings)
    ]
