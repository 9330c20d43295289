"""The register of agencies: read by anyone, kept by officers."""

import asyncio
from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from backend.kernel import Transaction
from backend.kernel.database import Connection
from backend.testing import Caller, Client
from contracts.territory import AgencyRegister, CompetenceRole
from modules.territory.scopes import EDIT

NOBODYS = "01900000-0000-7000-8000-000000000000"
AGENCIES = "/v1/territory/agencies"
COMPETENCES = "/v1/territory/competences"
TODAY = date(2026, 1, 5)

OFFICE: dict[str, Any] = {
    "name": "Trạm Đèn đường",
    "kind": "other",
    "unit_code": "14797",
    "valid_from": "2025-08-01",
}


@pytest.fixture
def editor(as_staff: Callable[..., Caller]) -> Caller:
    return as_staff(*EDIT.roles)


@pytest.fixture
async def office(editor: Caller) -> dict[str, Any]:
    """An agency that was entered just now."""
    answer = await editor.post(AGENCIES, json=OFFICE)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_every_commune_has_its_committee_from_the_start(client: Client) -> None:
    found = (await client.get(f"{AGENCIES}?unit=14797&kind=commune_committee")).json()["items"]

    assert [agency["name"] for agency in found] == ["Ủy ban nhân dân phường Hạc Thành"]


async def test_agencies_come_page_by_page(client: Client) -> None:
    path, names = f"{AGENCIES}?kind=commune_committee&limit=100", []
    page = (await client.get(path)).json()
    names += [agency["name"] for agency in page["items"]]
    page = (await client.get(f"{path}&cursor={page['next_cursor']}")).json()
    names += [agency["name"] for agency in page["items"]]

    assert len(set(names)) == 166
    assert page["next_cursor"] is None


async def test_before_the_reform_none_of_them_was_there(client: Client) -> None:
    found = await client.get(f"{AGENCIES}?unit=14797&on=2025-06-30")

    assert found.json()["items"] == []


async def test_an_agency_is_found_by_its_identifier(client: Client) -> None:
    agency = (await client.get(f"{AGENCIES}/h56/H56")).json()

    assert agency["name"] == "Ủy ban nhân dân tỉnh Thanh Hóa"
    assert {each["scheme"]: each["confirmed"] for each in agency["identifiers"]} == {
        "h56": False,
        "tt10": False,
    }


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{AGENCIES}/h56/H57", 404),
        (f"{AGENCIES}/h56/H56?on=1999-01-01", 404),
        (f"{AGENCIES}/h56/h56", 400),
        (f"{AGENCIES}/sms/H56", 400),
        (f"{AGENCIES}/{NOBODYS}", 404),
        (f"{AGENCIES}/not-an-id", 404),
        (f"{AGENCIES}?kind=pub", 400),
        (f"{AGENCIES}?unit=4", 400),
        (f"{COMPETENCES}?commune=38", 400),
        (f"{COMPETENCES}?subject=%27", 400),
        (f"{COMPETENCES}/{NOBODYS}", 404),
    ],
)
async def test_what_is_not_there_and_what_cannot_be(client: Client, path: str, status: int) -> None:
    answer = await client.get(path)

    assert answer.status_code == status, answer.text


async def test_an_officer_enters_an_agency_and_everybody_reads_it(
    client: Client, office: dict[str, Any]
) -> None:
    read = await client.get(f"{AGENCIES}/{office['id']}")

    assert read.json() == office
    assert office["version"] == 1
    assert read.headers["etag"] == '"1"'


async def test_what_officers_do_is_told(office: dict[str, Any], connection: Connection) -> None:
    told = await connection.fetchrow(
        "select type, payload from kernel.event where subject = $1", office["id"]
    )

    assert told["type"] == "territory.agency-changed.v1"
    assert told["payload"]["version"] == 1
    assert told["payload"]["changed_by"] is not None
    assert OFFICE["name"] not in str(told["payload"])


async def test_a_citizen_and_an_officer_of_another_role_change_nothing(
    client: Client, as_citizen: Callable[..., Caller], as_staff: Callable[..., Caller]
) -> None:
    nobody = await client.post(AGENCIES, json=OFFICE)
    citizen = await as_citizen(EDIT).post(AGENCIES, json=OFFICE)
    other = await as_staff("moderator").post(AGENCIES, json=OFFICE)

    assert (nobody.status_code, citizen.status_code, other.status_code) == (401, 403, 403)


async def test_a_change_names_the_version_it_was_made_from(
    editor: Caller, office: dict[str, Any]
) -> None:
    path, renamed = f"{AGENCIES}/{office['id']}", OFFICE | {"name": "Trạm Chiếu sáng"}

    blind = await editor.put(path, json=renamed)
    first = await editor.put(path, json=renamed, headers={"If-Match": '"1"'})
    second = await editor.put(path, json=OFFICE, headers={"If-Match": '"1"'})

    assert (blind.status_code, first.status_code, second.status_code) == (428, 200, 412)
    assert first.json()["name"] == "Trạm Chiếu sáng"
    assert first.headers["etag"] == '"2"'
    assert second.json()["current_version"] == 2


async def test_of_two_officers_at_once_one_wins(
    as_staff: Callable[..., Caller], office: dict[str, Any]
) -> None:
    officers = [as_staff(*EDIT.roles) for _ in range(2)]
    path = f"{AGENCIES}/{office['id']}"

    answers = await asyncio.gather(
        *(each.put(path, json=OFFICE, headers={"If-Match": '"1"'}) for each in officers)
    )

    assert sorted(answer.status_code for answer in answers) == [200, 412]


@pytest.mark.parametrize(
    ("change", "status", "slug"),
    [
        ({"unit_code": "14755"}, 422, "territory/unit-not-in-force"),
        ({"unit_code": "99999"}, 422, "territory/unit-not-in-force"),
        ({"parent_id": NOBODYS}, 422, "territory/unfit-parent"),
        ({"unit_code": "4"}, 400, ""),
        ({"name": " "}, 422, "kernel/inconsistent"),
        ({"valid_to": "2025-08-01"}, 422, "kernel/inconsistent"),
        ({"identifiers": [{"scheme": "h56"}]}, 400, ""),
    ],
)
async def test_an_agency_that_cannot_be_is_refused(
    editor: Caller, change: dict[str, Any], status: int, slug: str
) -> None:
    answer = await editor.post(AGENCIES, json=OFFICE | change)

    assert answer.status_code == status, answer.text
    assert answer.json()["type"].endswith(slug)


@pytest.mark.parametrize(
    "body",
    [
        b'{"name": "X", "kind": "pub", "valid_from": "\\ud800"}',
        b'{"name": "X", "kind": "pub", "valid_from": ',
        b'{"name": "\\ud800"}',
        b"\xff",
        b"",
    ],
)
async def test_what_is_no_json_after_a_fault_of_meaning_is_refused_too(
    editor: Caller, body: bytes
) -> None:
    answer = await editor.post(AGENCIES, content=body, headers={"Content-Type": "application/json"})

    assert answer.status_code == 400


async def test_an_agency_may_be_as_old_as_its_unit(editor: Caller) -> None:
    answer = await editor.post(
        AGENCIES, json=OFFICE | {"unit_code": "38", "valid_from": "1992-01-01"}
    )

    assert answer.status_code == 201


async def test_an_agency_does_not_belong_to_itself_not_even_by_way_of_another(
    editor: Caller, office: dict[str, Any]
) -> None:
    below = (await editor.post(AGENCIES, json=OFFICE | {"parent_id": office["id"]})).json()

    answer = await editor.put(
        f"{AGENCIES}/{office['id']}",
        json=OFFICE | {"parent_id": below["id"]},
        headers={"If-Match": '"1"'},
    )

    assert answer.status_code == 422
    assert answer.json()["type"].endswith("/territory/unfit-parent")


async def test_an_identifier_means_one_agency_at_a_time(
    client: Client, editor: Caller, office: dict[str, Any]
) -> None:
    path = f"{AGENCIES}/{office['id']}"
    mine = {"scheme": "h56", "value": "H56.99", "valid_from": "2025-08-01"}
    taken = mine | {"value": "H56"}

    given = await editor.put(
        path, json=OFFICE | {"identifiers": [mine]}, headers={"If-Match": '"1"'}
    )
    stolen = await editor.put(
        path, json=OFFICE | {"identifiers": [mine, taken]}, headers={"If-Match": '"2"'}
    )
    found = await client.get(f"{AGENCIES}/h56/H56.99")

    assert given.status_code == 200
    assert stolen.status_code == 409
    assert stolen.json()["type"].endswith("/territory/identifier-taken")
    assert found.json()["id"] == office["id"]
    assert len(found.json()["identifiers"]) == 1


def lighting(office: dict[str, Any], **more: str) -> dict[str, Any]:
    """The agency leads in matters of street lighting in its commune."""
    return {
        "agency_id": office["id"],
        "subject": "feedback.lighting",
        "unit_code": "14797",
        "role": "lead",
        "valid_from": "2025-08-01",
    } | more


async def test_a_competence_is_held_once_at_a_time(editor: Caller, office: dict[str, Any]) -> None:
    first = await editor.post(COMPETENCES, json=lighting(office, valid_to="2025-10-01"))
    again = await editor.post(COMPETENCES, json=lighting(office, valid_from="2025-09-30"))
    later = await editor.post(COMPETENCES, json=lighting(office, valid_from="2025-10-01"))

    assert (first.status_code, again.status_code, later.status_code) == (201, 409, 201)
    assert again.json()["type"].endswith("/territory/competence-held")


async def test_a_competence_can_be_let_end(
    client: Client, editor: Caller, office: dict[str, Any]
) -> None:
    subject = "feedback.kerbs"
    granted = (await editor.post(COMPETENCES, json=lighting(office, subject=subject))).json()
    path = f"{COMPETENCES}/{granted['id']}"

    ended = await editor.put(
        path,
        json=lighting(office, subject=subject, valid_to="2026-01-01"),
        headers={"If-Match": '"1"'},
    )
    stale = await editor.put(path, json=lighting(office), headers={"If-Match": '"1"'})
    now = await client.get(f"{COMPETENCES}?subject={subject}&commune=14797")
    then = await client.get(f"{COMPETENCES}?subject={subject}&commune=14797&on=2025-12-31")

    assert ended.status_code == 200, ended.text
    assert stale.status_code == 412
    assert now.json()["items"] == []
    assert [each["agency_name"] for each in then.json()["items"]] == [OFFICE["name"]]


async def test_a_competence_of_nobody_or_nowhere_is_refused(
    editor: Caller, office: dict[str, Any]
) -> None:
    nobody = await editor.post(COMPETENCES, json=lighting({"id": str(uuid4())}))
    nowhere = await editor.post(COMPETENCES, json=lighting(office, unit_code="14755"))

    assert (nobody.status_code, nowhere.status_code) == (404, 422)


async def test_others_ask_who_is_competent_and_the_nearest_answer_counts(
    editor: Caller, office: dict[str, Any], tx: Transaction
) -> None:
    register = tx.ask(AgencyRegister)
    department = (await editor.post(AGENCIES, json=OFFICE | {"unit_code": "38"})).json()
    wide = lighting(department, subject="feedback.signs", unit_code="38")
    await editor.post(COMPETENCES, json=wide)
    await editor.post(COMPETENCES, json=lighting(office, subject="feedback.signs"))

    here = await register.competent("feedback.signs", "14797", TODAY)
    next_door = await register.competent("feedback.signs", "14758", TODAY)
    too_early = await register.competent("feedback.signs", "14797", date(2025, 7, 1))
    helpers = await register.competent("feedback.signs", "14797", TODAY, CompetenceRole.COORDINATE)

    assert [str(agency.id) for agency in here] == [office["id"]]
    assert [str(agency.id) for agency in next_door] == [department["id"]]
    assert (too_early, helpers) == ((), ())


async def test_a_committee_answers_for_its_commune_where_nobody_narrower_does(
    tx: Transaction,
) -> None:
    register = tx.ask(AgencyRegister)

    (committee,) = await register.competent("feedback", "14797", TODAY)

    assert committee.name == "Ủy ban nhân dân phường Hạc Thành"
    assert await register.in_force(committee.id, TODAY) == committee
    assert await register.in_force(committee.id, date(2025, 6, 30)) is None
    assert await register.competent("feedback", "99999", TODAY) == ()


async def test_others_find_an_agency_by_its_identifier(tx: Transaction) -> None:
    register = tx.ask(AgencyRegister)

    found = await register.find("tt10", "000.00.00.H56", TODAY)

    assert found is not None
    assert found.kind == "province_committee"
    assert await register.find("tt10", "000.00.00.H99", TODAY) is None
