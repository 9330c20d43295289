"""Pages that show many reports at once say what their programs' twins say, to whom they may."""

import re
from collections.abc import Awaitable, Callable
from typing import Any, cast

import pytest

from backend.kernel import Transaction
from backend.kernel.database import Connection
from backend.testing import Caller, Client
from backend.work import Workshop
from modules.feedback.jobs import COUNT_DAYS, MAP
from modules.feedback.model.atlas import Cluster
from modules.feedback.model.machines import ReportState
from modules.feedback.model.places import Point
from modules.feedback.model.sheet import HEIGHT, WIDTH, around, sheet

from .staging import SCENES, Stage, reveal

Act = Callable[..., Awaitable[Any]]
VIETNAMESE = {"Accept-Language": "vi"}
EXACT = {"lat": 19.806712, "lon": 105.785234}


@pytest.fixture
async def counted(
    moderator: Caller,
    citizen: Caller,
    file: Act,
    act: Act,
    shops: tuple[Workshop, Workshop],
    connection: Connection,
) -> Any:
    """A public report, once the map and the statistics of today know of it."""
    # Days are counted forward, and the clock of another test may have stood ahead of ours.
    await connection.execute("truncate feedback.stat_day, feedback.stat_sum")
    filed = (await file(citizen, text="Hố sâu giữa ngã tư.", location=EXACT)).json()
    await act(moderator, "desk", filed, "claim")
    await reveal(moderator, filed["id"])
    for job in (MAP, COUNT_DAYS):
        async with shops[0].transaction() as tx:
            await cast("Callable[[Transaction], Awaitable[None]]", job.run)(tx)
    return filed


async def test_the_statistics_page_shows_what_its_twin_tells(
    client: Client, counted: Any, as_citizen: Callable[..., Caller]
) -> None:
    day = counted["received_at"][:10]
    twin = await client.get(
        f"/v1/feedback/public/statistics?by=category&since={day[:8]}01&until={day}"
    )
    page = await client.get(f"/statistics?month={day[:7]}&by=category", headers=VIETNAMESE)

    filed = sum(item["filed"] for item in twin.json()["items"])
    assert filed > 0
    assert f"<strong>{filed}</strong><span>Tiếp nhận" in page.text
    assert "Đúng hạn ban đầu" in page.text
    assert "Đúng hạn hiện tại" in page.text
    assert "script-src" not in page.headers["content-security-policy"]


@pytest.mark.parametrize("month", ["2001-01", "2099-12", ""])
async def test_there_is_a_page_for_a_month_in_which_nothing_happened(
    client: Client, month: str
) -> None:
    page = await client.get(f"/statistics?month={month}", headers=VIETNAMESE)

    assert page.status_code == 200
    assert "Tiếp nhận" in page.text


async def test_the_map_leads_from_the_province_to_the_report(client: Client, counted: Any) -> None:
    far = await client.get("/map", headers=VIETNAMESE)
    near = await client.get(f"/map?at={EXACT['lat']},{EXACT['lon']}&zoom=17", headers=VIETNAMESE)
    settled = await client.get(f"/map?at={EXACT['lat']},{EXACT['lon']}&zoom=17&state=ended")

    assert re.search(r"<circle cx=\"\d+\.\d\"", far.text)
    assert "https://" not in re.sub(r'name="back".*', "", far.text)
    assert f'href="/reports/{counted["code"]}"' in near.text
    assert counted["code"] not in settled.text


@pytest.mark.parametrize(
    ("at", "status"), [("95,0", 200), ("-90,999", 200), ("abc", 400), ("19.8", 400), ("1,2,3", 400)]
)
async def test_a_place_that_there_is_not_breaks_no_map(
    client: Client, at: str, status: int
) -> None:
    assert (await client.get(f"/map?at={at}")).status_code == status


async def test_the_board_tells_what_is_late_from_what_has_time(
    moderator: Caller,
    moderator_elsewhere: Caller,
    citizen: Caller,
    file: Act,
    at: Callable[[str], None],
) -> None:
    at("2025-10-06T08:00")
    report = (await file(citizen)).json()
    fresh = await moderator.get("/console/feedback/board", headers=VIETNAMESE)
    at("2025-10-20T08:00")
    late = await moderator.get("/console/feedback/board", headers=VIETNAMESE)
    foreign = await moderator_elsewhere.get("/console/feedback/board")

    assert report["code"] in lane(late.text, "late")
    assert report["code"] not in lane(fresh.text, "late")
    assert report["code"] in fresh.text
    assert report["code"] not in foreign.text


async def test_what_waits_for_an_answer_is_paused_and_what_an_agency_has_names_it(
    moderator: Caller, stage: Callable[..., Awaitable[Stage]], work: Any, at: Any
) -> None:
    at("2025-10-06T08:00")
    asked = await stage(SCENES[ReportState.NEEDS_INFO])
    given = await stage(SCENES[ReportState.WITH_AGENCY])
    at("2025-11-20T08:00")
    await work()

    board = (await moderator.get("/console/feedback/board", headers=VIETNAMESE)).text

    assert asked.report["code"] in lane(board, "paused")
    assert given.report["code"] in lane(board, "late")
    assert "UBND phường Hạc Thành" in lane(board, "late")


async def test_nobody_but_the_desk_sees_the_board(citizen: Caller, client: Client) -> None:
    stranger = await client.get("/console/feedback/board", follow_redirects=False)

    assert stranger.status_code == 303
    assert stranger.headers["location"] == "/console/login"


def lane(page: str, name: str) -> str:
    return page.partition(f'aria-labelledby="lane-{name}"')[2].partition("</section>")[0]


def test_a_point_stands_where_its_map_says() -> None:
    view = sheet(19.8, 105.8, 12)

    assert view.place(19.8, 105.8) == (WIDTH / 2, HEIGHT / 2)
    x, y = view.place(view.moved(1, 0).lat, view.moved(1, 0).lon)
    assert (round(x), round(y)) == (WIDTH / 2 + WIDTH * 0.4, HEIGHT / 2)
    length, said = view.bar()
    assert said == "5 km"
    assert 100 < length <= 180


def test_the_first_map_shows_everything() -> None:
    marks = [
        Cluster(lat=lat, lon=lon, n=1, by_kind={"open": 1})
        for lat, lon in ((19.3, 105.0), (20.5, 106.1))
    ]

    view = around(marks)

    assert view is not None
    for each in marks:
        x, y = view.place(each.lat, each.lon)
        assert 0 < x < WIDTH
        assert 0 < y < HEIGHT
    assert around([]) is None
    assert view.nearer(3, Point(lat=19.3, lon=105.0)).zoom == view.zoom + 3
