"""Boundaries that an operator brings: they decide, or are refused as a whole."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest

from backend.kernel import Transaction
from backend.kernel.database import Connection
from backend.testing import Client
from contracts.territory import CommuneRegister
from modules.territory.model.boundaries import area_km2, outline, read
from modules.territory.model.datasets import Provenance
from modules.territory.model.tables import Unfit
from modules.territory.repository.boundaries import AT_POINT
from modules.territory.service import boundaries
from modules.territory.service.lists import shipped_extents
from tests.territory.squares import (
    CODES,
    HEIGHT,
    WIDTH,
    Ring,
    centre,
    collection,
    corner,
    feature,
    province,
    square,
)

SINCE = date(2025, 7, 1)
MADE_UP = Provenance(as_of=SINCE, source="squares", licence="CC0-1.0")


async def load(tx: Transaction, geojson: bytes) -> int:
    return await boundaries.load(tx, geojson, "ma", MADE_UP, shipped_extents())


async def at(tx: Transaction, lat: float, lon: float, on: date = SINCE) -> tuple[str, list[str]]:
    answer = await tx.ask(CommuneRegister).at_point(lat, lon, on)
    return answer.outcome, [commune.code for commune in answer.communes]


async def test_without_boundaries_nobody_knows_where_a_point_lies(client: Client) -> None:
    answer = await client.post("/v1/territory/point-resolutions", json=centre("14797"))
    drawn = await client.get("/v1/territory/boundaries?province=38")

    assert answer.json() == {"outcome": "unknown", "communes": []}
    assert drawn.status_code == 404
    assert drawn.json()["type"].endswith("/territory/no-boundaries")


async def test_a_point_lies_in_one_commune_on_a_border_in_several_and_outside_in_none(
    tx: Transaction,
) -> None:
    await load(tx, province())
    middle, (west, _) = centre("14797"), corner("14797")

    assert await at(tx, **middle) == ("one", ["14797"])
    on_border = await at(tx, middle["lat"], west)
    assert on_border[0] == "several"
    assert len(on_border[1]) == 2
    assert "14797" in on_border[1]
    assert await at(tx, 10.0, 106.0) == ("outside", [])


async def test_boundaries_say_nothing_of_the_days_before_them(tx: Transaction) -> None:
    await load(tx, province())

    assert await at(tx, **centre("14797"), on=date(2025, 6, 30)) == ("unknown", [])


async def test_a_hole_belongs_to_whoever_lies_in_it_and_its_edge_to_both(tx: Transaction) -> None:
    outer, inner = "14758", CODES[-1]
    hole = square(outer, share=0.5)
    await load(tx, _with_hole(outer, inner, hole))
    middle = centre(outer)

    assert await at(tx, **middle) == ("one", [inner])
    assert await at(tx, middle["lat"] + HEIGHT * 0.4, middle["lon"]) == ("one", [outer])
    assert await at(tx, middle["lat"] + HEIGHT * 0.25, middle["lon"]) == (
        "several",
        sorted([outer, inner]),
    )


def _with_hole(outer: str, inner: str, hole: Ring) -> bytes:
    """One commune in the middle of another, besides its own square."""
    island = feature(inner)
    island["geometry"] = {"type": "MultiPolygon", "coordinates": [[square(inner)], [hole]]}
    return province(**{f"c{outer}": feature(outer, square(outer), hole), f"c{inner}": island})


def swapped() -> bytes:
    features = [feature(code, [[lat, lon] for lon, lat in square(code)]) for code in CODES]
    return collection(*features)


def shifted(degrees: float) -> bytes:
    rings = [(code, [[lon + degrees, lat] for lon, lat in square(code)]) for code in CODES]
    return collection(*(feature(code, ring) for code, ring in rings))


def shrunk(share: float) -> bytes:
    return collection(*(feature(code, square(code, share=share)) for code in CODES))


def overlapping() -> bytes:
    """The last ten communes lie where the first ten do."""
    pairs = zip(CODES[-10:], CODES[:10], strict=True)
    return province(**{f"c{code}": feature(code, square(place)) for code, place in pairs})


OPEN = square("14758")[:-1]
BAD: list[tuple[bytes, str]] = [
    (b"", "not such GeoJSON"),
    (b'{"type": "FeatureCollection", "features": [{"type": "Feature"}]}', "not such GeoJSON"),
    (b'{"type": "Feature"}', "not such GeoJSON"),
    (collection(feature("99999", square("14758"))), "no code in it"),
    (collection(*map(feature, CODES[1:])), "14758: missing"),
    (collection(*map(feature, [*CODES, "14758"])), "14758: stands 2 times"),
    (collection(feature("99999", square("14758")), *map(feature, CODES)), "99999: no commune"),
    (province(c14758=feature("14758", OPEN)), "14758: a ring that is not closed"),
    (province(c14758=feature("14758", OPEN[:1] * 3)), "14758: a ring of 3 points"),
    (province(c14758=feature("14758", [OPEN[0]] * 50_001)), "14758: a ring of 50001 points"),
    (province(c14758=feature("14758", [[1.0]])), "a position has two numbers"),
    (swapped(), "the axes are swapped"),
    (shifted(1.0), "lie outside the province's box"),
    (shrunk(0.9), "the total area is"),
    (overlapping(), "random points lie in two communes"),
]


@pytest.mark.parametrize(("geojson", "said"), BAD, ids=[said for _, said in BAD])
async def test_a_file_with_a_fault_is_refused(tx: Transaction, geojson: bytes, said: str) -> None:
    with pytest.raises(Unfit, match=said):
        await load(tx, geojson)


async def test_a_province_of_unknown_size_is_not_taken(tx: Transaction) -> None:
    with pytest.raises(Unfit, match="nothing is known of the extent of province 38"):
        await boundaries.load(tx, province(), "ma", MADE_UP, [])


async def test_the_same_file_is_not_loaded_twice(tx: Transaction) -> None:
    await load(tx, province())

    with pytest.raises(Unfit, match="loaded already"):
        await load(tx, province())


async def test_the_point_query_uses_the_index(connection: Connection) -> None:
    async with connection.transaction():
        await connection.execute(
            """
            insert into territory.dataset
            values ('many', 'boundaries', '38', '2025-07-01', 'squares', 'CC0-1.0', now());
            insert into territory.boundary (dataset, code, part, ring, role, area)
            select 'many', '14797', n, 0, 'outer',
                   polygon(box(point(n / 100, n % 100), point(n / 100 + 1, n % 100 + 1)))
              from generate_series(1, 9999) as n;
            analyze territory.boundary;
            """
        )
        rows = await connection.fetch(f"explain {_literal(AT_POINT.sql)}")
        await connection.execute("delete from territory.boundary")
        await connection.execute("delete from territory.dataset where version = 'many'")

    plan = "\n".join(row[0] for row in rows)
    assert "boundary_by_area" in plan
    assert "Seq Scan on boundary\n" not in plan


def _literal(sql: str) -> str:
    values: Sequence[tuple[str, str]] = [("$1", "50.5"), ("$2", "50.5"), ("$3", "'{many}'")]
    for name, value in values:
        sql = sql.replace(name, value)
    return sql


def test_the_area_of_a_square_is_what_a_sphere_gives() -> None:
    (one,) = read(collection(feature("14758")), "ma")

    # 0.078° × cos(19.49°) × 0.0736° on a sphere of 6371 km
    assert area_km2(one) == pytest.approx(66.9, abs=0.1)


def test_a_hole_is_no_land() -> None:
    (one,) = read(collection(feature("14758", square("14758"), square("14758", share=0.5))), "ma")
    (whole,) = read(collection(feature("14758")), "ma")

    assert area_km2(one) == pytest.approx(area_km2(whole) * 0.75)


def test_an_outline_leaves_out_what_nobody_sees() -> None:
    west, south = corner("14758")
    bottom = [[west + WIDTH * step / 100, south] for step in range(100)]
    (one,) = read(collection(feature("14758", [*bottom, *square("14758")[1:]])), "ma")

    drawn = outline(one).coordinates[0][0]

    assert len(drawn) == 5
    assert drawn[0] == drawn[-1]


@pytest.mark.parametrize("point", [{}, {"lat": 91, "lon": 0}, {"lat": 0, "lon": "x"}, {"lat": 1}])
async def test_what_is_no_point_is_refused(client: Client, point: dict[str, Any]) -> None:
    answer = await client.post("/v1/territory/point-resolutions", json=point)

    assert answer.status_code == 400
