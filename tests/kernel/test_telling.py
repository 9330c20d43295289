"""What a module tells is heard by those who subscribed, after the commit and once."""

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar
from uuid import UUID

import pytest
from litestar import post
from litestar.params import JSONBody
from msgspec import Struct

from backend.kernel import (
    Anyone,
    DomainError,
    Injected,
    Module,
    Transaction,
    on,
)
from backend.testing import Client
from contracts.event import Event

heard: list[int] = []


class Rung(Event, frozen=True, kw_only=True, tag="bell.rung.v1"):
    about: ClassVar[str] = "bell_id"

    bell_id: UUID
    times: int


class Ring(Struct, frozen=True, kw_only=True):
    times: int


class Cracked(DomainError):
    slug = "bell/cracked"


@post("/rings", guards=[Anyone()], status_code=200)
async def ring(data: JSONBody[Ring], tx: Injected[Transaction]) -> None:
    await tx.publish(Rung(bell_id=tx.new_id(), times=data.times))
    if data.times > 12:
        raise Cracked


async def hear(tx: Transaction, event: Rung) -> None:
    heard.append(event.times)


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return [
        Module(name="bell", routes=(ring,)),
        Module(name="ear", subscriptions=(on(Rung, hear, name="ear.hear"),)),
    ]


async def test_an_event_is_heard_once_and_a_refused_one_never(
    client: Client,
    drain: Callable[[], Awaitable[list[str]]],
    told: Callable[[type[Rung]], Awaitable[list[Rung]]],
) -> None:
    kept = await client.post("/v1/bell/rings", json={"times": 3})
    refused = await client.post("/v1/bell/rings", json={"times": 13})

    assert (kept.status_code, refused.status_code) == (200, 409)
    assert [event.times for event in await told(Rung)] == [3]
    assert await drain() == ["done"]
    assert await drain() == []
    assert heard == [3]
