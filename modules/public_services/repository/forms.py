"""Forms and their files."""

from collections.abc import Sequence

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.public_services.model.forms import FormDraft


class FormRow(msgspec.Struct, frozen=True, kw_only=True):
    """A form without its files."""

    code: str
    name: str
    procedures: tuple[str, ...]
    version: int


class FileRow(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a form without its content."""

    form_code: str
    sha256: str
    media_type: str
    name: str
    bytes: int


class FileContent(FileRow, frozen=True, kw_only=True):
    """A file of a form."""

    content: bytes


LIST = Query(
    FormRow,
    """
    select code, name, procedures, version
      from public_services.form
     where $1::text is null or $1 = any(procedures)
     order by name, code
     limit 1000
    """,
)

FIND = Query(
    FormRow,
    """
    select code, name, procedures, version
      from public_services.form
     where code = $1
    """,
)

PUT = Query(
    FormRow,
    """
    insert into public_services.form as kept (code, name, procedures)
    select $1, $2, $3
     where $4 = 0 or exists (select from public_services.form where code = $1)
        on conflict (code) do update
       set name = excluded.name,
           procedures = excluded.procedures,
           version = kept.version + 1
     where kept.version = $4
    returning code, name, procedures, version
    """,
)

FILES = Query(
    FileRow,
    """
    select form_code, sha256, media_type, name, bytes
      from public_services.form_file
     where form_code = any($1::text[])
     order by form_code, added_at desc, sha256
     limit 5000
    """,
)

FILE = Query(
    FileContent,
    """
    select form_code, sha256, media_type, name, bytes, content
      from public_services.form_file
     where form_code = $1 and sha256 = $2
    """,
)

ADD_FILE = Statement("""
    insert into public_services.form_file
           (form_code, sha256, media_type, name, bytes, content, added_at)
    values ($1, $2, $3, $4, $5, $6, $7)
        on conflict do nothing
""")


async def listed(snapshot: Snapshot, procedure: str | None) -> Sequence[FormRow]:
    return await snapshot.all(LIST, procedure)


async def find(snapshot: Snapshot, code: str) -> FormRow | None:
    return await snapshot.maybe(FIND, code)


async def put(tx: Transaction, code: str, draft: FormDraft, seen: int) -> FormRow | None:
    """Keep a form unless somebody else changed it meanwhile."""
    return await tx.maybe(PUT, code, draft.name, draft.procedures, seen)


async def files(snapshot: Snapshot, codes: Sequence[str]) -> Sequence[FileRow]:
    return await snapshot.all(FILES, codes)


async def file(snapshot: Snapshot, code: str, sha256: str) -> FileContent | None:
    return await snapshot.maybe(FILE, code, sha256)


async def add_file(tx: Transaction, row: FileRow, content: bytes) -> None:
    """Keep a file; the same one again changes nothing."""
    said = (row.form_code, row.sha256, row.media_type, row.name, row.bytes)
    await tx.run(ADD_FILE, *said, content, tx.now)
