"""`tinhs backup` and `tinhs restore`: a moment of our own server, kept and brought back.

A database that somebody else runs is backed up by its own means. Whatever brings one back, no
process is ready before everybody who was erased since is erased again.
"""

import asyncio
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, cast

import asyncpg
import msgspec

from backend.audit import verifying
from backend.host.app import now
from backend.host.databases import Server, backups_of, connected, local_home, server
from backend.host.installation import Installation
from backend.host.labour import opened_at
from backend.host.prepare import migrated
from backend.kernel.database import Connection
from backend.local import Backups, LocalProblem
from backend.local.cluster import Cluster
from backend.privacy import erasing
from backend.privacy.settings import Settings as Privacy

_SCRATCH: Final = "restoring"
LATE: Final = timedelta(hours=26)
"""A day and what its backup may take: an older last backup is a reason to call somebody."""


class Restored(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a restore: what the database had not known, and where the former one lies."""

    base: datetime
    migrations: int
    erased_again: int
    looks_lost: int
    former: Path


class Drilled(msgspec.Struct, frozen=True, kw_only=True):
    """What a drill brought back: rows by schema, from how old a backup, in how many seconds."""

    rows: Mapping[str, int]
    age: timedelta
    seconds: float


def back_up(installed: Installation) -> str:
    """Copy the running server, and forget the copies that are too old; say what was done.

    Raises `LocalProblem`.
    """
    kept = _backups(installed)
    with server(installed.ours) as found:
        asyncio.run(_refuse_unarchived(found))
        base = kept.take()
    window = cast("Privacy", installed.settings[Privacy]).backup_window
    forgotten = kept.forget(base.at - window)
    return f"{base.folder} is whole; {forgotten} older ones are forgotten"


def restore(
    installed: Installation, to: datetime | None, alone: AbstractContextManager[object]
) -> Restored:
    """Put the rows of a moment, or of the last there is, into the place of ours.

    `alone` keeps the house from running meanwhile. What ours held stays beside it. Raises
    `LocalProblem`, and then nothing has changed.
    """
    kept = _backups(installed)
    base = kept.last_before(to)
    with alone, _thrown_away(installed.ours.data_dir / _SCRATCH) as scratch:
        _put_rest_aside(installed, kept)
        with kept.recovered(base, to, home=scratch, goes_on=True) as admin:
            migrations, erased, lost = asyncio.run(_made_ready(installed, Server(admin, None)))
        former = kept.replace_by(scratch)
    return Restored(
        base=base.at, migrations=migrations, erased_again=erased, looks_lost=lost, former=former
    )


def drill(installed: Installation) -> Drilled:
    """Bring the last moment back into a folder that is then thrown away. Raises `LocalProblem`."""
    kept, began = _backups(installed), time.monotonic()
    base = kept.last_before(None)
    with (
        _thrown_away(installed.ours.data_dir / f"drill-{os.getpid()}") as home,
        kept.recovered(base, None, home=home, goes_on=False) as admin,
    ):
        rows = asyncio.run(_rows(admin))
    return Drilled(rows=rows, age=now() - base.at, seconds=time.monotonic() - began)


def ages(installed: Installation) -> list[tuple[Path, timedelta]]:
    """Return each backup with its age, the oldest first. Raises `LocalProblem`."""
    at = now()
    return [(base.folder, at - base.at) for base in _backups(installed).kept()]


def _backups(installed: Installation) -> Backups:
    if installed.ours.database_url.reveal():
        raise LocalProblem(
            "TINHS_DATABASE_URL names a server that somebody runs: it is backed up by its own"
            " means, pgBackRest for one.\ndocs/guide/running-it.md says what belongs to it."
        )
    found = backups_of(installed.ours)
    if found is None:
        raise LocalProblem(
            "TINHS_BACKUP_DIR is not set: name a folder on another disk, for `make run` as well."
        )
    return found


@contextmanager
def _thrown_away(home: Path) -> Iterator[Path]:
    try:
        yield home
    finally:
        # Its files are elsewhere when the server's account cannot get there.
        shutil.rmtree(Cluster(home).home, ignore_errors=True)
        if home.is_symlink():
            home.unlink()


async def _refuse_unarchived(found: Server) -> None:
    async with connected((await found.urls()).owner) as connection:
        if await connection.fetchval("select current_setting('archive_mode')") != "on":
            raise LocalProblem(
                "The server was started without TINHS_BACKUP_DIR, so what is written after the"
                " backup would be lost.\nStop it, and start it with the folder set."
            )


def _put_rest_aside(installed: Installation, kept: Backups) -> None:
    """Save what was written last, if the former server still starts; a lost one does not."""
    if not (local_home(installed.ours.data_dir) / "pgdata").exists():
        return
    try:
        with server(installed.ours) as found:
            segment = asyncio.run(_switched(found))
            if segment:
                kept.put_rest_aside(segment)
    except LocalProblem:
        return


async def _switched(found: Server) -> str:
    """Begin a new piece of the log; return the name of the one before."""
    connection = await asyncpg.connect(found.admin)
    try:
        return await connection.fetchval("select pg_walfile_name(pg_switch_wal())")
    finally:
        await connection.close()


async def _made_ready(installed: Installation, found: Server) -> tuple[int, int, int]:
    urls = await found.urls()
    applied = await migrated(installed, urls.owner)
    async with opened_at(installed, urls.job) as shop:
        async with shop.transaction() as tx:
            erased = await erasing.replay(tx)
        async with shop.transaction() as tx:
            lost, wrong = await verifying.compared(tx)
    if wrong:
        raise LocalProblem("The log of looks is not what the witness saw:\n" + "\n".join(wrong))
    return len(applied), erased, lost


async def _rows(admin: str) -> dict[str, int]:
    connection: Connection = await asyncpg.connect(admin, database="tinhs")
    try:
        tables = await connection.fetch(
            """
            select schemaname, quote_ident(schemaname) || '.' || quote_ident(tablename) as name
              from pg_tables
             where schemaname not in ('pg_catalog', 'information_schema')
            """
        )
        rows: dict[str, int] = {}
        for table in tables:
            counted: Any = await connection.fetchval(f"select count(*) from {table['name']}")
            rows[table["schemaname"]] = rows.get(table["schemaname"], 0) + counted
        return rows
    finally:
        await connection.close()
