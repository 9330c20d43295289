"""Every statement about files."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, LiteralString
from uuid import UUID

import msgspec

from backend.files.scopes import UPLOAD
from backend.kernel import Query, Snapshot, Statement, Transaction
from contracts.files import Facts, FilePurpose, FileState, Rendition, StoredFile

SWEEP_BATCH: Final = 500


class FileRow(msgspec.Struct, frozen=True, kw_only=True):
    """A file as it lies in its table, without who sent it."""

    id: UUID
    state: FileState
    media_type: str
    bytes: int
    width: int
    height: int
    sha256: str
    renditions: tuple[Rendition, ...]
    taken_at: datetime | None
    lat: float | None
    lon: float | None

    @property
    def file(self) -> StoredFile:
        return StoredFile(
            id=self.id,
            state=self.state,
            media_type=self.media_type,
            bytes=self.bytes,
            width=self.width,
            height=self.height,
            sha256=self.sha256,
            renditions=self.renditions,
            facts=Facts(taken_at=self.taken_at, lat=self.lat, lon=self.lon),
        )


class FileId(msgspec.Struct, frozen=True, kw_only=True):
    """Which file."""

    id: UUID


_COLUMNS: Final[LiteralString] = """file.id, file.state, file.media_type, file.bytes, file.width,
           file.height, file.sha256, file.renditions"""

_SPEND = Statement("""
    insert into files.allowance (owner_id, day, files, bytes)
    select $1::uuid, $2::date, $3::integer, $4::bigint
     where $3::integer <= $5::integer and $4::bigint <= $6::bigint
        on conflict (owner_id, day) do update
       set files = allowance.files + excluded.files,
           bytes = allowance.bytes + excluded.bytes
     where allowance.files + excluded.files <= $5::integer
       and allowance.bytes + excluded.bytes <= $6::bigint
""")

_ADD = Statement("""
    insert into files.file (
        id, purpose, owner_id, about, state, media_type, bytes, width, height, sha256, renditions,
        taken_at, lat, lon, received_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
""")

_CLAIM = Query(
    FileRow,
    f"""
    with mine as (
        select id, taken_at, lat, lon
          from files.file
         where id = any($1)
           and owner_id = $2
           and purpose = $3
           and state = 'ready'
           and about is null
           for update
    )
    update files.file
       set about = $4, owner_id = null, taken_at = null, lat = null, lon = null
      from mine
     where file.id = mine.id
    returning {_COLUMNS}, mine.taken_at, mine.lat, mine.lon
    """,
)

_SENT = Query(
    FileRow,
    f"""
    select {_COLUMNS}, file.taken_at, file.lat, file.lon
      from files.file
     where id = $1 and about is null and {{visible}}
    """,
    visible=UPLOAD,
)

_DROP = Query(
    FileId,
    """
    delete from files.file
     where id = any($1) and about is not null
    returning id
    """,
)

_DROP_ORIGINALS = Query(
    FileId,
    """
    update files.file
       set renditions = (
               select coalesce(jsonb_agg(rendition order by place), '[]')
                 from jsonb_array_elements(file.renditions)
                      with ordinality as each (rendition, place)
                where rendition ->> 'name' <> 'original')
     where id = any($1)
       and about is not null
       and renditions @> '[{"name": "original"}]'
    returning id
    """,
)

_FIND = Query(
    FileRow,
    f"select {_COLUMNS}, file.taken_at, file.lat, file.lon from files.file where id = $1",
)

_ADD_ORIGINAL = Statement("""
    update files.file
       set renditions = renditions || $2::jsonb
     where id = $1 and not renditions @> '[{"name": "original"}]'
""")

_EXPIRE = Query(
    FileId,
    """
    with due as materialized (
        select id
          from files.file
         where about is null and received_at < $1
         limit $2
           for update skip locked
    )
    delete from files.file
     using due
     where file.id = due.id
    returning file.id
    """,
)

_FORGET = Statement("delete from files.allowance where day < $1")

_KNOWN = Query(
    FileId,
    """
    select id from files.file where id = any($1)
     union
    select id from files.upload where id = any($1)
    """,
)


async def spend(
    tx: Transaction, owner_id: UUID, *, files: int, size: int, files_max: int, bytes_max: int
) -> bool:
    """Use up some of today's allowance; False, and nothing is used, when there is not enough."""
    return bool(await tx.run(_SPEND, owner_id, tx.today, files, size, files_max, bytes_max))


async def add(
    tx: Transaction,
    file: StoredFile,
    *,
    purpose: FilePurpose,
    owner_id: UUID | None,
    about: UUID | None,
) -> None:
    """Enter a file: its sender's with what the camera said, or already the thing's it is about."""
    facts = Facts() if about is not None else file.facts
    await tx.run(
        _ADD,
        file.id,
        purpose.name,
        None if about is not None else owner_id,
        about,
        file.state,
        file.media_type,
        file.bytes,
        file.width,
        file.height,
        file.sha256,
        msgspec.to_builtins(file.renditions),
        facts.taken_at,
        facts.lat,
        facts.lon,
        tx.now,
    )


async def claim(
    tx: Transaction, ids: Sequence[UUID], owner_id: UUID, purpose: FilePurpose, about: UUID
) -> dict[UUID, StoredFile]:
    """Take over those that can be; two claims of one file are one too many for the second."""
    rows = await tx.all(_CLAIM, list(ids), owner_id, purpose.name, about)
    return {row.id: row.file for row in rows}


async def sent(snapshot: Snapshot, file_id: UUID) -> StoredFile | None:
    """Return a file that the caller has sent and nobody has claimed."""
    row = await snapshot.maybe(_SENT, file_id)
    return None if row is None else row.file


async def drop(tx: Transaction, ids: Sequence[UUID]) -> list[UUID]:
    """Delete the rows of claimed files; return those that were there."""
    return [row.id for row in await tx.all(_DROP, list(ids))]


async def drop_originals(tx: Transaction, ids: Sequence[UUID]) -> list[UUID]:
    """Know of no original of these claimed files any more; return those that had one."""
    return [row.id for row in await tx.all(_DROP_ORIGINALS, list(ids))]


async def find(tx: Transaction, file_id: UUID) -> StoredFile | None:
    """Return a file, whoever sent it."""
    row = await tx.maybe(_FIND, file_id)
    return None if row is None else row.file


async def add_original(tx: Transaction, file: StoredFile) -> None:
    """List the original of a file among what can be had of it, once."""
    original = Rendition(
        name="original",
        media_type=file.media_type,
        bytes=file.bytes,
        width=file.width,
        height=file.height,
    )
    await tx.run(_ADD_ORIGINAL, file.id, [msgspec.to_builtins(original)])


async def expire(tx: Transaction, before: datetime) -> list[UUID]:
    """Delete rows, 500 at most, that nobody has claimed in time; return their ids."""
    return [row.id for row in await tx.all(_EXPIRE, before, SWEEP_BATCH)]


async def forget_allowances(tx: Transaction, before: date) -> None:
    """Forget how much was sent on days that are over."""
    await tx.run(_FORGET, before)


async def known(tx: Transaction, ids: Sequence[UUID]) -> set[UUID]:
    """Return which of these files have a row."""
    return {row.id for row in await tx.all(_KNOWN, list(ids))}
