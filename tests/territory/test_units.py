"""Units with their dates, through the front door."""

import pytest

from backend.testing import Client
from modules.territory.facts import _SPLITS as SPLITS
from modules.territory.facts import _TRAPS as TRAPS

LAST_DAY_OF_DISTRICTS = "2025-06-30"
REFORM = "2025-07-01"


async def communes(client: Client, on: str) -> list[dict[str, str]]:
    """All communes of Thanh Hóa on a day, page by page."""
    path = f"/v1/territory/units?province=38&level=commune&on={on}&limit=500"
    page = (await client.get(path)).json()
    found = page["items"]
    while page["next_cursor"]:
        page = (await client.get(f"{path}&cursor={page['next_cursor']}")).json()
        found += page["items"]
    return found


async def test_a_fresh_database_counts_the_communes_of_today(client: Client) -> None:
    found = await communes(client, REFORM)

    kinds = [unit["kind"] for unit in found]
    assert (len(found), kinds.count("commune"), kinds.count("ward")) == (166, 147, 19)
    assert (found[0]["code"], found[-1]["code"]) == ("14758", "16654")


async def test_a_fresh_database_counts_the_communes_of_before(client: Client) -> None:
    found = await communes(client, LAST_DAY_OF_DISTRICTS)

    assert len(found) == len({unit["code"] for unit in found}) == 547


async def test_there_were_26_districts_and_there_are_none(client: Client) -> None:
    before = await client.get(f"/v1/territory/units?level=district&on={LAST_DAY_OF_DISTRICTS}")
    after = await client.get(f"/v1/territory/units?level=district&on={REFORM}")

    assert (len(before.json()["items"]), len(after.json()["items"])) == (26, 0)


async def test_one_code_names_two_wards_on_two_days(client: Client) -> None:
    before = await client.get(f"/v1/territory/units/14797?on={LAST_DAY_OF_DISTRICTS}")
    after = await client.get(f"/v1/territory/units/14797?on={REFORM}")
    history = await client.get("/v1/territory/units/14797/history")

    assert before.json()["name"] == "Phường Đông Hải"
    assert after.json()["name"] == "Phường Hạc Thành"
    assert [unit["name"] for unit in history.json()["units"]] == [
        "Phường Đông Hải",
        "Phường Hạc Thành",
    ]


@pytest.mark.parametrize(("code", "name"), TRAPS.items())
async def test_todays_names_are_those_of_the_decree_and_not_of_its_draft(
    client: Client, code: str, name: str
) -> None:
    unit = await client.get(f"/v1/territory/units/{code}?on={REFORM}")

    assert unit.json()["name"] == name


@pytest.mark.parametrize(("old", "heirs"), SPLITS.items())
async def test_a_split_commune_has_every_heir_and_no_favourite(
    client: Client, old: str, heirs: set[str]
) -> None:
    path = f"/v1/territory/units/{old}/successors?was_on={LAST_DAY_OF_DISTRICTS}"
    answer = (await client.get(path)).json()

    assert {unit["code"] for unit in answer["candidates"]} == heirs
    assert answer["certain"] is False
    assert answer["needs"] == ["point", "street"]


async def test_a_whole_commune_has_one_heir(client: Client) -> None:
    path = f"/v1/territory/units/14755/successors?was_on={LAST_DAY_OF_DISTRICTS}"
    answer = (await client.get(path)).json()

    assert [unit["name"] for unit in answer["candidates"]] == ["Phường Hàm Rồng"]
    assert answer["certain"] is True


async def test_a_code_without_a_date_may_mean_several_units(client: Client) -> None:
    answer = (await client.get("/v1/territory/units/14758/successors")).json()

    # Phường Đông Thọ bore it and was split; Phường Hàm Rồng bears it.
    assert {unit["code"] for unit in answer["candidates"]} == {"14758", "14797"}
    assert answer["certain"] is False
    assert answer["needs"] == ["date", "point", "street"]


async def test_a_district_lives_on_in_the_heirs_of_its_communes(client: Client) -> None:
    answer = (await client.get("/v1/territory/units/384/successors")).json()

    assert {"Xã Mường Lát", "Xã Mường Chanh"} <= {unit["name"] for unit in answer["candidates"]}
    assert answer["certain"] is False


async def test_a_ward_tells_what_it_was_made_from(client: Client) -> None:
    answer = (await client.get(f"/v1/territory/units/14797/predecessors?on={REFORM}")).json()

    kinds = {each["unit"]["code"]: each["kind"] for each in answer["predecessors"]}
    assert len(kinds) == 12
    assert kinds["14758"] == "partial"
    assert kinds["14797"] == "whole"


async def test_a_code_of_another_time_is_told_when_it_lived(client: Client) -> None:
    answer = await client.get(f"/v1/territory/units/14755?on={REFORM}")

    assert answer.status_code == 404
    assert answer.json()["type"].endswith("/territory/unknown-unit")
    assert answer.json()["lived"] == "../2025-06-30"


async def test_a_code_that_never_was_is_unknown(client: Client) -> None:
    answer = await client.get("/v1/territory/units/99999")

    assert answer.status_code == 404


@pytest.mark.parametrize(
    "path",
    [
        "units/4",
        "units/14797?on=yesterday",
        "units?province=Thanh",
        "units?level=village",
        "units?limit=501",
        "units?limit=0",
        "units?parent=4",
        "units?cursor=forged",
        "units/14797/successors?was_on=2025-13-01",
    ],
)
async def test_what_does_not_fit_the_description_is_refused(client: Client, path: str) -> None:
    answer = await client.get(f"/v1/territory/{path}")

    assert answer.status_code == 400, answer.text


async def test_pages_follow_one_another_without_gap_or_repetition(client: Client) -> None:
    path = "/v1/territory/units?level=commune&limit=100"
    first = (await client.get(path)).json()
    second = (await client.get(f"{path}&cursor={first['next_cursor']}")).json()

    codes = [unit["code"] for unit in first["items"] + second["items"]]
    assert len(codes) == 166
    assert codes == sorted(set(codes))
    assert second["next_cursor"] is None


async def test_a_cursor_is_good_for_its_own_filters_alone(client: Client) -> None:
    first = (await client.get("/v1/territory/units?level=commune&limit=100")).json()

    other = await client.get(f"/v1/territory/units?limit=100&cursor={first['next_cursor']}")

    assert other.status_code == 400


async def test_an_answer_may_be_kept_for_an_hour(client: Client) -> None:
    first = await client.get("/v1/territory/units/14797")
    same = await client.get("/v1/territory/units/14797")
    other = await client.get(f"/v1/territory/units/14797?on={LAST_DAY_OF_DISTRICTS}")

    assert first.headers["cache-control"] == "public, max-age=3600"
    assert first.headers["etag"].startswith('"')
    assert first.headers["etag"] == same.headers["etag"] != other.headers["etag"]


async def test_who_has_the_answer_already_is_not_sent_it_again(client: Client) -> None:
    first = await client.get("/v1/territory/units/14797")

    again = await client.get(
        "/v1/territory/units/14797", headers={"If-None-Match": first.headers["etag"]}
    )

    assert again.status_code == 304
    assert again.content == b""


async def test_the_whole_list_is_a_file_that_never_changes(client: Client) -> None:
    version = (await client.get("/v1/territory/datasets")).json()["units_version"]

    file = await client.get(f"/v1/territory/datasets/{version}/units.json")
    other = await client.get(f"/v1/territory/datasets/{'0' * 64}/units.json")

    assert (len(file.json()["units"]), len(file.json()["handovers"])) == (740, 558)
    assert "immutable" in file.headers["cache-control"]
    assert other.status_code == 404


async def test_the_lists_say_where_they_come_from(client: Client) -> None:
    loaded = (await client.get("/v1/territory/datasets")).json()["loaded"]

    units = next(each for each in loaded if each["register"] == "units")
    assert units["as_of"] == REFORM
    assert "vietnamadminunits 1.0.4" in units["source"]
    assert units["licence"] == "MIT"
