"""Boundaries after `tinhs territory import-boundaries`, through the front door."""

from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from click.testing import Result

from backend.testing import Client
from modules.territory.commands import import_boundaries
from tests.territory.squares import centre, collection, feature, province

Invoke = Callable[..., Awaitable[Result]]
SPLIT = "phuong dong tho, tp thanh hoa"
OPTIONS = (
    "--code-property=ma",
    "--source=squares",
    "--licence=CC0-1.0",
    "--valid-from=2025-07-01",
)


@pytest.fixture(scope="module", autouse=True)
async def loaded(invoke: Invoke, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("boundaries") / "squares.geojson"
    file.write_bytes(province())

    done = await invoke(import_boundaries, str(file), *OPTIONS)

    assert done.output == "communes: 166\n"


async def test_a_bad_file_leaves_the_old_boundaries(
    client: Client, invoke: Invoke, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.geojson"
    bad.write_bytes(collection(feature("14797")))

    refused = await invoke(import_boundaries, str(bad), *OPTIONS)

    assert refused.exit_code == 1
    assert "nothing was loaded" in refused.output
    answer = await client.post("/v1/territory/point-resolutions", json=centre("14797"))
    assert answer.json()["outcome"] == "one"
    assert answer.json()["communes"][0]["code"] == "14797"


async def test_with_boundaries_a_point_decides_between_candidates(client: Client) -> None:
    path = "/v1/territory/address-resolutions"
    without = await client.post(path, json={"text": SPLIT})
    inside = await client.post(path, json={"text": SPLIT, "location": centre("14797")})
    elsewhere = await client.post(path, json={"text": SPLIT, "location": centre("16654")})

    assert len(without.json()["candidates"]) == len(elsewhere.json()["candidates"]) == 2
    (only,) = inside.json()["candidates"]
    assert only["unit"]["code"] == "14797"
    assert inside.json()["certain"] is True


async def test_boundaries_are_drawn_as_geojson_that_names_its_source(client: Client) -> None:
    drawn = (await client.get("/v1/territory/boundaries?province=38")).json()

    assert drawn["type"] == "FeatureCollection"
    assert (drawn["source"], drawn["licence"]) == ("squares", "CC0-1.0")
    assert len(drawn["features"]) == 166
    first = drawn["features"][0]
    assert first["properties"] == {"code": "14758", "name": "Phường Hàm Rồng"}
    assert first["geometry"]["type"] == "MultiPolygon"
