"""Numbers that others have given issued documents."""

from uuid import UUID

import msgspec

from backend.kernel import Query, Statement


class Numbered(msgspec.Struct, frozen=True, kw_only=True):
    """A number of a document, and under which id the log holds its line."""

    entry_id: UUID
    name: str
    salt: str
    value: str


KEEP = Statement(
    """
    insert into documents.external_id (entry_id, content_sha256, name, salt, value)
    values ($1, $2, $3, $4, $5)
        on conflict (content_sha256, name) do nothing
    """
)

OF_CONTENT = Query(
    Numbered,
    """
    select entry_id, name, salt, value
      from documents.external_id
     where content_sha256 = $1
     order by name
     limit 32
    """,
)


class Logged(msgspec.Struct, frozen=True, kw_only=True):
    """A number at its place in the log."""

    name: str
    value: str
    index: int


# Only what a checkpoint covers: anybody else can see that too.
LOGGED = Query(
    Logged,
    """
    select external_id.name, external_id.value, entry.idx as index
      from documents.external_id
      join documents.log_entry as entry on entry.id = external_id.entry_id
     where external_id.content_sha256 = $1
       and entry.idx < (select coalesce(max(size), 0) from documents.checkpoint)
     order by external_id.name
     limit 32
    """,
)
