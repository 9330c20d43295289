"""Apply each module's plain SQL files, in order, once, as the owner of its schema."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from importlib.resources import files
from typing import Final

import asyncpg
import msgspec

from backend.host.registry import gather, is_ours
from backend.kernel import House, Module, Principal, Transaction
from backend.kernel.database import Connection, prepare_connection

_LOCK: Final = 7426_0001
_OUTSIDE: Final = "-- outside a transaction"
_TRIES: Final = 20

_LEDGER: Final = """
create schema if not exists kernel;
create table if not exists kernel.migration (
    module text not null,
    name text not null,
    digest text not null,
    applied_at timestamptz not null default now(),
    primary key (module, name)
);
grant usage on schema kernel to tinhs_rt, tinhs_auth, tinhs_job;
grant select on kernel.migration to tinhs_rt, tinhs_auth, tinhs_job;
"""


class EditedMigration(Exception):
    """An applied migration's file has changed. Migrations are history: write a new one."""


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """One migration file as it lies in a package."""

    module: str
    name: str
    sql: str

    @property
    def digest(self) -> str:
        return sha256(self.sql.encode()).hexdigest()


def steps(modules: Iterable[Module]) -> list[Step]:
    """Return every file in the order in which it is applied: the kernel, the backend, the rest."""
    ordered = sorted(modules, key=lambda module: (not is_ours(module), module.name))
    found = list(_files("kernel", "backend"))
    for module in ordered:
        if module.package:
            found += _files(module.name, module.package)
    return found


def _files(module: str, package: str) -> Iterator[Step]:
    folder = files(package) / "migrations"
    if folder.is_dir():
        for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
            if file.name.endswith(".sql"):
                yield Step(module=module, name=file.name, sql=file.read_text(encoding="utf-8"))


async def migrate(connection: Connection, modules: Sequence[Module]) -> list[str]:
    """Bring the database to the newest schema of every module; return what was applied.

    `connection` is the owner's. Raises `EditedMigration`.
    """
    await prepare_connection(connection)
    # Waiting inside `pg_advisory_lock` holds a snapshot that `create index concurrently` waits for.
    while not await connection.fetchval("select pg_try_advisory_lock($1)", _LOCK):  # noqa: ASYNC110
        await asyncio.sleep(0.2)
    try:
        await connection.execute(_LEDGER)
        applied = await _apply_all(connection, steps(modules))
        await _subscribe(connection, modules)
        await _refer(connection, modules)
    finally:
        await connection.fetchval("select pg_advisory_unlock($1)", _LOCK)
    return applied


async def pending(connection: Connection, modules: Sequence[Module]) -> list[str]:
    """Return the files that this code has and the database has not; newer ones are fine.

    Raises `EditedMigration`.
    """
    known = await _known(connection)
    return [f"{step.module}/{step.name}" for step in steps(modules) if not _is_applied(step, known)]


async def _apply_all(connection: Connection, found: list[Step]) -> list[str]:
    known = await _known(connection)
    waiting = [step for step in found if not _is_applied(step, known)]
    for step in waiting:
        if step.module != "kernel":
            await _house(connection, step.module)
        await _apply(connection, step)
    return [f"{step.module}/{step.name}" for step in waiting]


async def _known(connection: Connection) -> dict[tuple[str, str], str]:
    rows = await connection.fetch("select module, name, digest from kernel.migration")
    return {(row["module"], row["name"]): row["digest"] for row in rows}


def _is_applied(step: Step, known: dict[tuple[str, str], str]) -> bool:
    digest = known.get((step.module, step.name))
    if digest not in {None, step.digest}:
        raise EditedMigration(f"{step.module}/{step.name}: an applied migration was edited")
    return digest is not None


async def _house(connection: Connection, module: str) -> None:
    """Give the module a schema, and a role that owns it and nothing else."""
    role = f"tinhs_mod_{module}"
    if not await connection.fetchval("select true from pg_roles where rolname = $1", role):
        # Roles belong to the server: another database of it may make this one meanwhile.
        with suppress(asyncpg.DuplicateObjectError):
            await connection.execute(f'create role "{role}" nologin')
    await connection.execute(f'grant "{role}" to current_user with inherit true, set true')
    if await connection.fetchval("select true from pg_namespace where nspname = $1", module):
        return  # what a module has taken back from requests, as identity does, is not given again
    await connection.execute(
        f"""
        create schema "{module}" authorization "{role}";
        grant usage on schema ext, tinhs to "{role}";
        set role "{role}";
        grant usage on schema "{module}" to tinhs_rt, tinhs_job;
        alter default privileges in schema "{module}"
            grant select, insert, update, delete on tables to tinhs_rt, tinhs_job;
        alter default privileges in schema "{module}"
            grant usage on sequences to tinhs_rt, tinhs_job;
        reset role;
        """
    )


async def _apply(connection: Connection, step: Step) -> None:
    if step.sql.startswith(_OUTSIDE):
        await connection.execute(f'set role "tinhs_mod_{step.module}"')
        try:
            await connection.execute(step.sql)
        finally:
            await connection.execute("reset role")
        await _record(connection, step)
        return
    for attempt in range(1, _TRIES + 1):
        try:
            async with connection.transaction():
                await _apply_inside(connection, step)
        except asyncpg.LockNotAvailableError:
            if attempt == _TRIES:
                raise
            await asyncio.sleep(0.5)
        else:
            return


async def _apply_inside(connection: Connection, step: Step) -> None:
    await connection.execute("set local lock_timeout = '2s'")
    if step.module != "kernel":
        await connection.execute(f'set local role "tinhs_mod_{step.module}"')
        await connection.execute(f'set local search_path = "{step.module}", ext')
    await connection.execute(step.sql)
    await connection.execute("reset role")
    await _record(connection, step)


async def _record(connection: Connection, step: Step) -> None:
    await connection.execute(
        "insert into kernel.migration (module, name, digest) values ($1, $2, $3)",
        step.module,
        step.name,
        step.digest,
    )


async def _subscribe(connection: Connection, modules: Sequence[Module]) -> None:
    async with connection.transaction():
        await connection.execute("delete from kernel.subscription")
        await connection.executemany(
            "insert into kernel.subscription (name, type, field, among) values ($1, $2, $3, $4)",
            [
                (
                    subscription.name,
                    subscription.event.__struct_config__.tag,
                    subscription.field,
                    subscription.among,
                )
                for module in modules
                for subscription in module.subscriptions
            ],
        )


async def _refer(connection: Connection, modules: Sequence[Module]) -> None:
    """Let each module load the official lists that it cannot do without."""
    house = House(providers=gather(modules))
    # The house itself comes last: what it derives, it derives from the lists of the others.
    for module in sorted(modules, key=is_ours):
        if module.reference is None:
            continue
        async with connection.transaction():
            await connection.execute("set local search_path = ext")
            await connection.execute("select set_config('tinhs.kind', 'job', true)")
            now = datetime.now(UTC)
            await module.reference(
                Transaction(connection, house, now, Principal(kind="job", client_id=module.name))
            )
