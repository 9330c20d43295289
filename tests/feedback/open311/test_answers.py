"""Open311 GeoReport v2: what the standard says, in JSON and in XML."""

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest

from backend.kernel.database import Connection
from backend.testing import Caller, Client, Clock
from contracts.demo import HAC_THANH, agency_of
from tests.feedback.open311.asking import HERE, POTHOLE, TRIAL, xml
from tests.feedback.staging import reveal

Act = Callable[..., Awaitable[Any]]


@pytest.fixture
async def public(file311: Act, as_staff: Callable[..., Caller], client: Client, act: Act) -> str:
    """A report that a program filed and that everybody sees."""
    code = (await file311(description=f"Ổ gà to giữa đường, số {uuid4().hex[:6]}.")).json()[0]
    moderator = as_staff("moderator", areas=["38"])
    queue = (await moderator.get("/v1/feedback/desk/reports?limit=100")).json()["items"]
    (report,) = [each for each in queue if each["code"] == code["service_request_id"]]
    await act(moderator, "desk", report, "claim")
    await reveal(moderator, report["id"])
    return report["code"]


async def test_a_program_finds_its_way(client: Client) -> None:
    found = (await client.get(f"{HERE}/discovery.json")).json()
    written = xml(await client.get(f"{HERE}/discovery.xml"))

    assert {each["type"] for each in found["endpoints"]} == {"production", "test"}
    for each in found["endpoints"]:
        assert each["specification"] == "http://wiki.open311.org/GeoReport_v2"
        assert each["url"].endswith(("/open311/v2", "/open311-test/v2"))
    assert written.tag == "discovery"
    assert written.findtext("endpoints/endpoint/formats/format") == "text/xml"


async def test_services_are_the_categories_that_need_no_account(client: Client) -> None:
    services = (await client.get(f"{HERE}/services.json")).json()
    written = xml(await client.get(f"{HERE}/services.xml"))

    codes = {each["service_code"] for each in services}
    assert "roads" in codes
    assert "officials" not in codes
    assert {each["service_code"]: each["metadata"] for each in services}["roads"] is False
    assert written.tag == "services"
    assert {each.findtext("service_code") for each in written.findall("service")} == codes
    assert (await client.get(f"{HERE}/services/roads.json")).status_code == 404


async def test_a_report_is_filed_and_found_again(client: Client, public: str) -> None:
    one = (await client.get(f"{HERE}/requests/{public}.json")).json()
    alias = (await client.get(f"{HERE}/request/{public}.json")).json()
    listed = (await client.get(f"{HERE}/requests.json", params={"status": "open"})).json()
    several = (
        await client.get(f"{HERE}/requests.json", params={"service_request_id": f"{public},x"})
    ).json()
    written = xml(await client.get(f"{HERE}/requests/{public}.xml"))

    (record,) = one
    assert one == alias == several
    assert public in {each["service_request_id"] for each in listed}
    assert (record["status"], record["service_code"]) == ("open", "roads")
    assert (record["lat"], record["long"]) == (19.8067, 105.7852)
    assert record["zipcode"] is None
    assert record["requested_datetime"].endswith("Z")
    assert written.tag == "service_requests"
    assert written.findtext("request/service_request_id") == public


async def test_nothing_of_whoever_filed_is_told(client: Client, public: str) -> None:
    for ending in ("json", "xml"):
        for path in (f"requests/{public}.{ending}", f"requests.{ending}"):
            text = (await client.get(f"{HERE}/{path}")).text
            for secret in ("0912", "Bưởi", "buoi@", "19.80671", "105.78523"):
                assert secret not in text


async def test_no_box_is_narrower_than_the_place_that_everybody_knows(
    client: Client, public: str
) -> None:
    async def lies_in(box: str) -> bool:
        answer = await client.get(f"{HERE}/requests.json", params={"bbox": box})
        assert answer.status_code == 200, answer.text
        return public in {each["service_request_id"] for each in answer.json()}

    assert await lies_in("105.78,19.8,105.79,19.81")
    assert await lies_in("105.78519,19.80669,105.78521,19.80671")  # where it is shown
    assert not await lies_in("105.78522,19.8067,105.78524,19.80672")  # where it is
    assert not await lies_in("106,20,107,21")


@pytest.mark.parametrize("ending", ["json", "xml"])
async def test_faults_are_told_all_at_once_in_the_form_of_the_standard(
    file311: Act, ending: str
) -> None:
    answer = await file311(ending, service_code=None, description="", lat="here")

    assert answer.status_code == 400
    if ending == "json":
        said = " ".join(each["description"] for each in answer.json())
        assert {each["code"] for each in answer.json()} == {400}
    else:
        errors = xml(answer).findall("error")
        said = " ".join(each.findtext("description") or "" for each in errors)
        assert {each.findtext("code") for each in errors} == {"400"}
    for name in ("service_code", "description", "lat"):
        assert name in said


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("requests/PA-222222", 404),
        ("tokens/nonsense", 404),
        ("services/nonsense", 404),
        ("nonsense", 404),
        ("a/b/c/d", 404),
        ("services.json?jurisdiction_id=elsewhere&x=", 404),
        ("requests.json?start_date=2025-01-01T00:00:00Z&end_date=2025-06-01T00:00:00Z&x=", 400),
        ("requests.json?status=perhaps&x=", 400),
        ("requests.json?start_date=yesterday&x=", 400),
        ("requests.json?page_size=0&x=", 400),
        ("requests.json?bbox=1,2,3&x=", 400),
        ("requests.json?bbox=106,20,105,21&x=", 400),
        ("requests.json?bbox=105,20,181,21&x=", 400),
    ],
)
async def test_every_refusal_has_the_form_of_the_standard(
    client: Client, path: str, status: int
) -> None:
    json = await client.get(f"{HERE}/{path}" if ".json" in path else f"{HERE}/{path}.json")
    other = path.replace(".json", ".xml") if ".json" in path else f"{path}.xml"
    written = await client.get(f"{HERE}/{other}")

    assert json.status_code == written.status_code == status
    assert json.json()[0]["code"] == status
    assert xml(written).findtext("error/code") == str(status)


async def test_a_wrong_method_is_told_in_the_form_of_the_standard(client: Client) -> None:
    answer = await client.delete(f"{HERE}/services.xml")

    assert answer.status_code == 405
    assert xml(answer).findtext("error/code") == "405"


@pytest.mark.parametrize("shown", [None, "nonsense", ""])
async def test_a_program_needs_a_key(file311: Act, shown: str | None) -> None:
    answer = await file311(api_key=shown)

    assert answer.status_code == 403
    assert "api_key" in answer.json()[0]["description"]


async def test_a_key_is_shown_once_and_ends(
    file311: Act, as_staff: Callable[..., Caller], key: str, connection: Connection
) -> None:
    admin = as_staff("admin")
    listed = await admin.get("/v1/feedback/config/open311-keys")
    newest = listed.json()["items"][-1]

    ended = await admin.delete(f"/v1/feedback/config/open311-keys/{newest['id']}")

    assert key not in listed.text
    assert ended.status_code == 204
    assert (await file311()).status_code == 403


async def test_the_same_form_within_ten_minutes_is_the_same_report(
    file311: Act, clock: Clock
) -> None:
    first, again = [(await file311()).json() for _ in range(2)]
    other = (await file311(description="Một ổ gà khác, ở cuối phố.")).json()
    clock.advance(minutes=11)
    later = (await file311()).json()

    assert first == again
    ids = {each[0]["service_request_id"] for each in (first, other, later)}
    assert len(ids) == 3


async def test_a_form_is_remembered_for_a_day(
    file311: Act, work: Act, clock: Clock, connection: Connection
) -> None:
    await work()
    await file311()
    clock.advance(days=2)
    await work()

    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    assert await connection.fetchval("select count(*) from feedback.open311_post") == 0


async def test_what_nobody_else_may_see_is_followed_by_a_token(
    client: Client, file311: Act, as_staff: Callable[..., Caller], act: Act, key: str
) -> None:
    services = (await client.get(f"{HERE}/services.json")).json()
    private = next(each["service_code"] for each in services if each["type"] == "batch")
    (made,) = (await file311(service_code=private)).json()
    token = made["token"]

    (before,) = (await client.get(f"{HERE}/tokens/{token}.json")).json()
    moderator = as_staff("moderator", areas=["38"])
    queue = (await moderator.get("/v1/feedback/desk/reports?limit=100")).json()["items"]
    (report,) = [each for each in queue if token.startswith(each["code"])]
    await act(moderator, "desk", report, "claim")
    (after,) = (await client.get(f"{HERE}/tokens/{token}.json")).json()
    stranger = await client.get(f"{HERE}/requests/{report['code']}.json")
    own = await client.get(f"{HERE}/requests/{report['code']}.json", params={"api_key": key})

    assert "service_request_id" not in made
    assert before == {"token": token, "service_request_id": None}
    assert after["service_request_id"] == report["code"]
    assert stranger.status_code == 404
    assert own.json()[0]["status"] == "open"
    assert "description" not in own.json()[0]


async def test_the_test_endpoint_keeps_nothing(file311: Act, connection: Connection) -> None:
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    before = await connection.fetchval("select count(*) from feedback.report")

    answer = await file311(at=TRIAL)
    wrong = await file311(at=TRIAL, description=None)

    assert answer.status_code == 200, answer.text
    assert answer.json()[0]["service_request_id"]
    assert wrong.status_code == 400
    assert await connection.fetchval("select count(*) from feedback.report") == before


async def test_a_photo_comes_along(
    client: Client, key: str, pothole: bytes, as_staff: Callable[..., Caller]
) -> None:
    answer = await client.post(
        f"{HERE}/requests.json",
        data={**POTHOLE, "api_key": key, "description": "Ổ gà to, có ảnh kèm theo."},
        files={"media": ("pothole.jpg", pothole, "image/jpeg")},
    )

    assert answer.status_code == 200, answer.text
    queue = await as_staff("moderator", areas=["38"]).get("/v1/feedback/desk/reports?limit=100")
    (report,) = [
        each
        for each in queue.json()["items"]
        if each["code"] == answer.json()[0]["service_request_id"]
    ]
    assert report["thumb_url"] is not None


async def test_an_agencys_program_says_how_far_it_is(
    client: Client,
    key_for: Act,
    public: str,
    as_staff: Callable[..., Caller],
    act: Act,
    pothole: bytes,
    draw: Callable[..., bytes],
) -> None:
    agency = await key_for(agency_id=str(agency_of(HAC_THANH)))
    stranger = await key_for()
    moderator = as_staff("moderator", areas=["38"])
    queue = (await moderator.get("/v1/feedback/desk/reports?limit=100")).json()["items"]
    (report,) = [each for each in queue if each["code"] == public]
    await act(
        moderator, "desk", report, "assignments", json={"agency_id": str(agency_of(HAC_THANH))}
    )

    async def say(update_id: str, status: str, *, shown: str = agency, **more: Any) -> Any:
        form = {
            "api_key": shown,
            "update_id": update_id,
            "service_request_id": public,
            "status": status,
            **more.pop("form", {}),
        }
        return await client.post(f"{HERE}/servicerequestupdates.json", data=form, **more)

    began = [await say("1", "IN_PROGRESS") for _ in range(2)]
    files = {"media": ("after.jpg", draw("lamp", minute=7), "image/jpeg")}
    said = {"description": "Đã vá ổ gà và lu lèn, nghiệm thu xong."}
    without = await say("2", "FIXED", form=said)
    fixed = await say("3", "FIXED", form=said, files=files)
    listed = (
        await client.get(f"{HERE}/servicerequestupdates.json?service_request_id={public}")
    ).json()

    assert [each.status_code for each in began] == [200, 200], began[0].text
    assert without.status_code == 400
    assert fixed.status_code == 200, fixed.text
    assert (await say("4", "IN_PROGRESS", shown=stranger)).status_code == 403
    kinds = [each["description"] for each in listed]
    assert kinds.count("Cơ quan nhận xử lý") == 1
    assert xml(await client.get(f"{HERE}/servicerequestupdates.xml")).tag == (
        "service_request_updates"
    )
