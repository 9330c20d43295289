"""The shipped lists, and the builder that writes nothing unless every known fact holds."""

import sqlite3
import tomllib
from collections.abc import Callable
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from contracts.territory import UnitKind
from modules.territory import facts, seed, seed_agencies
from modules.territory.commands import build_seed
from modules.territory.model.lists import UnitList, breaches, joined
from modules.territory.model.names import syllables
from modules.territory.model.tables import Unfit, rows_of, written
from modules.territory.model.units import Entry, Handover, HandoverKind, Register
from modules.territory.service import lists
from modules.territory.service.lists import Shipped, shipped_agencies, shipped_units

ROOT = Path(__file__).parents[2]
NOTHING = Register(units=[], handovers=[])
THANH_HOA = shipped_units("38")


def edited(what: Callable[[Entry], Entry | None]) -> UnitList:
    """The shipped list with a fault in it."""
    entries = [what(entry) for entry in THANH_HOA.entries]
    return UnitList(entries=[each for each in entries if each], handovers=THANH_HOA.handovers)


def renamed(code: str, name: str) -> UnitList:
    def rename(entry: Entry) -> Entry:
        is_meant = entry.identity == (code, facts.REFORM)
        return msgspec.structs.replace(entry, name=name) if is_meant else entry

    return edited(rename)


def test_the_shipped_list_is_what_the_law_says() -> None:
    assert facts.differences(THANH_HOA) == []
    assert breaches(joined(NOTHING, THANH_HOA)) == []


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (renamed("15106", "Xã Nguyệt An"), "15106: found Xã Nguyệt An"),
        (edited(lambda each: None if each.code == "14755" else each), "old communes: found"),
        (edited(lambda each: None if each.code == "380" else each), "old districts: found 25"),
        (
            UnitList(entries=THANH_HOA.entries, handovers=THANH_HOA.handovers[1:]),
            "old communes without heirs: found ['14755']",
        ),
        (
            UnitList(
                entries=THANH_HOA.entries,
                handovers=[
                    each for each in THANH_HOA.handovers if each.kind is not HandoverKind.PARTIAL
                ],
            ),
            "splits: found {}",
        ),
        (renamed("14755", "Phường Hạc Thành"), ""),
    ],
)
def test_a_list_that_differs_from_the_law_is_found_out(fault: UnitList, said: str) -> None:
    assert said in "\n".join(facts.differences(fault))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"code": "1475"}, "a commune has a code of 5 digits"),
        ({"name": "Hàm Rồng"}, "the name of a ward begins with 'Phường'"),
        ({"parent_code": "99"}, "its parent 99 is not in force"),
        ({"parent_code": "14797"}, "is a commune"),
        ({"valid_from": date(2026, 1, 1), "valid_to": date(2025, 1, 1)}, "it ends before"),
        ({"valid_from": date(2025, 6, 30)}, "still bears this code then"),
        ({"kind": UnitKind.MUNICIPALITY}, "a province lies in nothing but itself"),
        ({"kind": UnitKind.TOWN, "parent_code": "16654"}, "is a commune"),
    ],
)
def test_a_list_that_contradicts_itself_is_refused(change: dict[str, Any], said: str) -> None:
    def change_it(entry: Entry) -> Entry:
        is_meant = entry.identity == ("14758", facts.REFORM)
        return msgspec.structs.replace(entry, **change) if is_meant else entry

    assert said in "\n".join(breaches(joined(NOTHING, edited(change_it))))


def test_a_commune_does_not_outlive_its_province() -> None:
    def ended(entry: Entry) -> Entry:
        end = date(2025, 12, 1) if entry.code == "38" else entry.valid_to
        return msgspec.structs.replace(entry, valid_to=end)

    found = breaches(joined(NOTHING, edited(ended)))

    assert "14758 2025-07-01: its parent Tỉnh Thanh Hóa ends before it does" in found


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"old_code": "99999"}, "no 99999 ended on 2025-07-01"),
        ({"new_code": "99999"}, "no 99999 began on 2025-07-01"),
        ({"effective_on": date(2025, 8, 1)}, "no 14755 ended on 2025-08-01"),
        ({"kind": HandoverKind.PARTIAL}, "14755 2025-01-01: several heirs are all partial"),
    ],
)
def test_a_handover_between_units_that_were_not_there_is_refused(
    change: dict[str, Any], said: str
) -> None:
    first, *others = THANH_HOA.handovers
    handovers = [msgspec.structs.replace(first, **change), *others]
    wrong = UnitList(entries=THANH_HOA.entries, handovers=handovers)

    assert said in "\n".join(breaches(joined(NOTHING, wrong)))


def test_an_ended_commune_without_heirs_is_refused() -> None:
    orphaned = UnitList(entries=THANH_HOA.entries, handovers=THANH_HOA.handovers[1:])

    assert "14755 2025-01-01: it ended and nothing says" in breaches(joined(NOTHING, orphaned))[0]


def test_every_commune_has_its_committee_and_its_counter() -> None:
    agencies = shipped_agencies("38")

    kinds = [agency.kind for agency in agencies.agencies]
    assert kinds.count("commune_committee") == 166
    assert kinds.count("service_centre") == 167
    assert kinds.count("province_committee") == 1
    assert len({agency.id for agency in agencies.agencies}) == len(kinds)
    assert not any(identifier.confirmed for identifier in agencies.identifiers)


def test_the_shipped_agencies_are_those_that_the_builder_derives() -> None:
    shipped = shipped_agencies("38")
    text = (ROOT / "modules/territory/data/38-departments.csv").read_text("utf-8")
    departments = rows_of(seed_agencies.Department, text, name="departments")

    derived = seed_agencies.derive(THANH_HOA.entries, "38", departments)

    assert derived == shipped.agencies
    assert seed_agencies.competences(derived) == shipped.competences


def test_what_is_shipped_names_the_package_it_was_built_from() -> None:
    shipped = rows_of(
        Shipped, (ROOT / "modules/territory/data/shipped.csv").read_text("utf-8"), name=""
    )
    notice = (ROOT / "modules/territory/data/NOTICE.md").read_text("utf-8")

    named = seed.PACKAGE.replace("==", " ")
    assert named in shipped[0].source
    assert named in notice
    assert "MIT License" in notice


def test_the_package_is_a_dependency_of_nothing() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = repr((project["dependencies"], project["optional-dependencies"]))
    lock = (ROOT / "requirements.lock").read_text("utf-8")

    assert "vietnamadminunits" not in wanted + lock


def test_a_table_names_every_line_that_does_not_fit() -> None:
    text = written(THANH_HOA.handovers[:3]).replace("whole", "half")

    with pytest.raises(Unfit) as refused:
        rows_of(Handover, text, name="succession")

    assert all(fault.startswith("succession:") for fault in refused.value.faults)


@pytest.mark.parametrize("text", ["", "code\n14797\n", "\x00", "a,b\n1\n"])
def test_a_table_with_another_header_is_refused(text: str) -> None:
    with pytest.raises(Unfit):
        rows_of(Entry, text, name="units")


@pytest.fixture
def package(tmp_path: Path) -> Path:
    """A package of one invented province with three former communes, one of them split."""
    province = {"province": "Tỉnh Mới", "provinceCode": "99", "provinceKey": "tinhmoi"}
    new = [
        province | {"ward": name, "wardCode": code, "wardKey": key, "wardAlias": None}
        for name, code, key in [
            ("Xã Đông", "99001", "xadong"),
            ("Phường Tây", "99002", "phuongtay"),
        ]
    ]
    district = {
        "district": "Huyện Cũ", "districtCode": "990", "districtKey": "huyencu",
        "districtAlias": None,
    }  # fmt: skip
    old = [
        province | district | {"ward": name, "wardCode": code, "wardKey": key, "wardAlias": alias}
        for name, code, key, alias in [
            ("Xã Đông", "99001", "xadong", None),
            ("Xã Giữa", "99003", "xagiua", '["xadongdong", "dongdong"]'),
            ("Thị Trấn Tây", "99002", "thitrantay", None),
        ]
    ]
    with closing(sqlite3.connect(tmp_path / "dataset.db")) as database:
        for table, rows in (("admin_units", new), ("admin_units_legacy", old)):
            database.execute(f"create table {table} ({', '.join(rows[0])})")
            marks = ", ".join("?" * len(rows[0]))
            database.executemany(
                f"insert into {table} values ({marks})", [[*r.values()] for r in rows]
            )
        database.commit()
    converter = {
        "DICT_PROVINCE": {"tinhmoi": ["tinhmoi"]},
        "DICT_PROVINCE_WARD_NO_DIVIDED": {
            "tinhmoi": {
                "xadong": ["tinhmoi_huyencu_xadong"],
                "phuongtay": ["tinhmoi_huyencu_thitrantay"],
            }
        },
        "DICT_PROVINCE_WARD_DIVIDED": {
            "tinhmoi": {
                "tinhmoi_huyencu_xagiua": [
                    {"newWardKey": "xadong", "isDefaultNewWard": True},
                    {"newWardKey": "phuongtay", "isDefaultNewWard": False},
                ]
            }
        },
    }
    (tmp_path / "converter_2025.json").write_bytes(msgspec.json.encode(converter))
    return tmp_path


def test_the_builder_reads_two_files_and_writes_the_lists(package: Path, tmp_path: Path) -> None:
    into = tmp_path / "lists"

    done = CliRunner().invoke(
        build_seed, ["--province", "99", "--package", str(package), "--into", str(into)]
    )

    assert done.exit_code == 0, done.output
    built = lists.unit_list(
        (into / "99.csv").read_text("utf-8"), (into / "99-succession.csv").read_text("utf-8")
    )
    names = {entry.name: entry for entry in built.entries}
    assert names["Thị trấn Tây"].valid_to == facts.REFORM
    assert names["Xã Giữa"].aliases == ("Dong Dong",)
    assert not names["Tỉnh Mới"].start_known
    kinds = {(each.old_code, each.new_code): each.kind for each in built.handovers}
    assert kinds == {
        ("99001", "99001"): HandoverKind.WHOLE,
        ("99002", "99002"): HandoverKind.WHOLE,
        ("99003", "99001"): HandoverKind.PARTIAL,
        ("99003", "99002"): HandoverKind.PARTIAL,
    }


def test_the_builder_writes_nothing_when_a_fact_does_not_hold(
    package: Path, tmp_path: Path
) -> None:
    into = tmp_path / "lists"

    done = CliRunner().invoke(build_seed, ["--all", "--package", str(package), "--into", str(into)])

    assert done.exit_code == 1
    assert "nothing was written" in done.output
    assert not into.exists()


def test_the_builder_knows_the_provinces_there_are(package: Path, tmp_path: Path) -> None:
    into = ["--package", str(package), "--into", str(tmp_path / "lists")]

    done = CliRunner().invoke(build_seed, ["--province", "98", *into])

    assert done.exit_code == 2
    assert "there is no province 98" in done.output


def test_a_name_is_compared_without_marks_kind_and_punctuation() -> None:
    assert syllables("P.Hạc  Thành") == ("p", "hac", "thanh")
