"""Finding a unit by what people type."""

import pytest

from backend.testing import Client


async def search(client: Client, q: str, **more: str) -> list[dict[str, str]]:
    answer = await client.get("/v1/territory/search", params={"q": q, **more})
    return answer.json()["hits"]


@pytest.mark.parametrize("typed", ["hoằng hoá", "Hoang Hoa", "HOẰNG HÓA", "ho\u0061\u0300ng hoá"])
async def test_marks_and_capitals_do_not_matter(client: Client, typed: str) -> None:
    hits = await search(client, typed)

    assert (hits[0]["code"], hits[0]["name"]) == ("15865", "Xã Hoằng Hóa")


async def test_two_communes_that_differ_by_marks_alone_are_both_found(client: Client) -> None:
    hits = await search(client, "dong tien")

    today = {hit["code"] for hit in hits if hit["matched"] == "current"}
    assert today == {"15853", "15724"}


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("đông tiến", "15853"),
        ("đồng tiến", "15724"),
        ("phường dong tien", "15853"),
        ("P. Dong Tien", "15853"),
        ("xa dong tien", "15724"),
    ],
)
async def test_what_is_typed_more_exactly_decides(client: Client, typed: str, code: str) -> None:
    hits = await search(client, typed)

    assert hits[0]["code"] == code


@pytest.mark.parametrize("typed", ["hoangh hoa", "haong hoa", "hoamg hoa", "hoaang hoa"])
async def test_one_slip_in_a_long_syllable_is_forgiven(client: Client, typed: str) -> None:
    hits = await search(client, typed)

    assert hits[0]["code"] == "15865"


@pytest.mark.parametrize("typed", ["hoan hoa", "hoang hia", "haogn haoa"])
async def test_a_slip_in_a_short_one_and_a_second_slip_are_not(client: Client, typed: str) -> None:
    hits = await search(client, typed)

    assert "15865" not in {hit["code"] for hit in hits}


async def test_a_name_is_found_while_it_is_being_typed(client: Client) -> None:
    hits = await search(client, "hac th")

    assert hits[0]["name"] == "Phường Hạc Thành"


async def test_a_former_unit_says_so_and_when_it_lived(client: Client) -> None:
    (hit,) = await search(client, "Đông Khê")

    assert hit["matched"] == "former"
    assert hit["valid_to"] == "2025-07-01"
    assert hit["within"] == "Thành phố Thanh Hóa, Tỉnh Thanh Hóa"


async def test_a_unit_is_found_by_a_name_it_had_before(client: Client) -> None:
    hits = await search(client, "hoang long")

    found = [(hit["name"], hit["matched"], hit.get("alias")) for hit in hits]
    assert ("Phường Long Anh", "alias", "Hoang Long") in found


async def test_a_unit_that_only_went_on_is_found_once(client: Client) -> None:
    hits = await search(client, "Mường Lý")

    assert [hit["matched"] for hit in hits] == ["current"]


async def test_a_day_before_the_reform_knows_nothing_of_it(client: Client) -> None:
    assert await search(client, "Hạc Thành", on="2025-06-30") == []


async def test_another_province_has_none_of_ours(client: Client) -> None:
    assert await search(client, "Hạc Thành", province="40") == []


@pytest.mark.parametrize("typed", ["x", "xã", "'", "%", "中文", "p", "1", "a " * 49, "-" * 100])
async def test_anything_may_be_typed(client: Client, typed: str) -> None:
    answer = await client.get("/v1/territory/search", params={"q": typed})

    assert answer.status_code == 200
    assert len(answer.json()["hits"]) <= 20


@pytest.mark.parametrize("typed", ["", "a" * 101])
async def test_nothing_and_too_much_are_refused(client: Client, typed: str) -> None:
    answer = await client.get("/v1/territory/search", params={"q": typed})

    assert answer.status_code == 400
