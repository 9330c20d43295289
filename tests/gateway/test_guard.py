"""What comes in is bounded: how much at once, how large, how slowly."""

import asyncio
from typing import Any

import pytest

from backend.gateway import guard as guard_module
from backend.gateway.guard import (
    FILE_BYTES_MAX,
    FORM_BYTES_MAX,
    HEADER_BYTES_MAX,
    JSON_BYTES_MAX,
    URL_BYTES_MAX,
)

from .fronting import JSON, Around, answer, body_of, echo

MULTIPART = (b"content-type", b"multipart/form-data; boundary=x")
FORM = (b"content-type", b"application/x-www-form-urlencoded")


def length(size: int) -> tuple[bytes, bytes]:
    return (b"content-length", b"%d" % size)


CHUNKED = (b"transfer-encoding", b"chunked")


class Slow:
    """An application that answers when it is let."""

    def __init__(self) -> None:
        self.go = asyncio.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await self.go.wait()
        await answer(send, b"{}")


async def test_over_the_limit_the_house_sheds_at_once_and_says_when_to_come_back() -> None:
    slow = Slow()
    house = Around(slow, working=4)
    waiting = [asyncio.ensure_future(house.ask("POST")) for _ in range(4)]
    await asyncio.sleep(0)

    shed = await house.ask("POST")
    health = await house.ask("GET", "/livez")
    slow.go.set()
    served = await asyncio.gather(*waiting)

    assert (shed.status, shed.slug) == (503, "kernel/overloaded")
    assert shed.headers[b"retry-after"] == b"1"
    assert health.status == 200  # health is never shed
    assert [told.status for told in served] == [200] * 4
    assert house.guard.counts == {"working": 0, "receiving": 0}


@pytest.mark.parametrize(
    ("method", "target"), [("POST", "/things"), ("GET", "/oauth/authorize"), ("GET", "/login/1")]
)
async def test_lookups_are_shed_before_those_who_have_something_to_lose(
    method: str, target: str
) -> None:
    slow = Slow()
    house = Around(slow, working=4)
    waiting = [asyncio.ensure_future(house.ask("GET")) for _ in range(3)]
    await asyncio.sleep(0)

    reader = await house.ask("GET")
    loser = asyncio.ensure_future(house.ask(method, target))
    slow.go.set()

    assert reader.status == 503
    assert (await loser).status == 200
    await asyncio.gather(*waiting)


async def test_uploads_on_their_way_do_not_keep_others_out() -> None:
    house = Around(echo, working=2, receiving=3)
    gates = [asyncio.Event() for _ in range(3)]

    def trickle(gate: asyncio.Event) -> Any:
        async def receive() -> Any:
            await gate.wait()
            return {"type": "http.request", "body": b"--x--", "more_body": False}

        return receive

    uploads = [
        asyncio.ensure_future(
            house.ask("POST", headers=[MULTIPART, CHUNKED], receive=trickle(gate))
        )
        for gate in gates
    ]
    await asyncio.sleep(0)

    other = await house.ask("GET")
    one_more = await house.ask("POST", headers=[MULTIPART, CHUNKED], parts=[b"--x--"])
    for gate in gates:
        gate.set()

    assert other.status == 200
    assert one_more.status == 503
    assert [told.status for told in await asyncio.gather(*uploads)] == [200] * 3
    assert house.guard.counts == {"working": 0, "receiving": 0}


async def test_a_stream_without_end_holds_no_place() -> None:
    over = asyncio.Event()

    async def stream(scope: Any, receive: Any, send: Any) -> None:
        kind = (b"content-type", b"text/event-stream")
        await send({"type": "http.response.start", "status": 200, "headers": [kind]})
        await over.wait()
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    house = Around(stream, working=1)
    listening = [asyncio.ensure_future(house.ask()) for _ in range(1)]
    await asyncio.sleep(0)

    assert house.guard.counts["working"] == 0
    over.set()
    assert (await listening[0]).status == 200
    assert house.guard.counts["working"] == 0


@pytest.mark.parametrize(
    ("method", "target", "headers", "status", "slug"),
    [
        ("GET", "/" + "a" * URL_BYTES_MAX, [], 414, "kernel/url-too-long"),
        ("GET", "/a", [(b"x", b"a" * HEADER_BYTES_MAX)], 431, "kernel/headers-too-large"),
        ("POST", "/a", [JSON, length(JSON_BYTES_MAX + 1)], 413, "kernel/body-too-large"),
        ("POST", "/a", [FORM, length(FORM_BYTES_MAX + 1)], 413, "kernel/body-too-large"),
        ("POST", "/oauth/jwks", [JSON, length(FORM_BYTES_MAX + 1)], 413, "kernel/body-too-large"),
        ("POST", "/a", [MULTIPART, length(FILE_BYTES_MAX + 1)], 413, "kernel/body-too-large"),
        (
            "POST",
            "/a",
            [JSON, length(9), (b"content-encoding", b"gzip")],
            415,
            "kernel/unsupported-media-type",
        ),
    ],
)
async def test_what_is_too_large_is_refused_before_it_is_read(
    method: str, target: str, headers: Any, status: int, slug: str
) -> None:
    house = Around(echo)

    async def late() -> Any:
        assert house.sent, "the body was read first"
        return {"type": "http.disconnect"}

    told = await house.ask(method, target, headers=headers, receive=late)

    assert (told.status, told.slug) == (status, slug)
    assert told.headers[b"content-type"] == b"application/problem+json"


@pytest.mark.parametrize(
    ("headers", "limit"),
    [([JSON, CHUNKED], JSON_BYTES_MAX), ([MULTIPART, CHUNKED], FILE_BYTES_MAX)],
)
async def test_chunks_without_end_are_cut_at_the_limit(headers: Any, limit: int) -> None:
    told_bytes = 0
    seen = 0

    async def endless() -> Any:
        nonlocal told_bytes
        told_bytes += 0 if house.sent else 65_536
        return {"type": "http.request", "body": b"a" * 65_536, "more_body": True}

    async def count(scope: Any, receive: Any, send: Any) -> None:
        nonlocal seen
        while True:
            seen += len((await receive())["body"])

    house = Around(count)

    told = await house.ask("POST", headers=headers, receive=endless)

    assert (told.status, told.slug) == (413, "kernel/body-too-large")
    assert told_bytes <= limit + 65_536
    assert seen <= limit


async def test_without_the_guard_chunks_are_kept_as_long_as_they_come() -> None:
    """The control: whoever reads a body by itself keeps whatever somebody sends."""
    much, sent = 10 * JSON_BYTES_MAX, 0

    async def generous() -> Any:
        nonlocal sent
        sent += 65_536
        return {
            "type": "http.request",
            "body": b"a" * 65_536,
            "more_body": sent < much,
        }

    assert len(await guard_module.body_of(generous)) >= much


async def test_a_body_of_an_unknown_kind_is_refused() -> None:
    house = Around(echo)

    for headers in ([length(2)], [length(2), (b"content-type", b"text/plain")]):
        told = await house.ask("POST", headers=headers, parts=[b"{}"])
        assert (told.status, told.slug) == (415, "kernel/unsupported-media-type")


@pytest.mark.parametrize("kind", [JSON, MULTIPART])
async def test_a_body_that_keeps_no_pace_is_given_up(
    monkeypatch: pytest.MonkeyPatch, kind: tuple[bytes, bytes]
) -> None:
    monkeypatch.setattr(guard_module, "GRACE_SECONDS", 0.05)

    async def drip() -> Any:
        await asyncio.sleep(0.02)
        return {"type": "http.request", "body": b"a", "more_body": True}

    told = await Around(echo).ask("POST", headers=[kind, length(500)], receive=drip)

    assert (told.status, told.slug) == (408, "kernel/body-too-slow")
    assert told.headers[b"connection"] == b"close"


async def test_a_body_that_keeps_its_pace_may_take_longer_than_the_grace(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    grace, pieces = 0.05, 10
    monkeypatch.setattr(guard_module, "GRACE_SECONDS", grace)
    monkeypatch.setattr(guard_module, "PACE", 1)  # a piece earns an hour, on whatever machine
    left = pieces

    async def steady() -> Any:
        nonlocal left
        left -= 1
        if left < pieces - 1:  # the first is there at once
            await asyncio.sleep(grace / 5)
        return {"type": "http.request", "body": b" " * 4096, "more_body": left > 0}

    told = await Around(echo).ask("POST", headers=[JSON, CHUNKED], receive=steady)

    assert told.status == 200
    assert len(told.body) == 40_960


@pytest.mark.parametrize("kind", [JSON, MULTIPART])
async def test_a_caller_who_hangs_up_is_not_answered_and_not_counted_as_a_failure(
    kind: tuple[bytes, bytes],
) -> None:
    async def gone() -> Any:
        return {"type": "http.disconnect"}

    house = Around(echo)

    told = await house.ask("POST", headers=[kind, length(5)], receive=gone)
    house.journal.flush()

    assert told.status == 0
    assert b'"status":499' in house.log.getvalue()
    assert house.guard.counts == {"working": 0, "receiving": 0}


async def test_the_application_gets_a_small_body_in_one_piece() -> None:
    parts: list[bytes] = []

    async def one(scope: Any, receive: Any, send: Any) -> None:
        message = await receive()
        parts.append(message["body"])
        assert message["more_body"] is False
        await answer(send, b"{}")

    await Around(one).ask("POST", headers=[JSON, CHUNKED], receive=body_of(b'{"a"', b":", b"1}"))

    assert parts == [b'{"a":1}']


async def test_a_failure_of_the_application_gives_its_place_back() -> None:
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError("a bug")

    house = Around(broken, working=1)

    first, second = await house.ask(), await house.ask()

    assert first.status == second.status == 500
    assert b"a bug" not in first.body
