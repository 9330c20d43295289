"""The logins of the house on a PostgreSQL server: what each may do is decided here, once.

| login | who uses it | may |
|---|---|---|
| `tinhs_owner` | `tinhs migrate` | own the database and its schemas, make the modules' roles |
| `tinhs_rt` | requests | read and write rows, through row-level security |
| `tinhs_auth` | sign-in and token endpoints | also read secrets |
| `tinhs_job` | workers | what requests may, for longer |
| `tinhs_audit_ro` | auditors | read |

None is a superuser or passes by row-level security. What each may touch, migrations grant.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import asyncpg
import msgspec

from backend.local.problems import LocalProblem

OWNER: Final = "tinhs_owner"
TWIN: Final = "_twin"
"""What the name of a login's twin ends with: see `passwords`."""

_REQUESTS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "search_path": "ext",
        "statement_timeout": "5s",
        "lock_timeout": "2s",
        "idle_in_transaction_session_timeout": "10s",
    }
)

LOGINS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        OWNER: {"search_path": "ext"},
        "tinhs_rt": _REQUESTS,
        "tinhs_auth": _REQUESTS,
        "tinhs_job": {
            "search_path": "ext",
            "statement_timeout": "5min",
            "lock_timeout": "10s",
            "idle_in_transaction_session_timeout": "5min",
        },
        "tinhs_audit_ro": {
            "search_path": "ext",
            "statement_timeout": "30s",
            "idle_in_transaction_session_timeout": "30s",
            "default_transaction_read_only": "on",
        },
    }
)
"""Each login, and the settings that its sessions begin with."""

_LOCK: Final = 7426_0002
_BUILTIN_LOCALES: Final = 17
_SCRAM_ROUNDS: Final = 4096


class DatabaseUrls(msgspec.Struct, frozen=True, kw_only=True):
    """One database, as seen by each login that the house uses itself."""

    owner: str
    runtime: str
    auth: str
    job: str


async def ensure_roles(
    admin: str, database: str, passwords: Mapping[str, str] | None = None
) -> DatabaseUrls:
    """Make the logins and an empty `database` where they are missing; return its addresses.

    `admin` is the address of a superuser, or of a login with CREATEROLE and CREATEDB. Without
    `passwords` (login → password) the logins have none, which is right behind a socket that
    nobody else can reach. Repeating it, also several times at once, changes nothing. Raises
    `LocalProblem` when a login of that name exists and may do more than ours should, or when
    passwords are given for a server whose own have been turned since.
    """
    connection = await connected_as(admin)
    try:
        # A waiter inside `pg_advisory_lock` would hold back `create index concurrently`.
        while not await connection.fetchval(  # noqa: ASYNC110 - the event is in the database
            "select pg_try_advisory_lock($1)", _LOCK
        ):
            await asyncio.sleep(0.05)
        if passwords:
            await _refuse_the_turned(connection)
        for login in LOGINS:
            await _ensure_login(connection, login, (passwords or {}).get(login))
        await _refuse_the_mighty(connection)
        await _ensure_database(connection, database)
    finally:
        await connection.close()
    return database_urls(admin, database, passwords)


def database_urls(
    admin: str,
    database: str,
    passwords: Mapping[str, str] | None = None,
    names: Mapping[str, str] | None = None,
) -> DatabaseUrls:
    """Return the addresses of `database` on the server that `admin` names, for each login.

    `names` says which of them sign in under another name (login → name).
    """

    def url(login: str) -> str:
        name = (names or {}).get(login, login)
        return _as_login(admin, name, (passwords or {}).get(name), database)

    return DatabaseUrls(
        owner=url(OWNER), runtime=url("tinhs_rt"), auth=url("tinhs_auth"), job=url("tinhs_job")
    )


def kept_passwords(file: Path) -> dict[str, str]:
    """Return a password for each login from `file`; the first call makes them up, for us alone."""
    try:
        return json.loads(file.read_text())
    except FileNotFoundError:
        pass
    made = {login: secrets.token_urlsafe(24) for login in LOGINS}
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        json.dump(made, out)
    try:
        os.link(draft, file)  # the first to come wins; a rename would let the last one win
    except FileExistsError:
        return json.loads(file.read_text())
    finally:
        draft.unlink()
    return made


async def connected_as(admin: str) -> asyncpg.Connection:
    """Return a connection of the administrator. Raises `LocalProblem` when nobody is let in."""
    try:
        return await asyncpg.connect(admin, timeout=10)
    except (OSError, asyncpg.PostgresError, TimeoutError) as error:
        raise LocalProblem(
            f"The server in TINHS_DATABASE_URL does not let us in: {error}\n"
            "Correct the address, or unset the variable to use a PostgreSQL of our own."
        ) from error


async def _ensure_login(connection: asyncpg.Connection, login: str, password: str | None) -> None:
    config = await connection.fetchval(
        "select coalesce(rolconfig, '{}') from pg_roles where rolname = $1", login
    )
    if config is None:
        may = "createrole" if login == OWNER else "nocreaterole"
        await connection.execute(f"create role {login} login nocreatedb {may}")
    for name, value in LOGINS[login].items():
        if f"{name}={value}" not in (config or ()):
            await connection.execute(f"alter role {login} set {name} = '{value}'")
    if password is not None:
        await connection.execute(f"alter role {login} password '{scram(login, password)}'")


async def _refuse_the_turned(connection: asyncpg.Connection) -> None:
    """Raise `LocalProblem` where passwords have been turned: those kept here would come back."""
    twins = [login + TWIN for login in LOGINS]
    if await connection.fetchval(
        "select exists (select from pg_roles where rolname = any($1))", twins
    ):
        raise LocalProblem(
            "The passwords of this server have been turned since its logins were made.\n"
            "Type: tinhs turn-logins, with the same address."
        )


async def _refuse_the_mighty(connection: asyncpg.Connection) -> None:
    mighty = await connection.fetchval(
        """
        select coalesce(array_agg(rolname order by rolname), '{}')
          from pg_roles
         where rolname = any($1)
           and (rolsuper or rolbypassrls or rolcreatedb or rolreplication
               or (rolcreaterole and rolname <> $2))
        """,
        list(LOGINS),
        OWNER,
    )
    if mighty:
        raise LocalProblem(
            f"These logins of the server may do more than ours should: {', '.join(mighty)}.\n"
            "For each: alter role … nosuperuser nobypassrls nocreatedb noreplication;"
        )


async def _ensure_database(connection: asyncpg.Connection, database: str) -> None:
    name = _identifier(database)
    owner = await connection.fetchval(
        "select pg_get_userbyid(datdba) from pg_database where datname = $1", database
    )
    if owner is not None:
        if owner != OWNER:
            raise LocalProblem(
                f"The database {database} belongs to {owner}.\n"
                f"Rename it, or: alter database {name} owner to {OWNER};"
            )
        return
    if not await connection.fetchval("select rolsuper from pg_roles where rolname = current_user"):
        # Who creates a role may manage it, but neither become it nor act for it unasked.
        await connection.execute(f"grant {OWNER} to current_user with inherit true, set true")
    locale = ""
    if connection.get_server_version().major >= _BUILTIN_LOCALES:
        locale = "locale_provider builtin builtin_locale 'C.UTF-8' locale 'C'"
    await connection.execute(
        f"create database {name} owner {OWNER} template template0 encoding 'UTF8' {locale}"
    )
    await connection.execute(f"revoke connect, temporary on database {name} from public")
    await connection.execute(f"grant connect on database {name} to {', '.join(LOGINS)}")


def scram(login: str, password: str) -> str:
    """Return what a server keeps of a password (RFC 5803), so that its log never sees the text."""
    salt = hmac.digest(password.encode(), f"salt {login}".encode(), "sha256")[:16]
    salted = hashlib.pbkdf2_hmac("sha256", password.encode(), salt, _SCRAM_ROUNDS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    spell = [base64.b64encode(part).decode() for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${_SCRAM_ROUNDS}:{spell[0]}${spell[1]}:{spell[2]}"


def _as_login(address: str, login: str, password: str | None, database: str) -> str:
    """Return `address` for another login and database, on the same hosts, the same way there."""
    parts = urlsplit(address)
    hosts = parts.netloc.rpartition("@")[2]
    login = login if password is None else f"{login}:{quote(password, safe='')}"
    ours = {"user", "password", "database", "dbname"}
    query = urlencode([pair for pair in parse_qsl(parts.query) if pair[0] not in ours], safe="/")
    path = f"/{quote(database, safe='')}"
    return f"{parts.scheme}://{login}@{hosts}{path}" + (f"?{query}" if query else "")


def _identifier(name: str) -> str:
    doubled = name.replace('"', '""')
    return f'"{doubled}"'
