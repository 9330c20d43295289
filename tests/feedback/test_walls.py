"""The second wall: what the database shows when a statement forgets to ask whose it is."""

from collections.abc import AsyncGenerator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import asyncpg
import pytest

from backend.local.roles import DatabaseUrls
from contracts.demo import HAC_THANH, SAM_SON, agency_of

TABLES = (
    "report",
    "reporter",
    "report_text",
    "assignment",
    "routing",
    "attachment",
    "publication",
    "event",
    "event_salt",
)
Enter = Callable[..., AbstractAsyncContextManager[Any]]


@pytest.fixture
def enter(database: DatabaseUrls) -> Enter:
    """Log in as requests do, and say who asks as `identity.enter` would."""

    @asynccontextmanager
    async def entered(**context: str) -> AsyncGenerator[Any]:
        connection = await asyncpg.connect(database.runtime)
        for name, value in context.items():
            await connection.execute("select set_config($1, $2, false)", f"tinhs.{name}", value)
        yield connection
        await connection.close()

    return entered


async def seen(connection: Any) -> dict[str, int]:
    return {
        table: await connection.fetchval(f"select count(*) from feedback.{table}")
        for table in TABLES
    }


async def test_nobody_sees_anything(enter: Enter, finished: Any) -> None:
    async with enter() as connection:
        assert set((await seen(connection)).values()) == {0}


@pytest.mark.parametrize(
    "context",
    [
        {"kind": "staff", "areas": f"{{{SAM_SON}}}", "agencies": f"{{{agency_of(SAM_SON)}}}"},
        {"kind": "citizen", "subjects": "{0198c0de-0000-7000-8000-000000000000}"},
        {"kind": "partner", "client_id": "partner"},
    ],
    ids=["an officer of elsewhere", "another citizen", "a partner"],
)
async def test_a_stranger_sees_nothing(
    enter: Enter, finished: Any, context: dict[str, str]
) -> None:
    async with enter(**context) as connection:
        assert set((await seen(connection)).values()) == {0}


async def test_an_officer_sees_the_report_and_not_the_reporter(enter: Enter, finished: Any) -> None:
    async with enter(kind="staff", areas=f"{{{HAC_THANH}}}") as connection:
        found = await seen(connection)

    assert found["report"] > 0
    assert found["event"] > 0
    assert found["reporter"] == 0


async def test_an_agency_sees_what_it_was_given_wherever_it_lies(
    enter: Enter, finished: Any, filed: Any
) -> None:
    async with enter(kind="staff", agencies=f"{{{agency_of(HAC_THANH)}}}") as connection:
        ids = {str(row["id"]) for row in await connection.fetch("select id from feedback.report")}
        reporters = await connection.fetchval("select count(*) from feedback.reporter")

    assert finished["id"] in ids
    assert reporters == 0


async def test_a_reporter_sees_their_own(enter: Enter, finished: Any, citizen: Any) -> None:
    async with enter(kind="citizen", subjects=f"{{{citizen.person_id}}}") as connection:
        reports = await connection.fetch("select id from feedback.report")
        texts = await connection.fetchval("select count(*) from feedback.report_text")

    assert [str(row["id"]) for row in reports] == [finished["id"]]
    assert texts == 1


async def test_a_stranger_changes_nothing(enter: Enter, finished: Any) -> None:
    async with enter(kind="staff", areas=f"{{{SAM_SON}}}") as connection:
        tags = [
            await connection.execute("update feedback.report set state = 'declined'"),
            await connection.execute("delete from feedback.assignment"),
            await connection.execute("delete from feedback.public_report"),
            await connection.execute("update feedback.public_report set body = ''"),
        ]
        public = await connection.fetchval("select count(*) from feedback.public_report")

    assert {tag.rsplit(" ", 1)[-1] for tag in tags} == {"0"}
    assert public > 0


@pytest.mark.parametrize(
    "statement",
    [
        "update feedback.event set target = 'resolved'",
        "delete from feedback.event",
        "truncate feedback.event",
        "update feedback.category_version set label_vi = ''",
        "alter table feedback.report disable row level security",
    ],
)
async def test_requests_have_no_right_to_it(enter: Enter, finished: Any, statement: str) -> None:
    async with enter(kind="staff", areas=f"{{{HAC_THANH}}}") as connection:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)


async def test_every_table_with_somebodys_rows_has_the_wall(connection: Any) -> None:
    # `tracking` tells codes, ids and versions of tokens, and is read before anybody is let in.
    open_to_all = {
        "category_group",
        "tracking",
        "open311_post",
        "open311_update",
        "map_cell",
        "map_change",
    }

    walled = await connection.fetch(
        """
        select relname, relrowsecurity and relforcerowsecurity as walled
          from pg_class
         where relnamespace = 'feedback'::regnamespace and relkind = 'r'
        """
    )

    assert {row["relname"] for row in walled if not row["walled"]} == open_to_all
