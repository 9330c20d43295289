"""A report and its photos in one request: unpacked for the handler, or refused in words."""

from collections.abc import Sequence
from typing import Annotated, Any

import httpx
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from litestar import post
from litestar.params import JSONBody
from msgspec import Meta

from backend.gateway.parcel import unpack
from backend.kernel import PHOTOS_MAX, Anyone, BadRequest, Injected, Module, Photos
from backend.testing.callers import Client

FORM = {"Content-Type": "multipart/form-data; boundary=x"}


class Found(msgspec.Struct, frozen=True, kw_only=True):
    what: Annotated[str, Meta(min_length=3)]


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    what: str
    photos: list[str]


@post("/findings", guards=[Anyone()], opt={PHOTOS_MAX: 2}, status_code=200)
async def tell(data: JSONBody[Found], photos: Injected[Photos]) -> Seen:
    """Tell what you found."""
    return Seen(what=data.what, photos=[content.hex() for content in photos.contents])


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return [Module(name="lost", routes=(tell,))]


def told(what: object) -> tuple[None, bytes, str]:
    return (None, msgspec.json.encode({"what": what}), "application/json")


async def test_json_alone_comes_without_photos(client: Client) -> None:
    answer = await client.post("/v1/lost/findings", json={"what": "keys"})

    assert answer.json() == {"what": "keys", "photos": []}


async def test_a_form_brings_json_and_photos_in_their_order(client: Client) -> None:
    answer = await client.post(
        "/v1/lost/findings",
        files=[
            ("photos", ("b.jpg", b"\x00\r\n--x", "image/jpeg")),
            ("data", told("keys")),
            ("photos", b"\xff"),
        ],
    )

    assert answer.json() == {"what": "keys", "photos": ["000d0a2d2d78", "ff"]}


@pytest.mark.parametrize(
    ("files", "pointer", "code"),
    [
        ([("data", told("x"))], "/what", "too_short"),
        ([("data", (None, b"{", "application/json"))], "/data", "format"),
        ([("data", (None, b'{"what": "a\\u0000b"}', "application/json"))], "", "format"),
        ([("data", (None, b"[" * 99, "application/json"))], "", "too_large"),
        ([("photos", b"\xff")], "/data", "required"),
        ([("data", told("keys")), ("data", told("keys"))], "", "unknown"),
        ([("data", told("keys")), ("photo", b"\xff")], "", "unknown"),
        ([("data", told("keys")), *[("photos", b"\xff")] * 3], "/photos", "too_long"),
    ],
    ids=["short", "broken", "nul", "deep", "missing", "doubled", "misnamed", "many"],
)
async def test_each_defect_of_a_form_is_named(
    client: Client, files: Any, pointer: str, code: str
) -> None:
    answer = await client.post("/v1/lost/findings", files=files)

    assert answer.status_code == 400
    (fault,) = answer.json()["errors"]
    assert (fault["pointer"], fault["code"]) == (pointer, code)


async def test_the_description_shows_both_ways(client: Client) -> None:
    document = (await client.get("/v1/openapi.json")).json()

    body = document["paths"]["/v1/lost/findings"]["post"]["requestBody"]
    assert set(body["content"]) == {"application/json", "multipart/form-data"}
    form = body["content"]["multipart/form-data"]["schema"]
    assert form["properties"]["data"] == body["content"]["application/json"]["schema"]
    assert form["properties"]["photos"]["maxItems"] == 2
    assert form["required"] == ["data"]


def a_form() -> bytes:
    parts = [("data", told("keys")), ("photos", ("a.jpg", bytes(range(256)), "image/jpeg"))]
    return httpx.Request("POST", "http://x", headers=FORM, files=parts).read()


@settings(max_examples=600)
@given(st.data())
def test_a_form_with_any_bytes_changed_is_unpacked_or_refused(data: st.DataObject) -> None:
    body = bytearray(a_form())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body) - 1))
        body[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))

    try:
        parcel = unpack(FORM["Content-Type"], bytes(body), photos_max=2)
    except BadRequest:
        return

    assert len(parcel.photos) <= 2


@settings(max_examples=200)
@given(st.text(), st.binary(max_size=64))
def test_any_content_type_is_understood_or_refused(content_type: str, body: bytes) -> None:
    try:
        unpack(f"multipart/form-data{content_type}", body, photos_max=1)
    except BadRequest:
        return
