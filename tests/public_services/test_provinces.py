"""A second province: one table of what it sets, and the same catalogue and index."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from backend.testing import Client, Clock
from modules.public_services.commands.provinces import import_province
from modules.public_services.service import indexing
from tests.public_services.conftest import BIRTH, Invoke, options, package, raw

PROCEDURE = f"/v1/public-services/procedures/{BIRTH}"
SEARCH = "/v1/public-services/search"
OFFICES = "/v1/public-services/offices"
HEADER = (
    "record,code,channel,value,unit,note,legal_reference,"
    "name,kind,commune_code,address,lat,lon,phones,hours\n"
)
FEE = f"fee,{BIRTH},,8000,lần,đăng ký quá hạn,NQ 1/2026/NQ-HĐND,,,,,,,,\n"
TIME = f"time,{BIRTH},in_person,3,working_day,,NQ 1/2026/NQ-HĐND,,,,,,,,\n"
OFFICE = (
    "office,,,,,,,Trung tâm Vinh Phú,commune_desk,16681,1 Quang Trung,18.67,105.68,"
    "02383111111|02383222222,1-5 07:30-11:30|1-5 13:30-17:00\n"
)


@pytest.fixture(autouse=True)
async def _catalogue(
    client: Client, publish: Callable[..., Awaitable[Any]], as_job: Callable[..., Any], clock: Clock
) -> None:
    """Birth registration, brought and indexed; again, it changes nothing."""
    await publish(package(raw()), options())
    async with as_job() as tx:
        await indexing.rebuild(tx)
    clock.advance(seconds=3)


async def test_one_table_brings_a_second_province(
    client: Client, invoke: Invoke, tmp_path: Path
) -> None:
    file = tmp_path / "nghe-an.csv"
    file.write_text("\ufeff" + HEADER + FEE + TIME + OFFICE, encoding="utf-8")
    before = (await client.get(SEARCH, params={"q": "khai sinh", "province": "40"})).json()

    done = await invoke(import_province, str(file), "--province", "40")
    again = await invoke(import_province, str(file), "--province", "40")

    assert [done.exit_code, done.output] == [0, "procedures=1 offices=1\n"]
    assert again.output == done.output
    there = (await client.get(PROCEDURE, params={"province": "40"})).json()
    assert (await client.get(PROCEDURE)).json()["profile"] is None
    assert there["profile"]["fees"][0]["amount_vnd"] == 8000
    assert there["profile"]["times"] == [
        {"channel": "in_person", "value": 3, "unit": "working_day", "note": ""}
    ]
    assert there["profile"]["legal_reference"] == "NQ 1/2026/NQ-HĐND"
    (card,) = (await client.get(OFFICES, params={"commune": "16681"})).json()["offices"]
    assert card["office"]["phones"] == ["02383111111", "02383222222"]
    assert len(card["office"]["hours"]) == 10
    after = (await client.get(SEARCH, params={"q": "khai sinh", "province": "40"})).json()
    assert after["hits"][0]["card"]["code"] == BIRTH
    assert after["index"] == before["index"]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ("fee,1.999999,,8000,lần,,,,,,,,,,\n", "a.csv:code:unknown-code 1.999999"),
        ("fee,x,,8000,lần,,,,,,,,,,\n", "a.csv:3:code:bad-code"),
        (f"fee,{BIRTH},,ít,lần,,,,,,,,,,\n", "a.csv:3:value:not-understood"),
        (f"fee,{BIRTH},,8000,lần,=1+1,,,,,,,,,\n", "a.csv:3:note:formula-in-cell"),
        (f"papers,{BIRTH},,1,,,,,,,,,,,\n", "a.csv:3:record:unknown-record"),
        (OFFICE.replace("1-5 07:30", "ngày 07:30"), "a.csv:3:hours:bad-hours"),
    ],
)
async def test_one_fault_and_nothing_of_a_province_is_kept(
    client: Client, invoke: Invoke, tmp_path: Path, row: str, told: str
) -> None:
    file = tmp_path / "a.csv"
    file.write_text(HEADER + FEE + row, encoding="utf-8")

    done = await invoke(import_province, str(file), "--province", "42")

    assert done.exit_code == 1
    assert told in done.output
    assert "nothing was imported" in done.output
    assert (await client.get(PROCEDURE, params={"province": "42"})).json()["profile"] is None


async def test_a_table_in_another_encoding_says_where(invoke: Invoke, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(HEADER.encode() + "fee,Đ".encode("cp1258"))

    done = await invoke(import_province, str(file), "--province", "42")

    assert done.exit_code == 1
    assert f"not-utf8 at byte {len(HEADER) + 4}" in done.output
