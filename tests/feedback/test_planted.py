"""What names somebody, or says where exactly, is planted once and looked for everywhere."""

import io
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from backend.gateway.logs import Journal, configure
from backend.host.settings import Settings as HouseSettings
from backend.kernel.database import Connection
from backend.testing import Caller, Client, Clock
from contracts.demo import HAC_THANH, agency_of
from modules.feedback.scopes import FOLLOW
from modules.notifications.scopes import READ
from modules.notifications.settings import Settings as Told

from .conftest import FILING
from .staging import reveal
from .test_public_side import tile_of

Act = Callable[..., Awaitable[Any]]
PUBLIC = "/v1/feedback/public"
OPEN311 = "/v1/feedback/open311/v2"

NAME, PHONE, EMAIL = "Nguyễn Thị Bưởi", "0912 345 678", "buoi.nguyen@example.vn"
POINT = {"lat": 19.806712, "lon": 105.785234}
PLANTED: Mapping[str, tuple[bytes, ...]] = {
    "name": (NAME.encode(), b"B\\u01b0\\u1edfi"),
    "phone": (PHONE.encode(), b"0912345678", b"912 345 678", b"84912345678"),
    "e-mail": (EMAIL.encode(), b"buoi.nguyen"),
    "point": (b"19.806712", b"105.785234", b"19.80671", b"105.78523"),
    "address": ("7 Ngõ Kín".encode(),),
}


@pytest.fixture(scope="module")
def settings(settings: Mapping[Any, Any]) -> Mapping[Any, Any]:
    return {**settings, Told: Told(senders=("file",))}


@pytest.fixture(scope="module")
def log() -> io.BytesIO:
    return io.BytesIO()


@pytest.fixture(scope="module")
def journal(log: io.BytesIO) -> Journal:
    return Journal(log)


def found(content: bytes) -> Iterator[str]:
    for what, forms in PLANTED.items():
        if any(form in content for form in forms):
            yield what


@pytest.fixture
async def planted(
    client: Client,
    as_staff: Callable[..., Caller],
    act: Act,
    draw: Callable[..., bytes],
    clock: Clock,
) -> Mapping[str, Any]:
    """A report full of secrets, filed without an account, dealt with, and public."""
    clock.now = clock.now.replace(hour=12)
    parts = [
        (
            "data",
            (
                None,
                msgspec.json.encode(
                    {
                        **FILING,
                        "text": f"Ổ gà trước nhà tôi. Gọi {PHONE} hoặc {EMAIL} nhé.",
                        "location": POINT,
                        "address": "7 Ngõ Kín",
                        "contact": {"name": NAME, "phone": PHONE, "email": EMAIL},
                    }
                ),
                "application/json",
            ),
        ),
        ("photos", ("pothole.jpg", draw(), "image/jpeg")),
    ]
    headers = {"Idempotency-Key": uuid4().hex, "Tinhs-Device": uuid4().hex * 2}
    answer = await client.post("/v1/feedback/reports", files=parts, headers=headers)
    assert answer.status_code == 201, answer.text
    report = answer.json()
    moderator = as_staff("moderator", areas=[HAC_THANH])
    await act(moderator, "desk", report, "claim")
    await reveal(moderator, report["id"])
    given = await act(
        moderator, "desk", report, "assignments", json={"agency_id": str(agency_of(HAC_THANH))}
    )
    assert given.status_code == 200, given.text
    return report


def everybodys(code: str, month: str) -> Sequence[str]:
    """Every address at which somebody may ask without an account."""
    lists = ("", "?near=19.8067,105.7852", "?bbox=105.7,19.7,105.9,19.9", "?q=o%20ga")
    tiles = [
        "{}/tiles/{}/{}/{}.json".format(PUBLIC, zoom, *tile_of(zoom, POINT))
        for zoom in (7, 12, 15, 16, 18)
    ]
    return [
        *(f"{PUBLIC}/reports{query}" for query in lists),
        f"{PUBLIC}/reports/{code}",
        f"{PUBLIC}/reports/{code}/history",
        f"{PUBLIC}/reports/{code}/photos/1",
        f"{PUBLIC}/export.csv?month={month}",
        f"{PUBLIC}/export.geojson?month={month}",
        f"{PUBLIC}/feed.rss",
        f"{PUBLIC}/feed.atom",
        *tiles,
        *(
            f"{OPEN311}/{call}.{ending}"
            for call in ("requests", f"requests/{code}", "servicerequestupdates")
            for ending in ("json", "xml")
        ),
        f"{OPEN311}/requests.json?extensions=true",
        f"/v1/feedback/reports/{uuid4()}",
        "/reports",
        "/reports?q=o+ga",
        f"/reports/{code}",
        "/map?at=19.8067,105.7852&zoom=17",
        f"{OPEN311}/requests.json?bbox=105.78,19.8,105.79,19.81",
    ]


async def test_no_answer_to_everybody_carries_anything_planted(
    client: Client, planted: Mapping[str, Any], clock: Clock, work: Any
) -> None:
    await work()
    clock.advance(seconds=6)
    await work()
    shown = 0

    for path in everybodys(planted["code"], f"{clock.now:%Y-%m}"):
        answer = await client.get(path, follow_redirects=True)
        assert list(found(answer.content)) == [], path
        assert b"Exif" not in answer.content, path
        shown += planted["code"].encode() in answer.content

    assert shown >= 10  # so that the report was there to be told of


async def test_an_agency_reads_where_and_what_and_never_who(
    planted: Mapping[str, Any], as_staff: Callable[..., Caller], fetch: Any
) -> None:
    officer = as_staff("officer", areas=[HAC_THANH], agency_id=agency_of(HAC_THANH))

    listed = await officer.get("/v1/feedback/work/reports")
    one = await officer.get(f"/v1/feedback/work/reports/{planted['id']}")

    assert planted["code"] in listed.text
    assert set(found(listed.content)) <= {"address"}
    assert set(found(one.content)) <= {"point", "address"}
    for photo in one.json()["photos"]:
        assert b"Exif" not in await fetch(photo["url"])


async def test_no_event_log_message_or_row_of_work_carries_it(
    planted: Mapping[str, Any],
    client: Client,
    drain: Any,
    connection: Connection,
    log: io.BytesIO,
    journal: Journal,
    settings: Mapping[Any, Any],
    as_citizen: Callable[..., Caller],
) -> None:
    configure(journal)
    neighbour = as_citizen(READ, FOLLOW)
    await neighbour.put(f"{PUBLIC}/reports/{planted['code']}/following")
    await client.get(
        "/v1/feedback/tracked-report", headers={"Tracking-Token": f"{PHONE}.{NAME}"[:9]}
    )
    await drain()
    journal.flush()

    rows = await connection.fetch(
        "select work::text as row from kernel.work as work"
        " union all select event::text from kernel.event as event"
    )
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    told = await connection.fetch("select m::text as row from notifications.message as m")
    assert rows
    assert told
    for row in (*rows, *told):
        assert list(found(row["row"].encode())) == []
    assert list(found(log.getvalue())) == []
    letters = Path(settings[HouseSettings].data_dir / "outbox").glob("email-*.json")
    texts = [msgspec.json.decode(letter.read_bytes())["text"] for letter in letters]
    assert any(planted["code"] in text for text in texts)
    for text in texts:
        assert list(found(text.encode())) == []
