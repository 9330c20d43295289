"""The logins of the house: the same on every server, and none of them mighty."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

import asyncpg
import pytest

from backend.host.databases import fit_to_serve
from backend.local import LocalProblem, ensure_roles, kept_passwords, throwaway
from backend.local.passwords import turned
from backend.local.roles import LOGINS, database_urls


@pytest.fixture(scope="module")
def admin() -> Iterator[str]:
    """The administrator's address of a server that holds nothing yet."""
    with throwaway() as url:
        yield url


def new_name() -> str:
    return f"house_{uuid4().hex[:8]}"


async def ask(url: str, sql: str, *values: object) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(url)
    try:
        return await connection.fetch(sql, *values)
    finally:
        await connection.close()


async def test_many_may_ask_for_the_logins_at_once(admin: str) -> None:
    name = new_name()

    urls = await asyncio.gather(*(ensure_roles(admin, name) for _ in range(5)))

    assert all(each == urls[0] for each in urls)
    for url in (urls[0].owner, urls[0].runtime, urls[0].auth, urls[0].job):
        assert (await ask(url, "select current_database()"))[0][0] == name


async def test_no_login_walks_past_row_level_security(admin: str) -> None:
    await ensure_roles(admin, new_name())

    mighty = await ask(
        admin,
        """
        select rolname from pg_roles
         where rolname = any($1) and (rolsuper or rolbypassrls or rolcreatedb or rolreplication)
        """,
        list(LOGINS),
    )

    assert mighty == []


async def test_a_login_that_may_too_much_is_refused(admin: str) -> None:
    await ensure_roles(admin, new_name())
    await ask(admin, "alter role tinhs_audit_ro bypassrls")

    with pytest.raises(LocalProblem, match="tinhs_audit_ro"):
        await ensure_roles(admin, new_name())

    await ask(admin, "alter role tinhs_audit_ro nobypassrls")


async def test_requests_are_cut_short_and_workers_later(admin: str) -> None:
    urls = await ensure_roles(admin, new_name())

    asked = "select current_setting('statement_timeout'), current_setting('lock_timeout')"

    assert tuple((await ask(urls.runtime, asked))[0]) == ("5s", "2s")
    assert tuple((await ask(urls.auth, asked))[0]) == ("5s", "2s")
    assert tuple((await ask(urls.job, asked))[0]) == ("5min", "10s")


async def test_the_owner_brings_the_extensions_and_the_modules_roles(admin: str) -> None:
    urls = await ensure_roles(admin, new_name())
    connection = await asyncpg.connect(urls.owner)

    await connection.execute(
        """
        create schema ext;
        create extension unaccent schema ext;
        create extension pg_trgm schema ext;
        create extension btree_gist schema ext;
        create role tinhs_mod_example nologin;
        grant tinhs_mod_example to current_user with inherit true, set true;
        create schema example authorization tinhs_mod_example;
        """
    )
    await connection.close()


async def test_requests_may_not_make_tables(admin: str) -> None:
    urls = await ensure_roles(admin, new_name())

    with pytest.raises(asyncpg.InsufficientPrivilegeError):
        await ask(urls.runtime, "create table public.note (word text)")


async def test_an_administrator_need_not_be_a_superuser(admin: str) -> None:
    with throwaway() as url:
        await ask(url, "create role keeper login createrole createdb")

        urls = await ensure_roles(url.replace("//postgres@", "//keeper@"), "tinhs")

        assert (await ask(urls.runtime, "select current_user"))[0][0] == "tinhs_rt"


async def test_a_database_of_somebody_else_is_left_alone(admin: str) -> None:
    name = new_name()
    await ask(admin, f"create database {name}")

    with pytest.raises(LocalProblem, match="belongs to postgres"):
        await ensure_roles(admin, name)


@pytest.fixture
def suspicious() -> Iterator[str]:
    """The administrator's address of a server that asks everybody else for a password."""
    with TemporaryDirectory(prefix="tinhs-tests-") as folder:
        Path(folder).chmod(0o755)
        rules = Path(folder) / "pg_hba.conf"
        rules.write_text("local all postgres trust\nlocal all all scram-sha-256\n")
        with throwaway(settings={"fsync": "off", "hba_file": str(rules)}) as url:
            yield url


async def test_a_server_may_ask_for_passwords(suspicious: str, tmp_path: Path) -> None:
    passwords = kept_passwords(tmp_path / "passwords.json")

    urls = await ensure_roles(suspicious, "tinhs", passwords)

    assert (await ask(urls.runtime, "select current_user"))[0][0] == "tinhs_rt"
    with pytest.raises(asyncpg.InvalidPasswordError):
        await ask(urls.runtime.replace(passwords["tinhs_rt"], "guessed"), "select")


async def test_passwords_turn_while_processes_are_at_work(suspicious: str, tmp_path: Path) -> None:
    passwords = kept_passwords(tmp_path / "passwords.json")
    old = await ensure_roles(suspicious, "tinhs", passwords)
    at_work = await asyncpg.connect(old.runtime)

    new = await turned(suspicious, "tinhs")
    restarted = await asyncpg.connect(new.runtime)
    became = await restarted.fetchrow(
        "select current_user, session_user, current_setting('statement_timeout')"
    )
    with pytest.raises(LocalProblem, match="tinhs_rt and tinhs_rt_twin"):
        await turned(suspicious, "tinhs")
    assert (await ask(old.runtime, "select current_user"))[0][0] == "tinhs_rt"
    await at_work.close()
    await nobody_is(suspicious, "tinhs_rt")
    newest = await turned(suspicious, "tinhs")
    await restarted.close()

    assert tuple(became or ()) == ("tinhs_rt", "tinhs_rt_twin", "5s")
    assert (await ask(newest.runtime, "select session_user"))[0][0] == "tinhs_rt"
    with pytest.raises(asyncpg.InvalidPasswordError):
        await ask(old.runtime, "select")
    with pytest.raises(LocalProblem, match="turn-logins"):
        await ensure_roles(suspicious, "tinhs", passwords)


async def nobody_is(admin: str, login: str) -> None:
    """Wait until the server has seen the last of a login's sessions go."""
    async with asyncio.timeout(60):
        while await ask(  # noqa: ASYNC110 - the event is in the database
            admin, "select from pg_stat_activity where usename = $1", login
        ):
            await asyncio.sleep(0.05)


async def test_a_superuser_who_begins_as_somebody_less_is_one_all_the_same(admin: str) -> None:
    urls = await ensure_roles(admin, new_name())
    await ask(admin, "create role boss login superuser")
    await ask(admin, "alter role boss set role = 'tinhs_rt'")

    with pytest.raises(LocalProblem, match="walks past"):
        await fit_to_serve(urls.runtime.replace("tinhs_rt@", "boss@"), [])


def test_passwords_are_made_up_once_and_for_us_alone(tmp_path: Path) -> None:
    file = tmp_path / "var" / "passwords.json"

    made = kept_passwords(file)

    assert kept_passwords(file) == made
    assert len(set(made.values())) == len(LOGINS)
    assert file.stat().st_mode & 0o777 == 0o600


def test_an_address_keeps_its_hosts_and_its_way_there() -> None:
    urls = database_urls(
        "postgresql://boss:secret@a:5432,b:5433/postgres?sslmode=require&target_session_attrs=any",
        "tỉnh",
        {"tinhs_rt": "p/w"},
    )

    assert urls.runtime == (
        "postgresql://tinhs_rt:p%2Fw@a:5432,b:5433/t%E1%BB%89nh"
        "?sslmode=require&target_session_attrs=any"
    )
    assert urls.owner.startswith("postgresql://tinhs_owner@a:5432,b:5433/")


def test_a_server_that_is_not_there_is_named_with_what_to_do() -> None:
    with pytest.raises(LocalProblem, match="unset the variable"):
        asyncio.run(ensure_roles("postgresql://nobody@/x?host=/nowhere", "tinhs"))
