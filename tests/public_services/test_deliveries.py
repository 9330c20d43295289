"""What a source tells is taken when it is signed just now, and once."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from backend.kernel import Module, Secret
from backend.local.roles import DatabaseUrls
from backend.testing import Client, Clock
from modules.public_services.service.webhooks import signature
from modules.public_services.settings import Settings as Ours
from tests.public_services.dossiers import NUMBER, dossier, progress

DOOR = "/v1/public-services/connector/deliveries"
OLD, NEW = "whsec_b2xkIHNlY3JldA==", "whsec_bmV3IHNlY3JldA=="


@pytest.fixture(scope="module")
def settings(
    settings: Mapping[type[msgspec.Struct], msgspec.Struct],
    modules: Sequence[Module],
    database: DatabaseUrls,
) -> Mapping[type[msgspec.Struct], msgspec.Struct]:
    return {**settings, Ours: Ours(delivery_secrets=Secret(f"{OLD}, {NEW}"))}


def body(code: str) -> bytes:
    told = {"dossiers": [dossier(code)], "progress": [progress(4, "20260105090000", code)]}
    return msgspec.json.encode({"type": "dossiers", "data": told})


async def send(client: Client, clock: Clock, content: bytes, **more: Any) -> Any:
    webhook_id = more.get("id", uuid4().hex)
    sent = str(int(clock.now.timestamp()) + more.get("late", 0))
    signed = signature(more.get("secret", NEW), webhook_id, sent, more.get("signed", content))
    headers = {
        "webhook-id": webhook_id,
        "webhook-timestamp": sent,
        "webhook-signature": f"v1a,other {signed}",
        "content-type": "application/json",
    }
    return await client.post(DOOR, content=content, headers=headers)


def test_a_signature_is_that_of_the_standard() -> None:
    # The vector of the libraries that the standard itself publishes.
    signed = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "1614265330",
        b'{"test": 2432232314}',
    )

    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_a_signed_delivery_is_taken_once(client: Client, clock: Clock) -> None:
    content = body("H56.22-260105-1001")

    first = await send(client, clock, content, id="a")
    again = await send(client, clock, content, id="a")
    rotated = await send(client, clock, content, secret=OLD)
    seen = await client.post(
        "/v1/public-services/dossier-lookups",
        json={"code": "H56.22-260105-1001", "factor": NUMBER[-6:]},
    )

    assert first.status_code == again.status_code == rotated.status_code == 202
    assert first.json() == again.json() == {"accepted": 2, "unchanged": 0, "refused": []}
    assert rotated.json() == {"accepted": 0, "unchanged": 2, "refused": []}
    assert seen.json()["standing"]["status"] == 4


@pytest.mark.parametrize(
    "forged",
    [
        {"secret": "whsec_c3RyYW5nZXI="},
        {"late": -301},
        {"late": 301},
        {"signed": b"{}"},
    ],
    ids=["another secret", "too old", "too early", "another body"],
)
async def test_a_forged_delivery_is_refused(
    client: Client, clock: Clock, forged: dict[str, Any]
) -> None:
    answer = await send(client, clock, body("H56.22-260105-1002"), **forged)

    assert answer.status_code == 401
    assert answer.json()["type"].endswith("/public_services/bad-signature")


async def test_an_id_belongs_to_one_body(client: Client, clock: Clock) -> None:
    await send(client, clock, body("H56.22-260105-1003"), id="mine")

    other = await send(client, clock, body("H56.22-260105-1004"), id="mine")

    assert other.status_code == 401


async def test_what_cannot_be_read_or_is_too_large_is_said(client: Client, clock: Clock) -> None:
    nonsense = await send(client, clock, b'{"data": 3}')
    large = await send(client, clock, b" " * (1024 * 1024 + 1))

    assert (nonsense.status_code, large.status_code) == (422, 413)
