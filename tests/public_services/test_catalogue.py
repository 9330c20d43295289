"""Procedures on any day, through the front door."""

import gzip
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from backend.testing import Caller, Client, Clock
from modules.public_services.scopes import EDIT
from modules.public_services.service import indexing
from tests.public_services.conftest import BIRTH, LAND, channel, fee, options, package, raw

PROCEDURES = "/v1/public-services/procedures"
Publish = Callable[..., Awaitable[Any]]


@pytest.fixture(autouse=True)
async def published(client: Client, publish: Publish) -> None:
    """Two decisions about birth registration, and one about land."""
    if (await client.get(f"{PROCEDURES}/{BIRTH}")).status_code == 200:
        return
    land = raw(
        LAND,
        "Đăng ký đất đai",
        CACHTHUCTHUCHIEN=[channel(1, 20, "Ngày", fee(0, "Do HĐND cấp tỉnh quy định"))],
        LINHVUCTHUCHIEN=["Đất đai"],
        CAPTHUCHIEN=["Cấp Tỉnh"],
    )
    await publish(package(raw(), land), options("2025-03-01", "QĐ 1/2025"))
    await publish(
        package(raw(title="Đăng ký khai sinh cho trẻ em")), options("2026-01-01", "QĐ 2/2026")
    )


async def test_the_day_chooses_the_version(client: Client) -> None:
    before = (await client.get(f"{PROCEDURES}/{BIRTH}?on=2025-12-31")).json()
    after = (await client.get(f"{PROCEDURES}/{BIRTH}?on=2026-01-01")).json()
    too_early = await client.get(f"{PROCEDURES}/{BIRTH}?on=2025-02-28")

    assert (before["title"], before["valid_to"]) == ("Đăng ký khai sinh", "2026-01-01")
    assert after["title"] == "Đăng ký khai sinh cho trẻ em"
    assert after["decision"]["number"] == "QĐ 2/2026"
    assert too_early.status_code == 404
    assert too_early.json()["type"].endswith("/public_services/no-such-procedure")


async def test_the_answer_shows_every_fee(client: Client) -> None:
    procedure = (await client.get(f"{PROCEDURES}/{BIRTH}")).json()

    fees = [
        (channel["kind"], fee["kind"], fee.get("amount_vnd"))
        for channel in procedure["body"]["channels"]
        for option in channel["options"]
        for fee in option["fees"]
    ]
    assert fees == [
        ("in_person", "free", 0),
        ("in_person", "fixed", 5000),
        ("online", "free", 0),
    ]
    assert procedure["free"] is False
    assert procedure["body"]["requirements"] == ""


async def test_what_the_council_sets_is_never_free(client: Client) -> None:
    procedure = (await client.get(f"{PROCEDURES}/{LAND}")).json()
    free = (await client.get(f"{PROCEDURES}?free=true")).json()

    (fee_shown,) = procedure["body"]["channels"][0]["options"][0]["fees"]
    assert fee_shown["kind"] == "set_by_province"
    assert LAND not in [each["code"] for each in free["items"]]


async def test_a_comparison_names_what_changed(client: Client) -> None:
    versions = (await client.get(f"{PROCEDURES}/{BIRTH}/versions")).json()["versions"]
    first, second = (version["id"] for version in versions)

    found = await client.get(f"{PROCEDURES}/{BIRTH}/comparison?from={first}&to={second}")

    assert found.json()["differences"] == [
        {
            "pointer": "/title",
            "before": "Đăng ký khai sinh",
            "after": "Đăng ký khai sinh cho trẻ em",
        }
    ]
    one = await client.get(f"{PROCEDURES}/{BIRTH}/versions/{first}")
    assert one.json()["head"]["title"] == "Đăng ký khai sinh"
    assert "immutable" in one.headers["cache-control"]


async def test_lists_are_filtered_and_fields_counted(client: Client) -> None:
    in_province = (await client.get(f"{PROCEDURES}?level=province")).json()
    fields = (await client.get("/v1/public-services/fields")).json()["fields"]

    assert [each["code"] for each in in_province["items"]] == [LAND]
    counted = {each["name"]: each["procedures"] for each in fields}
    assert counted.keys() == {"Hộ tịch", "Đất đai"}
    assert counted["Đất đai"] == 1


async def test_a_phone_that_has_it_gets_304(client: Client) -> None:
    first = await client.get(f"{PROCEDURES}/{BIRTH}")

    again = await client.get(
        f"{PROCEDURES}/{BIRTH}", headers={"If-None-Match": first.headers["etag"]}
    )

    assert again.status_code == 304


async def test_one_applies_only_where_the_installation_allows(client: Client) -> None:
    birth = (await client.get(f"{PROCEDURES}/{BIRTH}")).json()["apply"]
    land = (await client.get(f"{PROCEDURES}/{LAND}")).json()["apply"]

    assert birth["url"].startswith("https://dichvucong.gov.vn/")
    assert land == {"online": False, "url": None, "login": None}


async def test_editors_write_words_and_provinces_write_fees(
    client: Client, as_staff: Callable[..., Caller], clock: Clock
) -> None:
    editor = as_staff(*EDIT.roles)
    words = {"plain_title": "Làm giấy khai sinh", "situations": ["Vợ tôi vừa sinh con"]}
    text, profile = f"{PROCEDURES}/{LAND}/citizen-text", f"{PROCEDURES}/{LAND}/profiles/38"
    fees = {"fees": [{"key": "a", "kind": "fixed", "amount_vnd": 100000}]}

    written = await editor.put(text, json=words, headers={"If-Match": '"0"'})
    again = await editor.put(text, json=words, headers={"If-Match": '"0"'})
    unseen = await editor.put(text, json=words)
    set_fees = await editor.put(profile, json=fees, headers={"If-Match": '"0"'})
    clock.advance(seconds=3)
    read = (await client.get(f"{PROCEDURES}/{LAND}")).json()
    elsewhere = (await client.get(f"{PROCEDURES}/{LAND}?province=01")).json()

    statuses = [written.status_code, again.status_code, unseen.status_code, set_fees.status_code]
    assert statuses == [200, 412, 428, 200]
    assert read["citizen_text"]["plain_title"] == "Làm giấy khai sinh"
    assert read["profile"]["fees"][0]["amount_vnd"] == 100000
    assert elsewhere["profile"] is None


async def test_changes_since_a_snapshot_rebuild_the_catalogue(
    client: Client, publish: Publish, clock: Clock
) -> None:
    new, gone = "1.000009", "1.000010"
    await publish(package(raw(gone, "Sẽ bãi bỏ")), options("2026-01-02", "QĐ 3/2026"))
    snapshot = await client.get("/v1/public-services/snapshot")
    head, *lines = (json.loads(line) for line in gzip.decompress(snapshot.content).splitlines())
    held = {line["code"]: line for line in lines}
    await publish(
        package(raw(new, "Mới"), raw(gone, "Sẽ bãi bỏ", TRANGTHAI=2)),
        options("2026-01-05", "QĐ 4/2026"),
    )

    found = (await client.get(f"/v1/public-services/changes?since={head['seq']}")).json()
    for change in found["changes"]:
        held[change["code"]] = change["procedure"]
    nothing = (await client.get(f"/v1/public-services/changes?since={found['next']}")).json()

    again = await client.get("/v1/public-services/snapshot")
    _, *whole = (json.loads(line) for line in gzip.decompress(again.content).splitlines())
    assert {code: each for code, each in held.items() if each} == {
        line["code"]: line for line in whole
    }
    assert {BIRTH, LAND, new} <= {line["code"] for line in whole}
    assert (held[gone], found["more"], nothing["changes"]) == (None, False, [])
    abolished = (await client.get(f"{PROCEDURES}/{gone}")).json()
    assert (abolished["status"], abolished["abolished_on"]) == ("abolished", "2026-01-05")
    clock.advance(days=401)
    late = await client.get(f"/v1/public-services/changes?since={head['seq']}")
    clock.advance(days=-401)
    assert (late.status_code, late.json()["type"].rsplit("/", 1)[-1]) == (410, "resync-required")


async def test_a_month_offline_costs_one_request_of_the_size_of_the_changes(
    client: Client, publish: Publish, clock: Clock
) -> None:
    codes = [f"1.{number:06}" for number in range(200_000, 200_060)]
    await publish(package(*(raw(code, f"Thủ tục {code}") for code in codes)), options("2026-01-03"))
    snapshot = await client.get("/v1/public-services/snapshot")
    seq = json.loads(gzip.decompress(snapshot.content).splitlines()[0])["seq"]
    for week, code in enumerate(codes[:4]):
        clock.advance(days=7)
        day = clock.now.date().isoformat()
        await publish(package(raw(code, f"Mới {week}")), options(day, f"QĐ tuần {week}"))

    caught_up = await client.get(f"/v1/public-services/changes?since={seq}")
    by_moment = await client.get(
        "/v1/public-services/changes", params={"modified_after": "2026-01-06T00:00:00+07:00"}
    )
    everything = await client.get("/v1/public-services/changes?since=0")
    clock.advance(days=-28, seconds=-12)

    told = caught_up.json()
    assert [change["code"] for change in told["changes"]] == codes[:4]
    assert [change["procedure"]["title"] for change in told["changes"]] == [
        f"Mới {week}" for week in range(4)
    ]
    assert told["more"] is False
    assert {each["code"] for each in by_moment.json()["changes"]} >= set(codes[:4])
    share = len(caught_up.content) / len(everything.content)
    assert share < 4 / 60 * 1.1


async def test_what_a_day_brings_is_a_change_for_phones(
    client: Client, publish: Publish, clock: Clock, as_job: Callable[..., Any]
) -> None:
    code = "1.300000"
    await publish(package(raw(code, "Từ tháng Giêng")), options("2026-01-01", "QĐ a"))
    await publish(package(raw(code, "Từ tháng Hai")), options("2026-02-01", "QĐ b"))
    first = (await client.get("/v1/public-services/changes")).json()
    before = {each["code"]: each["procedure"] for each in first["changes"]}[code]

    clock.advance(days=40)
    async with as_job() as tx:
        await indexing.turn(tx)
        await indexing.turn(tx)
    told = (await client.get(f"/v1/public-services/changes?since={first['next']}")).json()
    clock.advance(days=-40)

    assert before["title"] == "Từ tháng Giêng"
    assert [(each["code"], each["procedure"]["title"]) for each in told["changes"]] == [
        (code, "Từ tháng Hai")
    ]
