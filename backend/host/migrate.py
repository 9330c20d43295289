"""Apply each module's plain SQL files, in order, once, as the owner of its schema."""

import asyncio
from collections.abc import Iterable, Iterator
from hashlib import sha256
from importlib.resources import files

import asyncpg

from backend.kernel import Module

_LOCK = 7426_0001

_LEDGER = """
create schema if not exists kernel;
create table if not exists kernel.migration (
    module text not null, name text not null, digest text not null,
    applied_at timestamptz not null default now(), primary key (module, name)
);
"""


class EditedMigration(Exception):
    """An applied migration's file has changed. Migrations are history: write a new one."""


async def migrate(connection: asyncpg.Connection, modules: Iterable[Module]) -> list[str]:
    """Bring the database to the newest schema of every module; return what was applied."""
    modules = list(modules)
    # Waiting inside `pg_advisory_lock` holds a snapshot that `create index concurrently` waits for.
    while not await connection.fetchval("select pg_try_advisory_lock($1)", _LOCK):
        await asyncio.sleep(0.2)
    try:
        await connection.execute(_LEDGER)
        applied = [name async for name in _apply(connection, "kernel", "backend", role=None)]
        for module in modules:
            if module.package is None:
                continue
            role = await _house(connection, module.name)
            applied += [
                name async for name in _apply(connection, module.name, module.package, role=role)
            ]
        await _subscribe(connection, modules)
    finally:
        await connection.fetchval("select pg_advisory_unlock($1)", _LOCK)
    return applied


async def _house(connection: asyncpg.Connection, module: str) -> str:
    """Give the module a schema, and a role that owns it and nothing else."""
    role = f"tinhs_mod_{module}"
    if not await connection.fetchval("select true from pg_roles where rolname = $1", role):
        await connection.execute(f'create role "{role}" nologin')
    await connection.execute(f'create schema if not exists "{module}" authorization "{role}"')
    return role


async def _apply(connection: asyncpg.Connection, module: str, package: str, *, role: str | None):
    rows = await connection.fetch(
        "select name, digest from kernel.migration where module = $1", module
    )
    applied = {row["name"]: row["digest"] for row in rows}
    for name, sql in _files(package):
        digest = sha256(sql.encode()).hexdigest()
        if name in applied:
            if applied[name] != digest:
                raise EditedMigration(f"{module}/{name}")
            continue
        async with connection.transaction():
            await connection.execute("set local lock_timeout = '2s'")
            if role is not None:
                await connection.execute(f'set local role "{role}"')
                await connection.execute(f'set local search_path = "{module}", ext')
            await connection.execute(sql)
            await connection.execute("reset role")
            await connection.execute(
                "insert into kernel.migration (module, name, digest) values ($1, $2, $3)",
                module,
                name,
                digest,
            )
        yield f"{module}/{name}"


def _files(package: str) -> Iterator[tuple[str, str]]:
    folder = files(package) / "migrations"
    if folder.is_dir():
        for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
            if file.name.endswith(".sql"):
                yield file.name, file.read_text(encoding="utf-8")


async def _subscribe(connection: asyncpg.Connection, modules: list[Module]) -> None:
    async with connection.transaction():
        await connection.execute("delete from kernel.subscription")
        await connection.executemany(
            "insert into kernel.subscription (name, type) values ($1, $2)",
            [
                (subscription.name, subscription.event.__struct_config__.tag)
                for module in modules
                for subscription in module.subscriptions
            ],
        )
