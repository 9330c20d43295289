"""Papers that people declare of themselves: kept, hidden, replaced, and nobody else's."""

from collections.abc import Callable
from typing import Any

import pytest

from backend.identity.scopes import PAPERS, READ, WRITE
from backend.testing import Caller


@pytest.fixture
def new_citizen(as_citizen: Callable[..., Caller]) -> Callable[..., Caller]:
    return lambda **how: as_citizen(READ, WRITE, PAPERS, **how)


async def test_a_paper_is_declared_hidden_and_replaced(
    new_citizen: Callable[..., Caller],
) -> None:
    citizen = new_citizen(ial=2)

    first = await declare(citizen, "C1234567")
    second = await declare(citizen, "c7654-321")
    listed = (await citizen.get("/v1/account/identifiers")).json()["items"]

    assert (first.status_code, first.json()["masked"]) == (201, "•••••567")
    assert [(item["kind"], item["masked"], item["source"]) for item in listed] == [
        ("passport", "•••••321", "declared")
    ]
    assert second.json() == listed[0]


async def test_a_paper_of_somebody_else_is_refused_without_a_hint(
    new_citizen: Callable[..., Caller],
) -> None:
    owner, other = new_citizen(ial=2), new_citizen(ial=2)
    await declare(owner, "B1112223")

    taken = await declare(other, "B1112223")

    assert taken.status_code == 409
    assert taken.json()["type"].endswith("/identity/identifier-taken")
    assert str(owner.person_id) not in taken.text
    assert (await other.get("/v1/account/identifiers")).json() == {"items": []}


@pytest.mark.parametrize("value", ["123456789", "CC1234567", "C12345678901", "Ｃ1234567"])
async def test_a_paper_has_its_form(new_citizen: Callable[..., Caller], value: str) -> None:
    assert (await declare(new_citizen(ial=2), value)).status_code == 422


async def test_what_an_office_proves_cannot_be_declared(
    new_citizen: Callable[..., Caller],
) -> None:
    answer = await new_citizen(ial=2).post(
        "/v1/account/identifiers", json={"kind": "national_id", "value": "038099012345"}
    )

    assert answer.status_code == 400


async def test_papers_are_for_those_who_have_proved_who_they_are(
    new_citizen: Callable[..., Caller],
) -> None:
    weak = new_citizen(ial=0)

    assert (await weak.get("/v1/account/identifiers")).status_code == 401
    assert (await declare(weak, "C1234567")).status_code == 401


async def declare(citizen: Caller, value: str) -> Any:
    return await citizen.post("/v1/account/identifiers", json={"kind": "passport", "value": value})
