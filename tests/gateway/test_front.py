"""The outer stages as one application, where nothing goes as it should."""

import socket
from collections.abc import Mapping
from typing import Any

import httpx
import msgspec
import pytest

from backend.gateway import metrics
from backend.gateway.front import CutShort
from backend.host.settings import Settings

from .fronting import JSON, Around, answer, echo


@pytest.fixture(scope="module")
def settings(
    settings: Mapping[type[msgspec.Struct], msgspec.Struct],
) -> Mapping[type[msgspec.Struct], Any]:
    ours = settings[Settings]
    contact = "mailto:security@tinh.example"
    return {**settings, Settings: msgspec.structs.replace(ours, security_contact=contact)}


async def test_what_is_no_request_goes_to_the_application_as_it_is() -> None:
    seen: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    await Around(app).front({"type": "lifespan"}, None, None)

    assert seen == ["lifespan"]


async def test_an_answer_that_fails_after_it_began_ends_the_connection_and_is_logged() -> None:
    async def halfway(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [JSON]})
        await send({"type": "http.response.body", "body": b"[1,", "more_body": True})
        raise ValueError("0912345678")

    house = Around(halfway)

    with pytest.raises(CutShort) as cut:
        await house.ask()

    assert cut.value.__cause__ is None  # the server's log would quote it
    assert house.guard.counts["working"] == 0


async def test_an_answer_that_fails_before_it_began_is_another_answer() -> None:
    async def changes_its_mind(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [JSON]})
        raise ValueError

    told = await Around(changes_its_mind).ask()

    assert told.status == 500
    assert msgspec.json.decode(told.body)["type"] == "about:blank"


async def test_a_failure_to_tell_somebody_who_is_gone_is_no_failure() -> None:
    async def listens(scope: Any, receive: Any, send: Any) -> None:
        if (await receive())["type"] == "http.disconnect":
            raise ConnectionError

    async def gone() -> Any:
        return {"type": "http.disconnect"}

    kind = (b"content-type", b"application/octet-stream")
    told = await Around(listens).ask(
        "POST", headers=[kind, (b"content-length", b"9")], receive=gone
    )

    assert told.status == 0


async def test_an_application_may_go_on_listening_after_the_body() -> None:
    heard: list[str] = []

    async def patient(scope: Any, receive: Any, send: Any) -> None:
        heard.extend([(await receive())["type"] for _ in range(2)])
        await answer(send, b"{}")

    for kind in (JSON, (b"content-type", b"image/jpeg")):
        messages = [
            {"type": "http.request", "body": b"{}", "more_body": False},
            {"type": "http.disconnect"},
        ]

        async def receive(messages: Any = messages) -> Any:
            return messages.pop(0)

        await Around(patient).ask(
            "POST", headers=[kind, (b"content-length", b"2")], receive=receive
        )

    assert heard == ["http.request", "http.disconnect"] * 2


async def test_an_empty_body_needs_no_kind() -> None:
    chunked = (b"transfer-encoding", b"chunked")

    assert (await Around(echo).ask("POST", headers=[(b"content-length", b"0")])).status == 200
    assert (await Around(echo).ask("POST", headers=[JSON, chunked])).status == 200


async def test_options_names_every_method_of_a_path(client: Any) -> None:
    told = await client.options("/v1/sample/lists")
    things = await client.options("/v1/sample/things/0198c3a0-7e1c-7000-8000-000000000000")

    assert told.headers["allow"] == things.headers["allow"] == "GET, HEAD, OPTIONS"


async def test_a_stranger_finds_the_descriptions_and_whom_to_tell_of_a_weakness(
    client: Any,
) -> None:
    catalogue = await client.get("/.well-known/api-catalog")
    security = await client.get("/.well-known/security.txt")

    (links,) = catalogue.json()["linkset"]
    assert catalogue.headers["content-type"].startswith("application/linkset+json")
    described = links["service-desc"][0]["href"].removeprefix("http://testserver.local")
    assert (await client.get(described)).status_code == 200
    assert security.headers["content-type"] == "text/plain; charset=utf-8"
    assert "Contact: mailto:security@tinh.example\n" in security.text
    assert "Expires: 20" in security.text


@pytest.mark.parametrize("is_shared", [False, True])
async def test_figures_are_served_on_the_loopback_alone(
    is_shared: bool,  # noqa: FBT001 - a parameter of pytest's
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Any,
    client: Any,
) -> None:
    await client.get("/v1/sample/lists")
    if is_shared:
        monkeypatch.setenv(metrics.SHARED, str(tmp_path))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    metrics.listen(port)

    async with httpx.AsyncClient(timeout=60) as outside:
        told = await outside.get(f"http://127.0.0.1:{port}/metrics")
    assert told.status_code == 200
    assert ("tinhs_request_seconds_bucket" in told.text) is not is_shared  # no worker has shared
