"""What everybody may read, how exactly, and how it is found."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from backend.testing import Caller, Client, Clock
from contracts.demo import HAC_THANH, SAM_SON

from .staging import reveal

Act = Callable[..., Awaitable[Any]]
LIST = "/v1/feedback/public/reports"
HERE = {"lat": 19.806712, "lon": 105.785234}


@pytest.fixture
def publish(as_staff: Callable[..., Caller], citizen: Caller, file: Act, act: Act) -> Act:
    """File a report and take it in hand, so that everybody sees it."""
    moderator = as_staff("moderator", areas=["38"])

    async def published(**changes: Any) -> Any:
        report = (await file(citizen, **changes)).json()
        await act(moderator, "desk", report, "claim")
        shown = await reveal(moderator, report["id"])
        assert shown["publication"] == "public"
        return report

    return published


async def codes(client: Client, query: str) -> list[str]:
    answer = await client.get(f"{LIST}?{query}")
    assert answer.status_code == 200, answer.text
    return [item["code"] for item in answer.json()["items"]]


@pytest.mark.parametrize(
    ("category", "location"),
    [
        ("roads", {"lat": 19.8067, "lon": 105.7852}),
        ("waste", {"lat": 19.807, "lon": 105.785}),
        ("noise", None),
    ],
)
async def test_the_place_is_as_exact_as_the_category_allows(
    client: Client, publish: Act, category: str, location: Any
) -> None:
    report = await publish(category=category)

    shown = (await client.get(f"{LIST}/{report['code']}")).json()
    (listed,) = [
        item
        for item in (await client.get(f"{LIST}?category={category}")).json()["items"]
        if item["code"] == report["code"]
    ]

    assert shown["location"] == listed["location"] == location


async def test_no_distance_is_more_exact_than_the_place(client: Client, publish: Act) -> None:
    report = await publish(category="waste")
    at_the_house = f"near={HERE['lat']},{HERE['lon']}&radius_m=500&category=waste"

    items = (await client.get(f"{LIST}?{at_the_house}")).json()["items"]

    distances = [item["distance_m"] for item in items if item["code"] == report["code"]]
    # From the house itself to the middle of the cell of 0.001° it lies in, by the haversine rule.
    assert distances == [pytest.approx(40, abs=1)]


async def test_no_question_narrows_down_where_somebody_stood(client: Client, publish: Act) -> None:
    report = await publish(category="waste", text="Rác trước cổng, gọi 0912 345 678, bà Bưởi.")

    async def answers(query: str) -> bool:
        return report["code"] in await codes(client, f"{query}&category=waste")

    around_the_house = "105.7851,19.8066,105.7853,19.8068"
    around_its_cell = "105.7849,19.8069,105.7851,19.8071"
    assert not await answers(f"bbox={around_the_house}")
    assert await answers(f"bbox={around_its_cell}")
    assert not await answers(f"near={HERE['lat']},{HERE['lon']}&radius_m=39")
    assert await answers(f"near={HERE['lat']},{HERE['lon']}&radius_m=42")
    assert await answers("q=rac+truoc")
    for word in ("0912", "345", "19.8067"):
        assert not await answers(f"q={word}")


async def test_numbers_of_people_are_masked_everywhere(client: Client, publish: Act) -> None:
    text = (
        "Gọi 0912 345 678 hoặc +84 (987) 654-321, thư hoa@example.vn, CCCD 038095001234,"
        " xe 36B1-123.45, tài khoản 19034567890123. Cảm ơn."
    )
    report = await publish(text=text, address="12 Lê Lợi")

    answers = [await client.get(f"{LIST}/{report['code']}"), await client.get(LIST)]

    for answer in answers:
        assert report["code"] in answer.text
        for planted in ("0912", "654-321", "hoa@", "0380", "123.45", "1903", "Lê Lợi", "19.80671"):
            assert planted not in answer.text


async def test_a_code_may_be_typed_as_it_is_heard(client: Client, publish: Act) -> None:
    report = await publish()
    heard = report["code"].removeprefix("PA-").lower()

    answers = [await client.get(f"{LIST}/{code}") for code in (heard, f"pa {heard}", "PA-OOOOOO")]

    assert [answer.status_code for answer in answers] == [200, 200, 404]
    assert answers[0].json()["code"] == report["code"]


async def test_the_list_may_be_kept_for_half_a_minute(client: Client, publish: Act) -> None:
    report = await publish()

    for path in (LIST, f"{LIST}/{report['code']}"):
        answer = await client.get(path)
        again = await client.get(path, headers={"If-None-Match": answer.headers["etag"]})
        policy = set(answer.headers["cache-control"].split(", "))
        assert policy == {"public", "max-age=30", "stale-while-revalidate=120"}
        assert again.status_code == 304


async def test_the_nearest_come_first(client: Client, publish: Act) -> None:
    far = await publish(location={"lat": 19.70, "lon": 105.30})
    near = await publish(location={"lat": 19.70, "lon": 105.301})
    farther = await publish(location={"lat": 19.70, "lon": 105.32})

    found = await codes(client, "near=19.7,105.3012&radius_m=1000")
    wide = await codes(client, "near=19.7,105.3012&radius_m=5000")

    assert found == [near["code"], far["code"]]
    assert wide == [near["code"], far["code"], farther["code"]]


async def test_near_comes_page_by_page(client: Client, publish: Act) -> None:
    for step in range(3):
        await publish(location={"lat": 19.60, "lon": 105.40 + step / 1000})
    query = "near=19.6,105.4&radius_m=1000&limit=2"

    first = (await client.get(f"{LIST}?{query}")).json()
    second = (await client.get(f"{LIST}?{query}&cursor={first['next_cursor']}")).json()

    metres = [item["distance_m"] for item in (*first["items"], *second["items"])]
    assert metres == sorted(metres)
    assert len(metres) == 3
    assert second["next_cursor"] is None


async def test_a_box_holds_what_lies_in_it(client: Client, publish: Act) -> None:
    inside = await publish(location={"lat": 19.51, "lon": 105.51})
    outside = await publish(location={"lat": 19.53, "lon": 105.51})

    found = await codes(client, "bbox=105.5,19.5,105.52,19.52")

    assert inside["code"] in found
    assert outside["code"] not in found


async def test_filters_narrow_the_list(
    client: Client, publish: Act, clock: Clock, act: Act, as_staff: Callable[..., Caller]
) -> None:
    before = await publish(category="urban-order")
    clock.advance(minutes=2)
    since = clock.now.isoformat().replace("+", "%2B")
    east = await publish(category="urban-order", location={"lat": 19.8, "lon": 105.9})
    clock.advance(seconds=1)
    declined = await publish(category="urban-order")
    said = {"reason": "no-issue", "text": "Vỉa hè đã thông thoáng khi kiểm tra."}
    await act(as_staff("moderator", areas=["38"]), "desk", declined, "declination", json=said)

    async def of(query: str) -> list[str]:
        return await codes(client, f"category=urban-order&{query}")

    assert await of("") == [declined["code"], east["code"], before["code"]]
    assert await of(f"commune={SAM_SON}") == [east["code"]]
    assert await of(f"commune={HAC_THANH}") == [declined["code"], before["code"]]
    assert await of("state=declined") == [declined["code"]]
    assert await of(f"since={since}") == [declined["code"], east["code"]]


@pytest.mark.parametrize(
    "query",
    [
        "near=here",
        "near=89.5,105",
        "near=19.8,105.8&radius_m=5001",
        "near=19.8,105.8&bbox=105.5,19.5,105.52,19.52",
        "bbox=105.5,19.5,106.52,19.52",
        "bbox=105.5,19.5,105.4,19.6",
        "bbox=1,2,3",
        "state=unicorn",
        "since=2026-01-01T00:00:00",
        "limit=0",
        "limit=101",
        "cursor=forged",
        "commune=4",
    ],
)
async def test_a_question_that_makes_no_sense_is_answered_with_its_fault(
    client: Client, query: str
) -> None:
    answer = await client.get(f"{LIST}?{query}")

    assert answer.status_code == 400
    assert answer.json()["errors"]
    assert "unicorn" not in answer.text
    assert "forged" not in answer.text


async def test_a_photo_that_is_not_there_is_not_found(client: Client, publish: Act) -> None:
    report = await publish()

    answers = [
        await client.get(f"{LIST}/{report['code']}/photos/{number}") for number in (0, 1, -1)
    ]
    unknown = await client.get(f"{LIST}/PA-222222/photos/1")

    assert {answer.status_code for answer in (*answers, unknown)} == {404}
