"""Notes: a module as strangers write them, small enough to be written again with other tools.

It is the neutral subject of `make bench`: the same table, the same rows and the same answers are
served by the baselines and by the peers.
"""

from datetime import datetime
from typing import Annotated, ClassVar
from uuid import UUID

import msgspec
from litestar import get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from msgspec import Meta

from backend.kernel import (
    Anyone,
    Injected,
    Memory,
    Module,
    NotFound,
    Paged,
    Query,
    Scope,
    Snapshot,
    Transaction,
    everything,
    on,
    owner,
    refuses,
    requires,
)
from contracts.event import Event
from contracts.page import Page

READ = Scope(name="bench:read", rule=owner("owner_id"))
WRITE = Scope(name="bench:write", rule=everything())


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """Something that somebody wrote about a commune."""

    id: UUID
    owner_id: UUID
    commune_code: str
    title: str
    text: str
    status: str
    is_public: bool
    written_at: datetime
    version: int


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What its author sends."""

    commune_code: Annotated[str, Meta(pattern=r"^\d{5}$")]
    title: Annotated[str, Meta(min_length=1, max_length=200)]
    text: Annotated[str, Meta(min_length=1, max_length=4000)]


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A commune: one of a few hundred, read all the time and changed once in years."""

    code: str
    name: str
    kind: str
    parent_code: str


class NoteWritten(Event, frozen=True, kw_only=True, tag="bench.note-written.v1"):
    """A note was written."""

    about: ClassVar[str] = "note_id"

    note_id: UUID


BY_ID = Query(
    Note,
    """
    select id, owner_id, commune_code, title, text, status, is_public, written_at, version
      from bench.note
     where id = $1
    """,
)

NEWEST = Paged(
    Note,
    """
    select id, owner_id, commune_code, title, text, status, is_public, written_at, version
      from bench.note
     where is_public and {after}
     order by written_at desc, id desc
     limit {limit}
    """,
    by=("written_at", "id"),
    descending="descending",
)

WRITE_DOWN = Query(
    Note,
    """
    insert into bench.note (id, owner_id, commune_code, title, text, written_at)
    values ($1, $2, $3, $4, $5, $6)
    returning id, owner_id, commune_code, title, text, status, is_public, written_at, version
    """,
)

PLACES = Query(Place, "select code, name, kind, parent_code from bench.place limit 10000")


class Version(msgspec.Struct, frozen=True):
    """What changes when the places do."""

    count: int


VERSION = Query(Version, "select count(*) as count from bench.place")


async def _places(snapshot: Snapshot) -> dict[str, Place]:
    return {place.code: place for place in await snapshot.all(PLACES)}


async def _version(snapshot: Snapshot) -> Version:
    return await snapshot.one(VERSION)


REGISTER = Memory(build=_places, version=_version)


@get("/notes/{note_id:uuid}", guards=[requires(READ)], responses=refuses(NotFound))
async def read_note(note_id: FromPath[UUID], snapshot: Injected[Snapshot]) -> Note:
    """Read one of your own notes."""
    return snapshot.check(READ, await snapshot.maybe(BY_ID, note_id))


@get("/notes", guards=[Anyone()])
async def list_notes(
    snapshot: Injected[Snapshot],
    cursor: FromQuery[str | None] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
) -> Page[Note]:
    """List the public notes, newest first."""
    return await snapshot.page(NEWEST, cursor, limit)


@get("/places/{code:str}", guards=[Anyone()], responses=refuses(NotFound))
async def read_place(code: FromPath[str], snapshot: Injected[Snapshot]) -> Place:
    """Read one commune."""
    place = (await snapshot.recall(REGISTER)).get(code)
    if place is None:
        raise NotFound
    return place


@post("/notes", guards=[requires(WRITE)])
async def write_note(data: JSONBody[Draft], tx: Injected[Transaction]) -> Note:
    """Write a note, and tell who listens."""
    note = await tx.one(
        WRITE_DOWN,
        tx.new_id(),
        tx.principal.person_id,
        data.commune_code,
        data.title,
        data.text,
        tx.now,
    )
    await tx.publish(NoteWritten(note_id=note.id))
    return note


async def _hear(tx: Transaction, event: NoteWritten) -> None:
    """Do nothing: what is measured is the row that waits for this."""


module = Module(
    name="bench",
    package=__name__,
    routes=(read_note, list_notes, read_place, write_note),
    scopes=(READ, WRITE),
    subscriptions=(on(NoteWritten, _hear, name="bench.hear"),),
)
