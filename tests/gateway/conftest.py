"""A small module to send nonsense at, and the house around it."""

import io
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, ClassVar
from uuid import UUID

import msgspec
import pytest
from litestar import Response, get, post
from litestar.datastructures import UploadFile
from litestar.params import FromCookie, FromPath, FromQuery, JSONBody, MultipartBody, QueryParameter
from msgspec import Meta

from backend.gateway.logs import Journal
from backend.kernel import (
    Anyone,
    DomainError,
    Injected,
    Line,
    Module,
    Query,
    Snapshot,
    Transaction,
    at_most,
    composed,
)
from contracts.event import Event


class Place(msgspec.Struct, frozen=True, kw_only=True):
    lat: Annotated[float, Meta(ge=8.0, le=23.5)]
    lon: Annotated[float, Meta(ge=102.0, le=110.0)]


class Sighting(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody saw."""

    title: Line
    place: Place
    seen_on: date
    stars: Annotated[int, Meta(ge=1, le=5)] = 1
    tags: Annotated[list[Line], Meta(max_length=3)] = []

    def __post_init__(self) -> None:
        composed(self)


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    title: Line
    photo: UploadFile


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """What the house understood."""

    text: str


class TooFull(DomainError):
    """There is no place left."""

    slug = "sample/too-full"


class Text(msgspec.Struct, frozen=True, kw_only=True):
    text: str


REPEAT = Query(Text, "select $1::text as text")
FAIL = Query(Text, "select (1 / $1::int)::text as text")


@post("/sightings", guards=[Anyone()], status_code=200)
async def tell(data: JSONBody[Sighting]) -> Sighting:
    return data


@post("/uploads", guards=[Anyone()], status_code=200, request_max_body_size=2_000_000)
async def upload(data: MultipartBody[Upload]) -> Heard:
    content = await data.photo.read()
    return Heard(text=f"{data.title} {len(content)}")


@get("/things/{thing_id:uuid}", guards=[Anyone()])
async def read_thing(
    thing_id: FromPath[UUID],
    words: FromQuery[str | None] = None,
    stars: Annotated[int, QueryParameter(ge=1, le=5)] = 1,
) -> Heard:
    return Heard(text=f"{thing_id} {words} {stars}")


@get("/echoes", guards=[Anyone()])
async def repeat(text: FromQuery[str], snapshot: Injected[Snapshot]) -> Text:
    return await snapshot.one(REPEAT, text)


@get("/bug", guards=[Anyone()])
async def fail(person: FromQuery[str]) -> Heard:
    raise ValueError(person)


@get("/database-bug", guards=[Anyone()])
async def fail_in_sql(snapshot: Injected[Snapshot]) -> Text:
    return await snapshot.one(FAIL, 0)


@get("/versions", guards=[Anyone()])
async def read_version() -> Response[Heard]:
    headers = {"etag": '"3"', "cache-control": "public, max-age=30"}
    return Response(Heard(text="ổ gà " * 400), headers=headers)


@get("/lists", guards=[Anyone()])
async def read_list() -> list[Heard]:
    return [Heard(text=f"phản ánh {number}") for number in range(100)]


@post("/full", guards=[Anyone()], status_code=200)
async def refuse_all() -> None:
    raise TooFull(free=0)


class Seen(Event, frozen=True, kw_only=True, tag="sample.seen.v1"):
    """Somebody saw something."""

    about: ClassVar[str] = "thing_id"
    thing_id: UUID


@post("/seen", guards=[Anyone()], status_code=200)
async def see(tx: Injected[Transaction]) -> Heard:
    await tx.publish(Seen(thing_id=tx.new_id()))
    return Heard(text="seen")


@get("/visits", guards=[Anyone()])
async def count_visits(visits: FromCookie[int]) -> Heard:
    return Heard(text=str(visits))


@get("/rationed", guards=[Anyone(), at_most(3, per=timedelta(minutes=1), by="address")])
async def read_rationed() -> Heard:
    return Heard(text="here")


SAMPLE = Module(
    name="sample",
    routes=(
        tell,
        upload,
        read_thing,
        repeat,
        read_version,
        read_list,
        fail,
        fail_in_sql,
        refuse_all,
        see,
        count_visits,
        read_rationed,
    ),
)


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return [SAMPLE]


@pytest.fixture(scope="module")
def log() -> io.BytesIO:
    """What the house has written into its log."""
    return io.BytesIO()


@pytest.fixture(scope="module")
def journal(log: io.BytesIO) -> Journal:
    return Journal(log)
