"""What is taken, what is refused, and that a lost answer never makes a second report."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from backend.files.samples import Samples
from backend.kernel.database import Connection
from backend.testing import Caller, Clock
from contracts.demo import HAC_THANH, SAM_SON
from modules.feedback.model.codes import LETTERS

Act = Callable[..., Awaitable[Any]]
IN_NO_BOUNDARY = {"lat": 20.3, "lon": 105.1}
ON_THE_BORDER = {"lat": 19.8, "lon": 105.8}


async def everything(connection: Connection) -> dict[str, int]:
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    tables = ("report", "reporter", "report_text", "event", "event_salt", "attachment")
    kept = {
        table: await connection.fetchval(f"select count(*) from feedback.{table}")
        for table in tables
    }
    kept["file"] = await connection.fetchval("select count(*) from files.file")
    kept["told"] = await connection.fetchval("select count(*) from kernel.event")
    return kept


async def test_a_report_gets_a_code_that_can_be_read_aloud(citizen: Caller, file: Act) -> None:
    answer = await file(citizen)

    report = answer.json()
    assert answer.status_code == 201
    assert answer.headers["etag"] == '"1"'
    assert report["state"] == "received"
    assert report["commune_code"] == HAC_THANH
    assert report["code"].startswith("PA-")
    assert set(report["code"].removeprefix("PA-")) <= set(LETTERS)
    assert report["receipt"]["code"] == report["code"]
    assert report["emergency_notice"]


async def test_a_receipt_states_what_the_history_begins_with(
    citizen: Caller, file: Act, connection: Connection
) -> None:
    report = (await file(citizen)).json()

    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    event = await connection.fetchrow(
        "select commitment, hash from feedback.event where report_id = $1", report["id"]
    )
    assert event is not None
    assert report["receipt"]["head"] == event["hash"].hex()
    assert report["receipt"]["content_digest"] == event["commitment"].hex()


async def test_ten_at_once_under_one_key_make_one_report(
    citizen: Caller, file: Act, connection: Connection
) -> None:
    await citizen.get("/v1/feedback/me/reports")
    before = await everything(connection)

    answers = await asyncio.gather(*(file(citizen, key="once") for _ in range(10)))

    after = await everything(connection)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert after["report"] == before["report"] + 1
    assert after["told"] == before["told"] + 1


async def test_a_key_is_for_one_report(citizen: Caller, file: Act) -> None:
    assert (await file(citizen, key="one")).status_code == 201

    other = await file(citizen, key="one", text="Một việc hoàn toàn khác ở chỗ khác.")

    assert other.status_code == 422
    assert other.json()["type"].endswith("/kernel/idempotency-key-reused")


@pytest.mark.parametrize("with_photo", [False, True])
async def test_a_phone_that_lay_in_a_drawer_for_a_week_files_the_same_report(
    citizen: Caller,
    file: Act,
    clock: Clock,
    connection: Connection,
    pothole: bytes,
    with_photo: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    photos = [pothole] if with_photo else []
    first = (await file(citizen, key="drawer", photos=photos)).json()
    clock.advance(days=7)
    await connection.execute("delete from kernel.idempotency")
    before = await everything(connection)

    again = await file(citizen, key="drawer", photos=photos)

    assert again.status_code == 201
    assert (again.json()["id"], again.json()["code"]) == (first["id"], first["code"])
    assert again.json()["receipt"] == first["receipt"]
    assert await everything(connection) == before


async def test_after_a_week_the_key_is_still_for_one_report(
    citizen: Caller, file: Act, clock: Clock, connection: Connection
) -> None:
    await file(citizen, key="kept")
    clock.advance(days=7)
    await connection.execute("delete from kernel.idempotency")

    other = await file(citizen, key="kept", text="Một việc hoàn toàn khác ở chỗ khác.")

    assert other.status_code == 422
    assert other.json()["type"].endswith("/feedback/key-reused")


async def test_two_people_may_use_the_same_key(
    citizen: Caller, stranger: Caller, file: Act
) -> None:
    first, second = await file(citizen, key="same"), await file(stranger, key="same")

    assert first.status_code == second.status_code == 201
    assert first.json()["id"] != second.json()["id"]


async def test_without_a_key_nothing_is_filed(citizen: Caller) -> None:
    answer = await citizen.post("/v1/feedback/reports", key=None, json={})

    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.text


async def test_every_fault_is_named_at_once(citizen: Caller, file: Act) -> None:
    answer = await file(
        citizen, text="ngắn", location={"lat": 91, "lon": 105}, wish="perhaps", commune_code="4"
    )

    assert answer.status_code == 400
    assert {fault["pointer"] for fault in answer.json()["errors"]} == {
        "/text",
        "/location/lat",
        "/wish",
        "/commune_code",
    }


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"])
async def test_the_end_of_time_is_no_time(citizen: Caller, file: Act, moment: str) -> None:
    answer = await file(citizen, captured_at=moment)

    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/captured_at"]


async def test_a_camera_whose_clock_is_mad_blocks_no_report(
    citizen: Caller, moderator: Caller, file: Act
) -> None:
    at = datetime(9999, 12, 31, 23, 59, tzinfo=timezone(-timedelta(hours=12)))
    mad = Samples(None).draw("lamp", taken_at=at, lat=19.8, lon=105.7)

    filed = await file(citizen, photos=[mad])
    read = await moderator.get(f"/v1/feedback/desk/reports/{filed.json()['id']}")

    assert filed.status_code == 201
    assert read.json()["photos"][0]["taken_at"] is None


@pytest.mark.parametrize("text", ["  a          ", "\u200b" * 20, "a" + "\u2060" * 20, "?!" * 9])
async def test_what_nobody_sees_or_reads_aloud_makes_no_text(
    citizen: Caller, file: Act, text: str
) -> None:
    answer = await file(citizen, text=text)

    assert answer.status_code == 422
    assert [fault["pointer"] for fault in answer.json()["errors"]] == ["/text"]


@pytest.mark.parametrize(
    ("changes", "slug"),
    [
        ({"category": "unicorns"}, "unknown-category"),
        ({"location": {"lat": 19.0, "lon": 107.0}}, "outside-territory"),
        ({"location": IN_NO_BOUNDARY}, "place-needed"),
        ({"location": None}, "place-needed"),
        ({"location": None, "commune_code": "00004"}, "unknown-commune"),
        ({"commune_code": SAM_SON}, "place-contradicts"),
    ],
)
async def test_what_can_never_be_accepted_keeps_nothing(
    citizen: Caller,
    file: Act,
    connection: Connection,
    pothole: bytes,
    changes: dict[str, Any],
    slug: str,
) -> None:
    await citizen.get("/v1/feedback/me/reports")
    before = await everything(connection)

    answer = await file(citizen, photos=[pothole], **changes)

    assert answer.status_code == 422
    assert answer.json()["type"].endswith(f"/feedback/{slug}")
    assert await everything(connection) == before


@pytest.mark.parametrize(
    ("changes", "commune"),
    [
        ({"location": {"lat": 19.8, "lon": 105.9}}, SAM_SON),
        ({"location": ON_THE_BORDER, "commune_code": SAM_SON}, SAM_SON),
        ({"location": IN_NO_BOUNDARY, "commune_code": HAC_THANH}, HAC_THANH),
        ({"location": None, "commune_code": HAC_THANH}, HAC_THANH),
    ],
)
async def test_the_point_decides_and_the_citizen_where_it_cannot(
    citizen: Caller, file: Act, changes: dict[str, Any], commune: str
) -> None:
    answer = await file(citizen, **changes)

    assert answer.status_code == 201
    assert answer.json()["commune_code"] == commune


async def test_on_a_border_both_sides_are_offered(citizen: Caller, file: Act) -> None:
    answer = await file(citizen, location=ON_THE_BORDER)

    assert answer.status_code == 422
    assert answer.json()["communes"] == [HAC_THANH, SAM_SON]


async def test_a_closed_category_takes_no_reports(
    citizen: Caller, file: Act, connection: Connection, clock: Clock
) -> None:
    await connection.execute(
        "set tinhs.kind = 'job';"
        "update feedback.category_version set valid_to = '2026-01-01' where category_code = 'trees'"
    )
    clock.advance(minutes=2)

    answer = await file(citizen, category="trees")

    assert answer.status_code == 409
    assert answer.json()["type"].endswith("/feedback/category-closed")


async def test_photos_may_be_sent_ahead(
    citizen: Caller, file: Act, draw: Callable[..., bytes]
) -> None:
    sent = await citizen.post(
        "/v1/files?purpose=feedback.report", files=[("photos", ("a.jpg", draw(), "image/jpeg"))]
    )
    assert sent.status_code == 201, sent.text

    filed = await file(citizen, files=[sent.json()["id"]])
    again = await file(citizen, files=[sent.json()["id"]])

    own = (await citizen.get(f"/v1/feedback/reports/{filed.json()['id']}")).json()
    assert len(own["photos"]) == 1
    assert again.status_code == 422
    assert again.json()["type"].endswith("/files/unknown-file")


async def test_nobody_attaches_another_persons_photo(
    citizen: Caller, stranger: Caller, file: Act, pothole: bytes
) -> None:
    sent = await stranger.post(
        "/v1/files?purpose=feedback.report", files=[("photos", ("a.jpg", pothole, "image/jpeg"))]
    )

    answer = await file(citizen, files=[sent.json()["id"]])

    assert answer.status_code == 422


async def test_five_photos_are_enough(citizen: Caller, file: Act, pothole: bytes) -> None:
    six_at_once = await file(citizen, photos=[pothole] * 6)
    one_and_five = await file(
        citizen,
        photos=[pothole],
        files=[f"0198c0de-0000-7000-8000-00000000000{n}" for n in range(5)],
    )

    assert six_at_once.status_code == 400
    assert one_and_five.status_code == 422
    assert one_and_five.json()["type"].endswith("/feedback/too-many-photos")


async def test_a_text_that_calls_itself_a_photo_is_refused(
    citizen: Caller, file: Act, connection: Connection
) -> None:
    await citizen.get("/v1/feedback/me/reports")
    before = await everything(connection)

    answer = await file(citizen, photos=[b"<html>not a photo</html>"])

    assert answer.status_code == 422
    assert await everything(connection) == before


async def test_a_stranger_cannot_tell_a_report_from_nothing(
    stranger: Caller, filed: Any, act: Act
) -> None:
    theirs = await stranger.get(f"/v1/feedback/reports/{filed['id']}")
    nobodys = await stranger.get("/v1/feedback/reports/0198c0de-0000-7000-8000-000000000000")
    withdrawal = await act(stranger, "reports", filed, "withdrawal")

    assert theirs.status_code == nobodys.status_code == withdrawal.status_code == 404
    assert {**theirs.json(), "trace_id": ""} == {**nobodys.json(), "trace_id": ""}


async def test_ones_own_reports_come_page_by_page(citizen: Caller, file: Act, clock: Clock) -> None:
    codes = []
    for _ in range(3):
        clock.advance(seconds=1)
        codes.append((await file(citizen)).json()["code"])

    first = (await citizen.get("/v1/feedback/me/reports?limit=2")).json()
    second = (
        await citizen.get(f"/v1/feedback/me/reports?limit=2&cursor={first['next_cursor']}")
    ).json()

    listed = [item["code"] for item in (*first["items"], *second["items"])]
    assert listed == codes[::-1]
    assert second["next_cursor"] is None


async def test_a_report_can_be_taken_back_until_it_is_finished(
    citizen: Caller, filed: Any, act: Act
) -> None:
    withdrawn = await act(citizen, "reports", filed, "withdrawal")
    again = await act(citizen, "reports", filed, "withdrawal")

    assert withdrawn.json()["state"] == "withdrawn"
    assert again.status_code == 409
    assert again.json()["state"] == "withdrawn"
    assert again.json()["allowed"] == []


async def test_taking_back_stops_the_work_and_the_publication(
    citizen: Caller, officer: Caller, client: Any, worked_on: Any, act: Act
) -> None:
    public = f"/v1/feedback/public/reports/{worked_on['code']}"
    assert (await client.get(public)).status_code == 200

    await act(citizen, "reports", worked_on, "withdrawal")

    assert (await client.get(public)).status_code == 404
    assert (await officer.get(f"/v1/feedback/work/reports/{worked_on['id']}")).status_code == 404


async def test_what_can_be_reported_is_said_in_two_languages(client: Any) -> None:
    vietnamese = await client.get("/v1/feedback/categories")
    english = await client.get("/v1/feedback/categories", headers={"Accept-Language": "en"})

    roads = {item["code"]: item for item in vietnamese.json()["items"]}["roads"]
    assert roads["label"] == "Đường sá, vỉa hè"
    assert roads["group"] == {"code": "infrastructure", "label": "Hạ tầng đô thị"}
    assert "113" in roads["emergency_notice"]
    assert {item["code"]: item for item in english.json()["items"]}["roads"]["label"] == (
        "Roads and pavements"
    )
