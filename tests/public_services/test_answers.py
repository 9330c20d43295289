"""What a rule says on a day and why; which office is open; whom to ring; how it goes in sum."""

import csv
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from backend.kernel import VIETNAM
from backend.testing import Caller, Client, Clock
from modules.public_services import demo
from modules.public_services.model.deliveries import Delivery
from modules.public_services.scopes import EDIT, PUBLISH
from modules.public_services.service import deliveries
from modules.public_services.service.sums import sum_up
from tests.public_services.dossiers import SOURCE, dossier, progress

BASE = "/v1/public-services"
FEE = f"{BASE}/decisions/le-phi-ho-kinh-doanh"
OLD_AGE = f"{BASE}/decisions/tro-cap-huu-tri-xa-hoi/evaluations"


@pytest.fixture(autouse=True)
async def seeded(client: Client, as_job: Callable[..., Any]) -> None:
    """The demo province."""
    if (await client.get(FEE)).status_code == 404:
        async with as_job() as tx:
            await demo.seed(tx)


async def asked(client: Client, address: str, **body: Any) -> Any:
    return (await client.post(address, json=body)).json()


async def test_a_fee_is_another_on_another_day_and_names_its_article(client: Client) -> None:
    before = await asked(client, f"{FEE}/evaluations", on="2025-06-30")
    after = await asked(client, f"{FEE}/evaluations", on="2025-07-01", inputs={"truc_tuyen": True})
    unknown = await asked(client, f"{FEE}/evaluations", on="2025-07-01")

    assert (before["outcomes"], after["outcomes"]) == (
        [{"amount_vnd": 100000}],
        [{"amount_vnd": 50000}],
    )
    assert (unknown["outcomes"], unknown["missing"]) == ([], ["truc_tuyen"])
    assert [(each["key"], each["result"]) for each in after["trace"]] == [
        ("truoc-2025", "not_in_force"),
        ("truc-tuyen", "applies"),
        ("truc-tiep", "fails"),
    ]
    assert "Điều 4 khoản 2" in after["trace"][1]["legal_reference"]
    assert after["trace"][1]["conditions"][0]["given"] is True


async def test_what_is_not_known_is_not_false(client: Client) -> None:
    half = await asked(client, OLD_AGE, on="2026-01-01", inputs={"tuoi": 76})
    whole = await asked(
        client, OLD_AGE, on="2026-01-01", inputs={"tuoi": 76, "co_luong_huu": False}
    )
    wrong = await client.post(OLD_AGE, json={"inputs": {"tuoi": "bảy mươi"}})

    assert (half["outcomes"], half["missing"]) == ([], ["co_luong_huu"])
    assert whole["outcomes"] == [{"eligible": True}]
    assert wrong.status_code == 422


async def test_a_table_that_fails_its_examples_is_not_published(
    client: Client, as_staff: Callable[..., Caller]
) -> None:
    editor, publisher = as_staff(*EDIT.roles), as_staff(*PUBLISH.roles)
    table = (await client.get(FEE)).json()["definition"]
    good = {**table, "title": "Khác"}
    mixed = {
        **table,
        "cases": [{"inputs": {"truc_tuyen": 3}, "on": "2026-01-01", "expected": None}],
    }
    bad = {**table, "cases": [{"inputs": {}, "on": "2025-06-30", "expected": {"amount_vnd": 1}}]}
    address = f"{BASE}/decisions/thu"

    await editor.put(address, json=bad, headers={"If-Match": '"0"'})
    refused = await publisher.post(f"{address}/publication", json={})
    stale = await editor.put(address, json=good, headers={"If-Match": '"0"'})
    await editor.put(f"{address}-2", json=mixed, headers={"If-Match": '"0"'})
    mistyped = await publisher.post(f"{address}-2/publication", json={})
    await editor.put(address, json=good, headers={"If-Match": '"1"'})
    published = await publisher.post(f"{address}/publication", json={})

    assert (refused.status_code, refused.json()["type"].rsplit("/")[-1]) == (409, "cases-fail")
    assert mistyped.status_code == 409
    assert (stale.status_code, published.json()["status"]) == (412, "published")
    assert (await client.get(address)).json()["definition"]["title"] == "Khác"


async def test_offices_say_when_they_open_and_how_far_they_are(
    client: Client, clock: Clock
) -> None:
    was, clock.now = clock.now, datetime(2026, 1, 9, 16, tzinfo=VIETNAM)  # a Friday
    open_now = (await client.get(f"{BASE}/offices?commune=14797")).json()["offices"][0]
    clock.now = datetime(2026, 1, 9, 18, tzinfo=VIETNAM)
    closed = (await client.get(f"{BASE}/offices?lat=19.74&lon=105.9")).json()["offices"]
    clock.now = was

    assert (open_now["open_now"], open_now["next_opening"]) == (True, None)
    assert "Sầm Sơn" in closed[0]["office"]["name"]
    assert closed[0]["distance_km"] < 1 < closed[1]["distance_km"]
    assert closed[0]["next_opening"] == "2026-01-12T07:30:00+07:00"


async def test_nobody_works_on_a_public_holiday(client: Client, clock: Clock) -> None:
    was, clock.now = clock.now, datetime(2026, 9, 2, 9, tzinfo=VIETNAM)  # National Day
    office = (await client.get(f"{BASE}/offices?commune=14797")).json()["offices"][0]
    clock.now = was

    assert office["open_now"] is False
    assert office["next_opening"] > "2026-09-02T23"


async def test_hotlines_and_votes(client: Client) -> None:
    hotlines = (await client.get(f"{BASE}/hotlines")).json()["hotlines"]
    vote = await client.post(f"{BASE}/procedures/9.001001/votes", json={"opinion": "useful"})
    unknown = await client.post(f"{BASE}/procedures/9.999999/votes", json={"opinion": "useful"})

    birth = (await client.get(f"{BASE}/procedures/9.001001")).json()

    assert hotlines[0]["purpose"] == "Tổng đài hỗ trợ dịch vụ công quốc gia"
    assert birth["hotlines"] == hotlines
    assert (vote.status_code, unknown.status_code) == (204, 404)


async def test_sums_of_fewer_than_five_are_nowhere(
    client: Client, as_job: Callable[..., Any], clock: Clock
) -> None:
    many = [f"H56.22-260105-{number:04}" for number in range(7001, 7006)]
    few = [f"H56.31-260105-{number:04}" for number in range(7001, 7005)]
    heads = [dossier(code) for code in many]
    heads += [dossier(code, DonViXuLy="UBND phường Sầm Sơn") for code in few]
    living = dict.fromkeys((*many, *few[:2]), "14797") | {few[2]: "16531", few[3]: "16531"}
    for head in heads:
        head["MaXa"] = living[head["MaHoSo"]]
    late = progress(9, "2026-01-09 09:00:00", many[0])
    moves = [late, *(progress(9, "2026-01-07 09:00:00", code) for code in (*many[1:], *few))]
    async with as_job() as tx:
        await deliveries.keep(tx, SOURCE, Delivery(dossiers=tuple(heads), progress=tuple(moves)))
        await sum_up(tx)
        await sum_up(tx)

    answer = (await client.get(f"{BASE}/statistics/dossiers")).json()
    (told,) = answer["sums"]
    table = await client.get(f"{BASE}/statistics/dossiers.csv")
    columns, definitions, row = csv.reader(table.text.splitlines())

    communes = (await client.get(f"{BASE}/statistics/communes")).json()
    of_commune = await client.get(f"{BASE}/statistics/communes.csv?commune=14797")

    assert [(each["commune_code"], each["finished"]) for each in communes["sums"]] == [
        ("14797", 5)
    ], "no difference of two sums tells of the two dossiers that no other sum has"
    assert communes["names"] == {"14797": "Phường Hạc Thành"}
    assert of_commune.text.splitlines()[2] == "2026-01-01,14797,5,4,4,,"
    assert (told["agency"], told["finished"], told["by_first_date"]) == (
        "UBND phường Hạc Thành",
        5,
        4,
    )
    assert (told["ratings"], told["satisfied"]) == (None, None)
    assert dict(zip(columns, definitions, strict=True)) == answer["definitions"]
    assert row == ["" if told[column] is None else str(told[column]) for column in columns]
