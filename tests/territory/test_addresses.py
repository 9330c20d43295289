"""Old and new addresses, read from the right."""

import logging
from collections.abc import Callable
from typing import Any

import pytest

from backend.testing import Caller, Client

SPLIT = "phuong dong tho, tp thanh hoa"


async def resolve(client: Client, text: str, **more: Any) -> dict[str, Any]:
    answer = await client.post("/v1/territory/address-resolutions", json={"text": text, **more})
    assert answer.status_code == 200, answer.text
    return answer.json()


def codes(resolution: dict[str, Any]) -> list[str]:
    return [each["unit"]["code"] for each in resolution["candidates"]]


@pytest.mark.parametrize(
    "text",
    [
        SPLIT,
        "12 Lê Lợi, P.Đông Thọ, TP.Thanh Hoá, tỉnh Thanh Hóa, Việt Nam",
        "12 le loi phuong dong tho thanh pho thanh hoa",
    ],
)
async def test_a_split_ward_leaves_two_candidates_and_says_what_would_decide(
    client: Client, text: str
) -> None:
    answer = await resolve(client, text)

    assert codes(answer) == ["14758", "14797"]
    assert {each["written_as"]["name"] for each in answer["candidates"]} == {"Phường Đông Thọ"}
    assert answer["certain"] is False
    assert answer["needs"] == ["point", "street"]


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Thôn 3, xã Hoằng Giang, huyện Hoằng Hóa, tỉnh Thanh Hóa", "Xã Hoằng Giang"),
        ("thị trấn Bút Sơn, Hoằng Hóa, Thanh Hóa, Việt Nam", "Xã Hoằng Hóa"),
        ("Phường Hạc Thành, Thanh Hóa", "Phường Hạc Thành"),
        ("số 5, P Hac Thanh, tinh Thanh Hoa, 440000", "Phường Hạc Thành"),
        ("xã Hoằng Hóa, huyện Hoằng Hóa", "Xã Hoằng Hóa"),
        ("xã Đông Anh, huyện Đông Sơn", "Phường Đông Sơn"),
        ("xã Quảng Phú, huyện Thọ Xuân", "Xã Xuân Tín"),
        ("phuong hac thanhh", "Phường Hạc Thành"),
        ("phường Hạc Thành, TP Thanh Hóa, chợ, gần ga", "Phường Hạc Thành"),
        ("xã Đông Thịnh, huyện Đông Sơn", "Phường Đông Sơn"),
    ],
)
async def test_an_address_that_says_enough_has_one_unit(
    client: Client, text: str, name: str
) -> None:
    answer = await resolve(client, text)

    assert [each["unit"]["name"] for each in answer["candidates"]] == [name]
    assert answer["certain"] is True
    assert answer["needs"] == []


async def test_without_its_district_a_common_name_gives_several(client: Client) -> None:
    answer = await resolve(client, "Phú Xuân")

    assert len(codes(answer)) > 1
    assert answer["certain"] is False
    assert "district" in answer["needs"]


async def test_an_address_can_be_resolved_for_a_day_before_the_reform(client: Client) -> None:
    answer = await resolve(client, SPLIT, on="2025-06-30")

    assert [each["unit"]["name"] for each in answer["candidates"]] == ["Phường Đông Thọ"]
    assert answer["certain"] is True


@pytest.mark.parametrize("text", ["ở đâu đó", "123", ",,,", "tỉnh", "huyện , xã", "phường 5"])
async def test_an_address_of_nowhere_has_no_candidate(client: Client, text: str) -> None:
    answer = await resolve(client, text)

    assert answer == {"candidates": [], "certain": False, "needs": []}


@pytest.mark.parametrize(("text", "status"), [("", 400), (" ", 422), ("a" * 301, 400)])
async def test_nothing_and_too_much_are_refused(client: Client, text: str, status: int) -> None:
    answer = await client.post("/v1/territory/address-resolutions", json={"text": text})

    assert answer.status_code == status


async def test_a_question_by_post_may_carry_a_key_though_nothing_is_kept(
    as_citizen: Callable[..., Caller],
) -> None:
    citizen, path = as_citizen(), "/v1/territory/address-resolutions"

    first = await citizen.post(path, key="the same", json={"text": SPLIT})
    other = await citizen.post(path, key="the same", json={"text": "Phường Hạc Thành"})

    assert (first.status_code, other.status_code) == (200, 200)
    assert len(first.json()["candidates"]) == 2
    assert len(other.json()["candidates"]) == 1


async def test_an_address_appears_in_no_log(
    client: Client, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)

    await resolve(client, "nhà bà Nguyễn Thị Bí-Mật, phường Đông Thọ, TP Thanh Hóa")

    assert "Bí-Mật" not in caplog.text + "".join(capfd.readouterr())


async def test_a_point_decides_nothing_without_boundaries(client: Client) -> None:
    answer = await resolve(client, SPLIT, location={"lat": 19.82, "lon": 105.77})

    assert codes(answer) == ["14758", "14797"]
    assert answer["certain"] is False
