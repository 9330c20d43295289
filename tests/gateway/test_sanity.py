"""What no part of the house could read is refused before any part tries."""

import json
from typing import Any

import pytest

from backend.gateway.sanity import NESTING_MAX

from .fronting import JSON, Around, echo

FORM = (b"content-type", b"application/x-www-form-urlencoded")
CHUNKED = (b"transfer-encoding", b"chunked")


@pytest.mark.parametrize(
    "target",
    [
        "/a%00b",
        "/a%zz",
        "/a%",
        "/%ff",
        "/%ed%a0%80",  # half of a surrogate pair, as UTF-8 would write it if it could
        "/a?q=%00",
        "/a?q=%ff",
        "/a?q=%e1%ba",
        "/a?%2",
    ],
)
async def test_an_address_that_is_not_percent_encoded_utf_8_is_a_bad_request(target: str) -> None:
    told = await Around(echo).ask("GET", target)

    assert (told.status, told.slug) == (400, "kernel/bad-request")


@pytest.mark.parametrize(("version", "status"), [("1.1", 400), ("1.0", 200), ("2", 200)])
async def test_http_1_1_names_its_host(version: str, status: int) -> None:
    told = await Around(echo).ask("GET", "/a", names_host=False, http_version=version)

    assert told.status == status


@pytest.mark.parametrize("target", ["/a/", "/a//b", "//"])
async def test_a_thing_has_one_address(target: str) -> None:
    told = await Around(echo).ask("GET", target)

    assert (told.status, told.slug) == (404, "kernel/not-found")


@pytest.mark.parametrize("target", ["/", "/a", "/%E1%BA%BF", "/a?q=%E1%BA%BF&empty=&x=a+b"])
async def test_vietnamese_addresses_are_fine(target: str) -> None:
    assert (await Around(echo).ask("GET", target)).status == 200


def nested(depth: int) -> bytes:
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize(
    "body",
    [
        rb'{"a": "\u0000"}',
        rb'{"\u0000": 1}',
        rb'{"a": "\\\u0000"}',
        nested(NESTING_MAX + 1),
        b'{"a":' * (NESTING_MAX + 1) + b"1" + b"}" * (NESTING_MAX + 1),
        b"[" * 200_000,
    ],
)
async def test_json_that_nobody_could_keep_is_a_bad_request(body: bytes) -> None:
    told = await Around(echo).ask("POST", headers=[JSON, CHUNKED], parts=[body])

    assert (told.status, told.slug) == (400, "kernel/bad-request")


@pytest.mark.parametrize(
    "body",
    [
        rb'{"a": "\\u0000"}',  # a backslash and five letters
        nested(NESTING_MAX),
        b"[" + b"{}," * 500 + b"{}]",
        json.dumps({"a": "[" * 500 + '"' + "{" * 500}).encode(),
    ],
)
async def test_what_only_looks_like_it_is_fine(body: bytes) -> None:
    told = await Around(echo).ask("POST", headers=[JSON, CHUNKED], parts=[body])

    assert told.body == body


@pytest.mark.parametrize("body", [b"a=%00", b"a=%ff", b"a=%zz", b"a=\xff", b"a=\0"])
async def test_a_form_is_percent_encoded_utf_8(body: bytes) -> None:
    told = await Around(echo).ask("POST", headers=[FORM, CHUNKED], parts=[body])

    assert (told.status, told.slug) == (400, "kernel/bad-request")


@pytest.mark.parametrize(
    ("charset", "status"),
    [("utf-8", 200), ('"UTF-8"', 200), ("utf-16", 400), ("x-none", 400), ("", 400)],
)
async def test_every_body_is_utf_8(charset: str, status: int) -> None:
    kind = (b"content-type", f"application/json; charset={charset}".encode())

    told = await Around(echo).ask("POST", headers=[kind, CHUNKED], parts=[b"{}"])

    assert told.status == status


@pytest.mark.parametrize(
    ("name", "status"),
    [(b"authorization", 400), (b"dpop", 400), (b"idempotency-key", 400), (b"accept", 200)],
)
async def test_a_header_of_which_there_is_one_comes_once(name: bytes, status: int) -> None:
    told = await Around(echo).ask("GET", headers=[(name, b"a"), (name, b"b")])

    assert told.status == status


async def test_lines_of_a_list_are_joined() -> None:
    seen: dict[bytes, bytes] = {}

    async def look(scope: Any, receive: Any, send: Any) -> None:
        seen.update(scope["exchange"].headers)
        await echo(scope, receive, send)

    lines = [(b"cookie", b"a=1"), (b"cookie", b"b=2"), (b"accept", b"x/y"), (b"accept", b"*/*")]
    await Around(look).ask("GET", headers=lines)

    assert (seen[b"cookie"], seen[b"accept"]) == (b"a=1; b=2", b"x/y, */*")
