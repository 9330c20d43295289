"""A server for the run, a migrated template for each set of modules, a copy for each test file."""

import os
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager
from typing import Final
from urllib.parse import urlsplit, urlunsplit
from uuid import uuid4

import asyncpg

from backend.host.migrate import migrate
from backend.kernel import Module
from backend.local.postgres import throwaway
from backend.local.roles import OWNER, DatabaseUrls, database_urls, ensure_roles

SERVER: Final = "TINHS_TEST_SERVER"
"""Environment variable: an administrator's DSN of a PostgreSQL that tests may fill and empty."""


def server() -> Iterator[str]:
    """Yield an administrator's DSN: of the server that was named, or of one of our own."""
    named = os.environ.get(SERVER)
    if named:
        yield named
        return
    with throwaway() as dsn:
        yield dsn


def of(dsn: str, database: str) -> str:
    """Return the same server's DSN for another database."""
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{database}"))


class Templates:
    """Migrated databases to copy, one for each schema that the run meets."""

    def __init__(self, dsn: str) -> None:
        self.dsn = dsn
        self._made: dict[frozenset[object], str] = {}

    async def of(self, modules: Sequence[Module]) -> str:
        """Return the name of a database that these modules' migrations have made."""
        key = frozenset(filter(None, map(_traces, modules)))
        if key not in self._made:
            name = f"template_{uuid4().hex[:12]}"
            urls = await ensure_roles(self.dsn, name)
            connection = await asyncpg.connect(urls.owner)
            await migrate(connection, modules)
            await connection.close()
            self._made[key] = name
        return self._made[key]

    @asynccontextmanager
    async def copy(self, modules: Sequence[Module]) -> AsyncGenerator[DatabaseUrls]:
        """Lend a fresh copy of the template; it is dropped afterwards."""
        template = await self.of(modules)
        name = f"test_{uuid4().hex[:12]}"
        server = await asyncpg.connect(self.dsn)
        try:
            await server.execute(
                f'create database "{name}" template "{template}" strategy file_copy owner {OWNER}'
            )
            yield database_urls(self.dsn, name)
            await server.execute(f'drop database "{name}" with (force)')
        finally:
            await server.close()


def _traces(module: Module) -> object:
    """Return what tells apart the databases that a module leaves behind; None if it leaves none.

    A stand-in mostly has no files of SQL, subscribes to nothing and loads no list. What it provides
    may be asked when others load theirs.
    """
    told = tuple((each.name, each.event) for each in module.subscriptions)
    provided = tuple(module.provides.items())
    if not (module.package or told or provided or module.reference):
        return None
    return module.name, module.package, told, provided, module.reference
