"""Turning the passwords of the database's logins: two logins take turns, and nobody is refused.

A login of PostgreSQL has one password. So each has a twin, which begins every session as the login
itself: the same rights, policies and limits. Only the one that nobody uses gets a fresh password.
"""

import secrets

import asyncpg

from backend.local.problems import LocalProblem
from backend.local.roles import (
    LOGINS,
    OWNER,
    TWIN,
    DatabaseUrls,
    connected_as,
    database_urls,
    scram,
)


async def turned(admin: str, database: str) -> DatabaseUrls:
    """Give the half of our logins that nobody uses fresh passwords; return their addresses.

    `admin` is the address of a superuser, or of whoever made the logins. Put the addresses into the
    processes and restart them one by one; the next turn is the other half's. The owner's login is
    used by `tinhs migrate` alone, and has no twin. Raises `LocalProblem` while both halves are in
    use: the last turn is not over, and somebody would be locked out.
    """
    connection = await connected_as(admin)
    try:
        async with connection.transaction():
            names: dict[str, str] = {}
            for login in LOGINS:
                names[login] = login if login == OWNER else await _free(connection, login)
            passwords = {name: secrets.token_urlsafe(24) for name in names.values()}
            for name, password in passwords.items():
                await connection.execute(f"alter role {name} password '{scram(name, password)}'")
    finally:
        await connection.close()
    return database_urls(admin, database, passwords, names)


async def _free(connection: asyncpg.Connection, login: str) -> str:
    """Return the login or its twin, which is made when it is missing: the one without sessions."""
    twin = login + TWIN
    if not await connection.fetchval("select true from pg_roles where rolname = $1", twin):
        await connection.execute(
            f"create role {twin} login nocreatedb nocreaterole in role {login}"
        )
    await connection.execute(f"alter role {twin} set role = '{login}'")
    for name, value in LOGINS[login].items():
        await connection.execute(f"alter role {twin} set {name} = '{value}'")
    sessions = await connection.fetch(
        "select distinct usename::text from pg_stat_activity where usename in ($1, $2)", login, twin
    )
    used = {session["usename"] for session in sessions}
    if used == {login, twin}:
        raise LocalProblem(
            f"Processes use both {login} and {twin}: the last turn is not over.\n"
            "Restart those with the older address first; then type this again."
        )
    return login if used == {twin} else twin
