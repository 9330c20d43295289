"""A small module for trying consent: a clinic keeps notes, and partners read them with consent."""

from uuid import UUID

import msgspec
from litestar import get
from litestar.params import FromPath

from backend.kernel import (
    Injected,
    Module,
    NotFound,
    Query,
    Scope,
    Snapshot,
    owner,
    purpose_consented,
    refuses,
    requires,
)

RESEARCH = "clinic.research"

OWN = Scope(name="clinic:read", rule=owner("person_id"))
PARTNERS = Scope(
    name="clinic:partner",
    kinds=frozenset({"partner"}),
    rule=purpose_consented("person_id"),
    reads="sensitive",
    purposes=frozenset({RESEARCH}),
)


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What the clinic has written down."""

    id: UUID
    person_id: UUID
    body: str
    is_consented: bool


class Notes(msgspec.Struct, frozen=True, kw_only=True):
    """Some of them."""

    items: tuple[Note, ...]


LIST = Query(
    Note,
    """
    select id, person_id, body, true as is_consented
      from clinic.note
     where {visible}
     order by id
     limit 100
    """,
    visible=PARTNERS,
)

ONE = Query(
    Note,
    """
    select id, person_id, body, tinhs.consented(person_id) as is_consented
      from clinic.note
     where id = $1
    """,
)

LIST_UNFILTERED = Query(
    Note,
    "select id, person_id, body, false as is_consented from clinic.note order by id limit 100",
)


@get("/notes", guards=[requires(PARTNERS)])
async def list_notes(snapshot: Injected[Snapshot]) -> Notes:
    """List what people let the caller read."""
    return Notes(items=tuple(await snapshot.all(LIST)))


@get("/forgotten", guards=[requires(PARTNERS)])
async def list_forgotten(snapshot: Injected[Snapshot]) -> Notes:
    """List the same, by a statement in which the filter was forgotten."""
    return Notes(items=tuple(await snapshot.all(LIST_UNFILTERED)))


@get("/notes/{note_id:uuid}", guards=[requires(PARTNERS)], responses=refuses(NotFound))
async def read_note(note_id: FromPath[UUID], snapshot: Injected[Snapshot]) -> Note:
    """Read one of them."""
    return snapshot.check(PARTNERS, await snapshot.maybe(ONE, note_id))


module = Module(
    name="clinic",
    package=__name__,
    routes=(list_notes, list_forgotten, read_note),
    scopes=(OWN, PARTNERS),
)
