"""Services that ask: what is asked, how it is answered, and every answer that is wrong."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from backend.kernel import VIETNAM
from backend.testing import Caller, Client, Clock
from tests.feedback.open311.asking import HERE, xml

Act = Callable[..., Awaitable[Any]]
DRAINS = {
    "group": "environment",
    "label_vi": "Thoát nước",
    "label_en": "Drains",
    "help_vi": "Cống tắc, nắp cống vỡ.",
    "help_en": "Blocked drains, broken covers.",
    "precision": "street",
    "publishable": True,
    "anonymous": True,
    "evidence": "text",
    "reason": "Hỏi rõ để cử đúng đội đi xử lý.",
    "questions": [
        {"code": "lane", "label_vi": "Trên làn nào?", "label_en": "In which lane?"}
        | {"datatype": "information"},
        {
            "code": "fault",
            "label_vi": "Hỏng gì?",
            "label_en": "What is wrong?",
            "datatype": "singlevaluelist",
            "required": True,
            "options": [
                {"code": "blocked", "label_vi": "Tắc", "label_en": "Blocked"},
                {"code": "cover", "label_vi": "Vỡ nắp", "label_en": "Broken cover"},
            ],
        },
        {
            "code": "width",
            "label_vi": "Miệng rộng bao nhiêu mét?",
            "label_en": "How wide is it, in metres?",
            "datatype": "number",
            "required": True,
            "max": 5,
            "show_if": {"code": "fault", "in": ["cover"]},
        },
        {
            "code": "risk",
            "label_vi": "Ai dễ gặp nạn?",
            "label_en": "Who is in danger?",
            "datatype": "multivaluelist",
            "options": [
                {"code": "riders", "label_vi": "Xe máy", "label_en": "Riders"},
                {"code": "children", "label_vi": "Trẻ em", "label_en": "Children"},
            ],
        },
    ],
}


@pytest.fixture
async def drains(as_staff: Callable[..., Caller], clock: Clock) -> str:
    """A service that asks four things, of which one is only told."""
    path = "/v1/feedback/config/categories/drains/versions"
    admin = as_staff("admin", areas=["38"])
    if (await admin.get(path)).status_code != 200:
        today = f"{clock.now.astimezone(VIETNAM):%Y-%m-%d}"
        body = {**DRAINS, "valid_from": today}
        made = await admin.post(path, json=body, headers={"If-Match": '"0"'})
        assert made.status_code == 201, made.text
        clock.advance(seconds=61)  # so long a process may be behind
    return "drains"


async def test_a_service_says_what_it_asks_in_both_forms(client: Client, drains: str) -> None:
    services = (await client.get(f"{HERE}/services.json")).json()
    definition = (
        await client.get(f"{HERE}/services/{drains}.json", headers={"Accept-Language": "en"})
    ).json()
    written = xml(await client.get(f"{HERE}/services/{drains}.xml"))

    assert [each["metadata"] for each in services if each["service_code"] == drains] == [True]
    lane, fault, width, _ = definition["attributes"]
    assert (lane["variable"], lane["required"], lane["datatype"]) == (False, False, "text")
    assert (fault["variable"], fault["required"]) == (True, True)
    assert fault["values"] == [
        {"key": "blocked", "name": "Blocked"},
        {"key": "cover", "name": "Broken cover"},
    ]
    assert (width["required"], width["datatype"]) == (False, "number")  # of some alone
    assert width["datatype_description"] == "Only when “What is wrong?” is: Broken cover"
    assert [each["order"] for each in definition["attributes"]] == [1, 2, 3, 4]
    assert written.tag == "service_definition"
    assert written.findtext("service_code") == drains
    found = written.findall("attributes/attribute")
    assert [each.findtext("code") for each in found] == ["lane", "fault", "width", "risk"]
    assert [each.findtext("key") for each in found[3].findall("values/value")] == [
        "riders",
        "children",
    ]


async def test_what_a_service_asks_is_answered_by_attributes(
    file311: Act, drains: str, as_staff: Callable[..., Caller]
) -> None:
    answers = {
        "attribute[fault]": "cover",
        "attribute[width]": "1.5",
        "attribute[risk][]": ["riders", "children"],
    }

    filed = await file311(service_code=drains, **answers)
    again = await file311(service_code=drains, **answers)
    other = await file311(service_code=drains, **{**answers, "attribute[width]": "2"})

    assert filed.status_code == 200, filed.text
    code = filed.json()[0]["service_request_id"]
    assert again.json() == filed.json()
    assert other.json()[0]["service_request_id"] != code
    moderator = as_staff("moderator", areas=["38"])
    queue = (await moderator.get("/v1/feedback/desk/reports?limit=100")).json()["items"]
    (report,) = [each for each in queue if each["code"] == code]
    desk = (await moderator.get(f"/v1/feedback/desk/reports/{report['id']}")).json()
    assert [card["words"] for card in desk["answers"]] == [
        ["Vỡ nắp"],
        ["1.5"],
        ["Xe máy", "Trẻ em"],
    ]


@pytest.mark.parametrize("ending", ["json", "xml"])
async def test_every_attribute_that_is_wrong_is_named(
    file311: Act, drains: str, ending: str
) -> None:
    wrong = {"attribute[fault]": "cover", "attribute[width]": "broad", "attribute[risk][]": "cats"}

    without = await file311("json", service_code=drains)
    refused = await file311(ending, service_code=drains, lat="here", **wrong)

    assert without.status_code == refused.status_code == 400
    assert ["attribute[fault]" in each["description"] for each in without.json()] == [True]
    if ending == "json":
        said = [each["description"] for each in refused.json()]
    else:
        said = [each.findtext("description") or "" for each in xml(refused).findall("error")]
    assert [each.partition(":")[0] for each in said] == [
        "lat",
        "attribute[width]",
        "attribute[risk]",
    ]


async def test_a_service_that_is_not_there_is_not_found(file311: Act) -> None:
    answer = await file311(service_code="nonsense")

    assert answer.status_code == 404
    assert answer.json()[0]["code"] == 404
