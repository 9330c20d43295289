"""What has not changed is not sent again, and the rest is sent small."""

import gzip
from typing import Any

import brotli
import pytest

from .fronting import JSON, Around, Told, answer

LONG = b'{"text": "' + "ổ gà trước cổng trường ".encode() * 100 + b'"}'


def saying(body: bytes, *headers: tuple[bytes, bytes], status: int = 200) -> Around:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await answer(send, body, *headers, status=status)

    return Around(app)


async def get(house: Around, method: str = "GET", **headers: str) -> Told:
    lines = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return await house.ask(method, headers=lines)


async def test_what_the_caller_has_is_not_sent_again() -> None:
    house = saying(b'{"a": 1}')

    first = await get(house)
    again = await get(house, if_none_match=first.headers[b"etag"].decode())
    changed = await get(saying(b'{"a": 2}'), if_none_match=first.headers[b"etag"].decode())

    assert first.headers[b"cache-control"] == b"private, no-cache"
    assert (again.status, again.body) == (304, b"")
    assert again.headers[b"etag"] == first.headers[b"etag"]
    assert b"content-length" not in again.headers
    assert b"content-type" not in again.headers
    assert (changed.status, changed.body) == (200, b'{"a": 2}')


@pytest.mark.parametrize(
    ("known", "status"),
    [
        ('"3"', 304),
        ('W/"3"', 304),
        ('"3-gzip"', 304),
        ('"2", W/"3-br"', 304),
        ("*", 304),
        ('"2"', 200),
        ('"33"', 200),
        ("garbage", 200),
    ],
)
async def test_only_the_version_is_compared(known: str, status: int) -> None:
    house = saying(b"{}", (b"etag", b'"3"'))

    assert (await get(house, if_none_match=known)).status == status


async def test_what_must_not_be_stored_has_no_tag_and_is_always_sent_whole() -> None:
    house = saying(LONG, (b"cache-control", b"no-store"))

    told = await get(house, if_none_match="*", accept_encoding="br, gzip")

    assert (told.status, told.body) == (200, LONG)
    assert b"etag" not in told.headers
    assert b"content-encoding" not in told.headers


async def test_an_answer_to_a_change_is_not_stored() -> None:
    told = await get(saying(b"{}"), method="POST")

    assert told.headers[b"cache-control"] == b"no-store"
    assert b"etag" not in told.headers


async def test_an_answer_to_a_question_by_post_may_be_compressed_if_it_says_so() -> None:
    house = saying(LONG, (b"cache-control", b"private, no-cache"))

    told = await get(house, method="POST", accept_encoding="gzip")

    assert gzip.decompress(told.body) == LONG
    assert b"etag" not in told.headers


async def test_a_refusal_is_not_stored_whatever_its_route_says() -> None:
    told = await get(saying(b"{}", (b"cache-control", b"public, max-age=300"), status=404))

    assert told.headers[b"cache-control"] == b"no-store"


@pytest.mark.parametrize(
    ("taken", "coding"),
    [
        ("br", b"br"),
        ("gzip, deflate, br", b"br"),
        ("gzip;q=0.8", b"gzip"),
        ("br;q=0, *", b"gzip"),
        ("*", b"br"),
        ("identity", None),
        ("br;q=0, gzip;q=0", None),
        ("", None),
        ("br;q=nonsense", None),
    ],
)
@pytest.mark.parametrize("policy", [b"public, max-age=30", b"private, no-cache"])
async def test_a_long_answer_is_compressed_as_the_caller_takes_it(
    taken: str, coding: bytes | None, policy: bytes
) -> None:
    told = await get(saying(LONG, (b"cache-control", policy)), accept_encoding=taken)

    opened = {b"br": brotli.decompress, b"gzip": gzip.decompress, None: bytes}[coding](told.body)
    assert opened == LONG
    assert told.headers.get(b"content-encoding") == coding
    assert int(told.headers[b"content-length"]) == len(told.body)
    assert told.headers[b"vary"] == b"Accept-Encoding, Accept-Language"


async def test_a_strong_tag_becomes_weak_when_the_bytes_change() -> None:
    house = saying(LONG, (b"etag", b'"3"'))

    assert (await get(house)).headers[b"etag"] == b'"3"'
    assert (await get(house, accept_encoding="br")).headers[b"etag"] == b'W/"3"'


async def test_a_short_answer_and_a_picture_are_sent_as_they_are() -> None:
    short = await get(saying(b"{}"), accept_encoding="br")

    async def picture(scope: Any, receive: Any, send: Any) -> None:
        kind = (b"content-type", b"image/jpeg")
        await send({"type": "http.response.start", "status": 200, "headers": [kind]})
        await send({"type": "http.response.body", "body": b"\xff" * 2000, "more_body": False})

    told = await get(Around(picture), accept_encoding="br")

    assert b"content-encoding" not in short.headers
    assert told.body == b"\xff" * 2000


async def test_an_answer_in_parts_is_passed_on_as_it_comes() -> None:
    async def parts(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": [JSON]})
        await send({"type": "http.response.body", "body": b"[1,", "more_body": True})
        await send({"type": "http.response.body", "body": b"2]", "more_body": False})

    told = await get(Around(parts), accept_encoding="br")

    assert told.body == b"[1,2]"
    assert b"etag" not in told.headers


async def test_head_is_a_get_without_its_body() -> None:
    house = saying(b'{"a": 1}')

    head, whole = await get(house, method="HEAD"), await get(house)

    assert (head.status, head.body) == (200, b"")
    same = {name for name in whole.headers if name not in {b"trace-id", b"ratelimit"}}
    assert all(head.headers[name] == whole.headers[name] for name in same)


async def test_every_answer_is_safe_to_show_to_a_browser() -> None:
    told = await get(saying(b"{}"))

    assert told.headers[b"x-content-type-options"] == b"nosniff"
    assert told.headers[b"x-frame-options"] == b"DENY"
    assert told.headers[b"referrer-policy"] == b"no-referrer"
    assert told.headers[b"content-security-policy"].startswith(b"default-src 'none'")
    assert told.headers[b"strict-transport-security"].startswith(b"max-age=")


async def test_a_page_may_bring_a_policy_of_its_own() -> None:
    told = await get(saying(b"{}", (b"content-security-policy", b"default-src 'self'")))

    assert told.headers[b"content-security-policy"] == b"default-src 'self'"


async def test_only_public_reads_are_for_pages_of_any_origin(client: Any) -> None:
    read = await client.get("/v1/sample/lists")
    written = await client.post("/v1/sample/full")

    assert read.headers["access-control-allow-origin"] == "*"
    assert "access-control-allow-credentials" not in read.headers
    assert "access-control-allow-origin" not in written.headers


async def test_a_public_list_is_compressed_and_revalidated_through_the_whole_house(
    client: Any,
) -> None:
    first = await client.get("/v1/sample/lists", headers={"accept-encoding": "br"})
    again = await client.get("/v1/sample/lists", headers={"if-none-match": first.headers["etag"]})

    assert first.headers["content-encoding"] == "br"
    assert len(first.json()) == 100
    assert (again.status_code, again.content) == (304, b"")
