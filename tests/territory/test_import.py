"""Newer lists: a second province, a later reform, and what the database itself refuses."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import asyncpg
import msgspec
import pytest
from click.testing import Result

from backend.host.migrate import migrate
from backend.kernel import Module
from backend.kernel.database import Connection
from backend.local.roles import DatabaseUrls
from backend.testing import Client, Clock
from contracts.territory import UnitKind
from modules.territory.commands import import_agencies, import_boundaries, import_units
from modules.territory.model.agencies import AgencyEntry
from modules.territory.model.boundaries import Extent
from modules.territory.model.tables import written
from modules.territory.model.units import Entry, Handover, HandoverKind
from modules.territory.service.lists import shipped_agencies
from modules.territory.settings import Settings
from tests.territory.squares import collection, feature

Invoke = Callable[..., Awaitable[Result]]
OPTIONS = ("--as-of=2026-01-01", "--source=a test", "--licence=CC0-1.0")
NEW_YEAR = date(2026, 1, 1)


def unit(code: str, kind: UnitKind, name: str, parent: str | None, **more: Any) -> Entry:
    given: dict[str, Any] = {
        "valid_from": NEW_YEAR, "valid_to": None, "start_known": True,
        "legal_reference": "a test", "aliases": (),
    }  # fmt: skip
    return Entry(code=code, kind=kind, name=name, parent_code=parent, **(given | more))


def handover(old: Entry, new: Entry, kind: HandoverKind) -> Handover:
    return Handover(
        old_code=old.code,
        old_from=old.valid_from,
        new_code=new.code,
        new_from=new.valid_from,
        kind=kind,
        effective_on=new.valid_from,
        legal_reference="a test",
    )


PROVINCE = unit("99", UnitKind.PROVINCE, "Tỉnh Mới", None)
EAST = unit("99001", UnitKind.COMMUNE, "Xã Đông", "99")
WEST = unit("99002", UnitKind.WARD, "Phường Tây", "99", aliases=("Tay Cu",))


@pytest.fixture
def files(tmp_path: Path) -> Callable[..., tuple[str, str]]:
    def write(units: Sequence[Entry], handovers: Sequence[Handover] = ()) -> tuple[str, str]:
        first, second = tmp_path / "units.csv", tmp_path / "succession.csv"
        first.write_text(written(units), encoding="utf-8")
        header = ",".join(Handover.__struct_fields__) + "\n"
        second.write_text(written(handovers) if handovers else header, encoding="utf-8")
        return str(first), str(second)

    return write


@pytest.fixture(scope="module")
def settings(
    settings: Mapping[type[msgspec.Struct], msgspec.Struct],
) -> Mapping[type[msgspec.Struct], msgspec.Struct]:
    """One setting: `TINHS_TERRITORY_PROVINCES=38,99`."""
    return {**settings, Settings: Settings(provinces=("38", "99"))}


@pytest.fixture
async def second_province(
    invoke: Invoke, files: Callable[..., tuple[str, str]], clock: Clock
) -> Result:
    """One command; repeating it says that nothing is new."""
    done = await invoke(import_units, *files([PROVINCE, EAST, WEST]), *OPTIONS)
    clock.advance(seconds=61)
    return done


async def test_a_second_province_takes_one_command_and_one_setting(
    client: Client, second_province: Result
) -> None:
    found = (await client.get("/v1/territory/units?province=99&level=commune")).json()["items"]
    search = (await client.get("/v1/territory/search?q=tay cu")).json()["hits"]
    home = (await client.get("/v1/territory/units?level=province")).json()["items"]

    assert [each["name"] for each in found] == ["Xã Đông", "Phường Tây"]
    assert [(hit["code"], hit["matched"]) for hit in search] == [("99002", "alias")]
    assert [each["code"] for each in home] == ["38"]


async def test_the_same_list_is_not_loaded_twice(
    second_province: Result, invoke: Invoke, files: Callable[..., tuple[str, str]]
) -> None:
    again = await invoke(import_units, *files([PROVINCE, EAST, WEST]), *OPTIONS)

    assert again.exit_code == 1
    assert "loaded already" in again.output


async def test_a_new_dataset_shows_within_a_minute_and_changes_every_tag(
    client: Client,
    second_province: Result,
    invoke: Invoke,
    files: Callable[..., tuple[str, str]],
    clock: Clock,
    connection: Connection,
) -> None:
    path = "/v1/territory/units/99001?on=2026-03-01"
    before = await client.get(path)
    ended = msgspec.structs.replace(EAST, valid_to=date(2026, 2, 1))
    heir = unit("99001", UnitKind.WARD, "Phường Đông", "99", valid_from=date(2026, 2, 1))
    change = handover(EAST, heir, HandoverKind.KIND_CHANGED)

    done = await invoke(import_units, *files([ended, heir], [change]), *OPTIONS)
    at_once = await client.get(path)
    clock.advance(seconds=61)
    after = await client.get(path, headers={"If-None-Match": before.headers["etag"]})

    assert done.exit_code == 0, done.output
    assert before.json()["name"] == at_once.json()["name"] == "Xã Đông"
    assert (after.status_code, after.json()["name"]) == (200, "Phường Đông")
    told = await connection.fetch(
        "select payload from kernel.event where type = 'territory.dataset-changed.v1'"
    )
    assert {row["payload"]["register"] for row in told} >= {"units"}


async def test_nothing_that_was_is_lost(client: Client, second_province: Result) -> None:
    before = await client.get("/v1/territory/units/99001?on=2026-01-15")

    assert before.json()["name"] == "Xã Đông"


async def test_boundaries_of_units_that_are_no_more_decide_nothing(
    client: Client,
    second_province: Result,
    invoke: Invoke,
    files: Callable[..., tuple[str, str]],
    tmp_path: Path,
    clock: Clock,
) -> None:
    rings = {"99001": [[105, 20], [105.1, 20], [105.1, 20.1], [105, 20.1], [105, 20]]}
    rings["99002"] = [[lon + 0.1, lat] for lon, lat in rings["99001"]]
    squares = tmp_path / "squares.geojson"
    squares.write_bytes(collection(*(feature(code, ring) for code, ring in rings.items())))
    sizes = tmp_path / "sizes.csv"
    # Two squares of 0.1° at 20° north: 11.1 km by 10.4 km each.
    size = Extent(
        province_code="99", south=20, west=105, north=20.1, east=105.2, area_km2=232, source="-"
    )
    sizes.write_text(written([size]), encoding="utf-8")
    done = await invoke(
        import_boundaries,
        str(squares),
        f"--extents={sizes}",
        "--code-property=ma",
        "--valid-from=2026-01-01",
        "--source=squares",
        "--licence=CC0-1.0",
    )
    clock.advance(seconds=61)
    here = {"lat": 20.05, "lon": 105.15, "on": "2026-01-03"}

    inside = await client.post("/v1/territory/point-resolutions", json=here)
    elsewhere = await client.post("/v1/territory/point-resolutions", json=here | {"lat": 10})
    ended = msgspec.structs.replace(WEST, valid_to=date(2026, 3, 1))
    heir = unit("99002", UnitKind.COMMUNE, "Xã Tây", "99", valid_from=date(2026, 3, 1))
    change = handover(WEST, heir, HandoverKind.KIND_CHANGED)
    await invoke(import_units, *files([ended, heir], [change]), *OPTIONS)
    clock.advance(seconds=61)
    later = await client.post("/v1/territory/point-resolutions", json=here | {"on": "2026-03-01"})

    assert done.output == "communes: 2\n"
    assert inside.json()["communes"][0]["name"] == "Phường Tây"
    assert elsewhere.json()["outcome"] == "unknown"  # 38 has no boundaries, and may hold it
    assert later.json() == {"outcome": "unknown", "communes": []}


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (unit("99003", UnitKind.COMMUNE, "Xã Nam", "98"), "its parent 98 is not in force"),
        (unit("14797", UnitKind.WARD, "Phường Khác", "38"), "still bears this code then"),
        (unit("99004", UnitKind.WARD, "Xã Bắc", "99"), "begins with 'Phường'"),
    ],
)
async def test_a_list_with_a_fault_changes_nothing(
    second_province: Result,
    invoke: Invoke,
    files: Callable[..., tuple[str, str]],
    connection: Connection,
    fault: Entry,
    said: str,
) -> None:
    count = "select count(*) from territory.unit"
    before = await connection.fetchval(count)

    refused = await invoke(import_units, *files([fault]), *OPTIONS)

    assert refused.exit_code == 1
    assert said in refused.output
    assert await connection.fetchval(count) == before


async def test_the_database_itself_refuses_two_bearers_of_one_code(
    connection: Connection,
) -> None:
    with pytest.raises(asyncpg.ExclusionViolationError):
        await connection.execute(
            """
            insert into territory.unit
            select code, date '2026-01-01', valid_to, level, kind, name, key, parent_code,
                   province_code, start_known, legal_reference
              from territory.unit
             where code = '14797' and valid_to is null
            """
        )


async def test_the_database_tells_a_province_from_a_district_of_the_same_number(
    connection: Connection,
) -> None:
    async with connection.transaction():
        await connection.execute(
            """
            insert into territory.unit
            values ('038', '2025-01-01', null, 'district', 'town', 'Thị xã Ba Tám', 'ba tam',
                    '38', '38', true, null)
            """
        )
        await connection.execute("delete from territory.unit where code = '038'")


async def test_migrating_again_loads_nothing_again(
    database: DatabaseUrls, modules: Sequence[Module]
) -> None:
    connection: Any = await asyncpg.connect(database.owner)
    before = await connection.fetchval("select count(*) from territory.dataset")

    await migrate(connection, modules)

    assert await connection.fetchval("select count(*) from territory.dataset") == before
    await connection.close()


async def test_an_operator_confirms_identifiers_by_csv(
    client: Client, invoke: Invoke, tmp_path: Path
) -> None:
    shipped = shipped_agencies("38")
    (head,) = (each for each in shipped.agencies if each.kind == "province_committee")
    renamed: AgencyEntry = msgspec.structs.replace(head, name="UBND tỉnh Thanh Hóa")
    texts = {
        "agencies": written([renamed]),
        "identifiers": written(shipped.identifiers).replace("false", "true"),
        "competences": written(shipped.competences[:1]),
    }
    for name, text in texts.items():
        (tmp_path / f"{name}.csv").write_text(text, encoding="utf-8")

    done = await invoke(
        import_agencies, *(str(tmp_path / f"{name}.csv") for name in texts), *OPTIONS
    )
    agency = (await client.get("/v1/territory/agencies/h56/H56")).json()

    assert done.output == "agencies: 1\n"
    assert agency["name"] == "UBND tỉnh Thanh Hóa"
    assert all(each["confirmed"] for each in agency["identifiers"])
    assert agency["version"] == 2
