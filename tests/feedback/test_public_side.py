"""What others make of public reports: they search them, map them, export and follow them."""

import csv
import io
from collections.abc import Awaitable, Callable
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from backend.kernel.database import Connection
from backend.testing import Caller, Client, Clock
from modules.feedback.model.atlas import cells_of, edges, level_of, on_globe
from modules.feedback.model.places import Point, mercator

from .staging import reveal

Act = Callable[..., Awaitable[Any]]
PUBLIC = "/v1/feedback/public"
LIST = f"{PUBLIC}/reports"
HERE = {"lat": 19.806712, "lon": 105.785234}


@pytest.fixture
def publish(as_staff: Callable[..., Caller], citizen: Caller, file: Act, act: Act) -> Act:
    moderator = as_staff("moderator", areas=["38"])

    async def published(**changes: Any) -> Any:
        report = (await file(citizen, **changes)).json()
        await act(moderator, "desk", report, "claim")
        await reveal(moderator, report["id"])
        return report

    return published


@pytest.fixture
def decline(as_staff: Callable[..., Caller], act: Act) -> Act:
    async def declined(report: Any) -> None:
        said = {"reason": "no-issue", "text": "Đã kiểm tra, không còn gì phải xử lý."}
        answer = await act(
            as_staff("moderator", areas=["38"]), "desk", report, "declination", json=said
        )
        assert answer.status_code == 200, answer.text

    return declined


async def codes(client: Client, **query: Any) -> list[str]:
    answer = await client.get(LIST, params=query)
    assert answer.status_code == 200, answer.text
    return [item["code"] for item in answer.json()["items"]]


async def test_words_are_found_with_their_marks_and_without(client: Client, publish: Act) -> None:
    pothole = await publish(text="Hố sụt rất sâu giữa ngõ, xe đạp lọt bánh.")
    other = await publish(text="Đèn đường nhấp nháy suốt đêm, rất khó chịu.")

    for words in ("hố sụt", "ho sut", "HO SUT", "sụt ngõ", pothole["code"]):
        assert await codes(client, q=words) == [pothole["code"]], words
    assert await codes(client, q="den duong nhap nhay") == [other["code"]]
    assert await codes(client, q="không có từ này") == []
    assert await codes(client, q="ho sut", category="waste") == []


async def test_a_search_goes_on_page_by_page_and_month_by_month(
    client: Client, publish: Act, clock: Clock
) -> None:
    filed = []
    for _ in range(5):
        filed.append((await publish(text="Biển quảng cáo che khuất tầm nhìn."))["code"])
        clock.advance(days=20)
    found, cursor = [], None
    for _ in range(10):
        query = {"q": "quang cao", "limit": 2} | ({} if cursor is None else {"cursor": cursor})
        page = (await client.get(LIST, params=query)).json()
        found += [item["code"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break

    assert found == filed[::-1]
    assert cursor is None


@pytest.mark.parametrize(
    "query",
    [
        {"q": "a"},
        {"q": "hai từ", "near": "19.8,105.8"},
        {"q": "hai từ", "cursor": "month199001-"},
        {"q": "hai từ", "cursor": "nonsense"},
        {"sort": "near"},
        {"sort": "loudest"},
        {"sort": "followers", "bbox": "105.5,19.5,105.52,19.52"},
        {"agency": "none"},
    ],
)
async def test_a_search_that_makes_no_sense_is_answered_with_its_fault(
    client: Client, query: dict[str, str]
) -> None:
    assert (await client.get(LIST, params=query)).status_code == 400


async def test_everybody_reads_what_happened_and_nobody_what_was_said(
    client: Client, publish: Act, decline: Act
) -> None:
    report = await publish()
    await decline(report)

    steps = (await client.get(f"{LIST}/{report['code']}/history")).json()["items"]
    hidden = await client.get(f"{LIST}/PA-222222/history")

    assert [step["kind"] for step in steps] == ["filing", "claim", "declination"]
    assert {step["text"] for step in steps} == {None}
    assert hidden.status_code == 404


def tile_of(zoom: int, point: dict[str, float]) -> tuple[int, int]:
    """Where a point lies among the tiles, by the formula of web maps written anew."""
    x, y = mercator(Point(**point))
    half = 20037508.342789244
    return int((x + half) / (2 * half) * 2**zoom), int((half - y) / (2 * half) * 2**zoom)


async def tile(client: Client, zoom: int, point: dict[str, float], **query: Any) -> Any:
    column, row = tile_of(zoom, point)
    answer = await client.get(f"{PUBLIC}/tiles/{zoom}/{column}/{row}.json", params=query)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def count(work: Any, clock: Clock) -> None:
    """Let the map catch up: what was never planned begins at the first tick."""
    await work()
    clock.advance(seconds=6)
    await work()


async def test_the_map_counts_what_is_public_and_follows_it(
    client: Client, publish: Act, decline: Act, work: Any, clock: Clock
) -> None:
    place = {"lat": 18.6507, "lon": 104.9007}
    reports = [await publish(category="roads", location=place) for _ in range(3)]
    await publish(category="waste", location=place)
    await decline(reports[0])
    await count(work, clock)

    for zoom in (11, 12, 13, 15):
        shown = await tile(client, zoom, place)
        assert sum(cluster["n"] for cluster in shown["clusters"]) == 4
        assert len(shown["clusters"]) <= 256
    (cluster,) = (await tile(client, 15, place, category="roads"))["clusters"]
    assert cluster["by_kind"] == {"open": 2, "ended": 1}
    assert (cluster["lat"], cluster["lon"]) == pytest.approx((18.6507, 104.9007), abs=1e-5)
    assert [c["n"] for c in (await tile(client, 12, place, state="ended"))["clusters"]] == [1]
    close = await tile(client, 17, place)
    assert {dot["code"] for dot in close["points"]} >= {report["code"] for report in reports}
    assert close["more"] is False


async def test_what_ended_long_ago_leaves_the_recent_map(
    client: Client, publish: Act, decline: Act, work: Any, clock: Clock
) -> None:
    place = {"lat": 19.1507, "lon": 105.1507}
    await decline(await publish(location=place))
    await work()
    for _ in range(2):  # the first time its window for rating ends, which closes it
        clock.advance(days=95)
        await work()
    await count(work, clock)

    assert (await tile(client, 12, place))["clusters"] == []
    assert [c["n"] for c in (await tile(client, 12, place, set="all"))["clusters"]] == [1]


async def test_the_map_is_no_more_exact_than_the_category(
    client: Client, publish: Act, work: Any, clock: Clock
) -> None:
    place = {"lat": 19.250412, "lon": 105.250412}
    report = await publish(category="waste", location=place)
    await count(work, clock)

    (dot,) = (await tile(client, 18, {"lat": 19.25, "lon": 105.25}))["points"]
    (cluster,) = (await tile(client, 15, place))["clusters"]

    assert (dot["code"], dot["lat"], dot["lon"]) == (report["code"], 19.25, 105.25)
    assert (cluster["lat"], cluster["lon"]) == pytest.approx((19.25, 105.25), abs=1e-6)


@pytest.mark.parametrize(
    "path", ["6/1/1.json", "19/1/1.json", "7/128/1.json", "7/1/128.json", "7/1/x.json", "7/1/-1"]
)
async def test_where_there_is_no_tile_nothing_is_found(client: Client, path: str) -> None:
    assert (await client.get(f"{PUBLIC}/tiles/{path}")).status_code == 404


def test_tiles_and_cells_fit() -> None:
    for zoom in range(7, 16):
        left, right, top, bottom = cells_of(zoom, 1, 2)
        assert (right - left + 1) * (bottom - top + 1) <= 256
        assert level_of(zoom) >= zoom + 2
    whole = edges(1, 0, 0)
    assert on_globe(whole.west, whole.north) == Point(lat=pytest.approx(85.051129), lon=-180.0)


async def test_a_month_is_exported_as_csv_and_as_geojson(
    client: Client, publish: Act, clock: Clock, connection: Connection
) -> None:
    report = await publish(
        text="=HYPERLINK ổ gà trước nhà, gọi 0912 345 678 nhé.", category="waste"
    )
    month = f"{clock.now:%Y-%m}"

    as_csv = await client.get(f"{PUBLIC}/export.csv", params={"month": month})
    geo = await client.get(f"{PUBLIC}/export.geojson", params={"month": month})
    empty = await client.get(f"{PUBLIC}/export.csv", params={"month": "2020-01"})

    rows = {row["service_request_id"]: row for row in csv.DictReader(io.StringIO(as_csv.text))}
    row = rows[report["code"]]
    assert row["status"] == "open"
    assert row["description"].startswith("'=HYPERLINK")
    assert "0912" not in as_csv.text + geo.text
    assert (float(row["lat"]), float(row["long"])) == (19.807, 105.785)
    features = {feature["id"]: feature for feature in geo.json()["features"]}
    assert features[report["code"]]["geometry"]["coordinates"] == [105.785, 19.807]
    assert len(features) == len(rows)
    assert len(empty.text.splitlines()) == 1
    assert (await client.get(f"{PUBLIC}/export.csv?month=2026-13")).status_code == 400


async def test_feeds_are_well_formed_whatever_is_in_them(client: Client, publish: Act) -> None:
    report = await publish(
        text="Rác & nước <thải> ]]> \u2028 chảy tràn ra đường.", category="waste"
    )

    rss = await client.get(f"{PUBLIC}/feed.rss", params={"category": "waste"})
    atom = await client.get(f"{PUBLIC}/feed.atom")

    items = ET.fromstring(rss.content).findall("channel/item")  # noqa: S314 - our own feed
    assert any(
        (item.findtext("link") or "").endswith(f"/reports/{report['code']}") for item in items
    )
    assert "/v1/" not in rss.text + atom.text.partition("</id>")[2]
    assert {item.findtext("category") for item in items} == {"waste"}
    space = "{http://www.w3.org/2005/Atom}"
    entries = ET.fromstring(atom.content).findall(f"{space}entry")  # noqa: S314 - our own feed
    assert 0 < len(entries) <= 100
    assert any("<thải>" in (entry.findtext(f"{space}summary") or "") for entry in entries)
    assert rss.headers["content-type"].startswith("application/rss+xml")
