"""Which PostgreSQL, and as whom.

On a developer's machine (`make run`, `make test`) nothing need be said: a server of our own is
started. `TINHS_DATABASE_URL` may name another; it is then the address of an administrator, who
makes the logins, and what each process needs is derived from it. In production nobody has that
address. Each process is given what it needs and no more:

| process | variable | login |
|---|---|---|
| `tinhs serve` | `TINHS_DATABASE_URL` | `tinhs_rt` |
| `tinhs serve` | `TINHS_DATABASE_AUTH_URL` | `tinhs_auth` |
| `tinhs work run` | `TINHS_DATABASE_JOB_URL` | `tinhs_job` |
| `tinhs migrate` | `TINHS_DATABASE_OWNER_URL` | `tinhs_owner` |
"""

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, Final, Literal

import asyncpg

from backend.host.installation import Installation
from backend.host.migrate import pending
from backend.host.settings import Settings
from backend.kernel import Module
from backend.kernel.database import Connection
from backend.local import (
    Backups,
    DatabaseUrls,
    LocalPostgres,
    LocalProblem,
    ensure_roles,
    kept_passwords,
)

_DATABASE: Final = "tinhs"


class Server:
    """A developer's PostgreSQL, as its administrator sees it."""

    def __init__(self, admin: str, passwords: dict[str, str] | None) -> None:
        self.admin, self._passwords = admin, passwords

    async def urls(self) -> DatabaseUrls:
        """Return the addresses of the database for each login, all made if they are missing."""
        return await ensure_roles(self.admin, _DATABASE, self._passwords)


@contextmanager
def server(ours: Settings) -> Iterator[Server]:
    """Lend the server that the settings name, or one of our own. Raises `LocalProblem`."""
    if admin := ours.database_url.reveal():
        yield Server(admin, kept_passwords(ours.data_dir / "database-passwords.json"))
        return
    kept = backups_of(ours)
    if kept is not None:
        kept.claim()
    with LocalPostgres(
        local_home(ours.data_dir), settings=None if kept is None else kept.archiving()
    ) as admin:
        yield Server(admin, None)


def backups_of(ours: Settings) -> Backups | None:
    """Return the backups of our own server, if the settings say where they belong."""
    if not ours.backup_dir:
        return None
    return Backups(Path(ours.backup_dir).absolute(), local_home(ours.data_dir))


def local_home(data_dir: Path) -> Path:
    """Return where the server of an installation has its files."""
    return data_dir / "postgres"


@asynccontextmanager
async def database_of(
    installed: Installation, login: Literal["owner", "auth", "job"]
) -> AsyncGenerator[str]:
    """Lend the address for one login: the one that is set, or a developer's own.

    Raises `BadSettings` when none is set and this is not a developer's machine.
    """
    ours, field = installed.ours, f"database_{login}_url"
    if ours.env != "dev" or getattr(ours, field).reveal():
        yield installed.required(field)
        return
    with server(ours) as found:
        yield getattr(await found.urls(), login)


@asynccontextmanager
async def connected(url: str) -> AsyncGenerator[Connection]:
    """Lend a connection of its own; raises `LocalProblem` when the server lets nobody in."""
    try:
        connection: Any = await asyncpg.connect(url, timeout=5)
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        raise LocalProblem(f"The database does not let us in: {type(error).__name__}") from error
    try:
        yield connection
    finally:
        await connection.close()


async def fit_to_serve(url: str, modules: Sequence[Module]) -> None:
    """Make sure that a process may begin on this database; raises `LocalProblem`.

    Row-level security does not hold for a superuser, also not for one who began as somebody less
    (`reset role` undoes that), and code does not work on older tables.
    """
    async with connected(url) as connection:
        mighty = await connection.fetchval(
            """
            select bool_or(rolsuper or rolbypassrls)
              from pg_roles
             where rolname in (current_user, session_user)
            """
        )
        if mighty:
            raise LocalProblem(
                "This login walks past row-level security.\n"
                "TINHS_DATABASE_URL and its neighbours name tinhs_rt, tinhs_auth and tinhs_job."
            )
        try:
            missing = await pending(connection, modules)
        except asyncpg.UndefinedTableError:
            missing = ["everything"]
    if missing:
        raise LocalProblem(f"The database lacks {', '.join(missing)}.\nType: tinhs migrate")
