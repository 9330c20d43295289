"""The history: whoever edits it in the database is found."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest
from click.testing import CliRunner, Result

from backend.kernel import House, Module, Transaction
from backend.kernel.database import Connection
from backend.local.roles import DatabaseUrls
from backend.testing import Clock
from backend.work import Workshop, open_workshop
from modules.feedback.commands import verify_history
from modules.feedback.service.history import verify


@pytest.fixture
def invoke(
    database: DatabaseUrls, modules: Sequence[Module], clock: Clock
) -> Callable[[], Awaitable[Result]]:
    """Call the command as a person at the shell would."""

    @asynccontextmanager
    async def shell() -> AsyncGenerator[Workshop]:
        shop = open_workshop(database.job, House(), modules, concurrency=1, clock=clock)
        yield shop
        await shop.pool.close()

    async def invoked() -> Result:
        # A command runs a loop of its own, which needs a thread without one.
        return await asyncio.to_thread(CliRunner().invoke, verify_history, [], obj=shell)

    return invoked


@pytest.fixture
async def tamper(connection: Connection) -> Callable[..., Awaitable[None]]:
    """Write into the tables as somebody who owns the database, and stops at no trigger."""

    async def tampered(statement: str, *values: object) -> None:
        async with connection.transaction():
            await connection.execute("select set_config('tinhs.kind', 'job', true)")
            await connection.execute("alter table feedback.event disable trigger event_stands")
            await connection.execute(statement, *values)
            await connection.execute("alter table feedback.event enable trigger event_stands")

    return tampered


async def breaches(tx: Transaction, report: Any) -> list[tuple[int, str]]:
    verdict = await verify(tx)
    return [(b.seq, b.what) for b in verdict.breaches if b.code == report["code"]]


async def test_an_honest_history_holds(tx: Transaction, finished: Any) -> None:
    assert await breaches(tx, finished) == []


@pytest.mark.parametrize(
    "statement",
    [
        "update feedback.event set kind = 'declination' where report_id = $1 and seq = 3",
        "update feedback.event set at = at - interval '1 day' where report_id = $1 and seq = 3",
        "update feedback.event set acting_agency_id = null where report_id = $1 and seq = 3",
        "update feedback.event set codes = '{x}' where report_id = $1 and seq = 3",
        "update feedback.event set commitment = hash where report_id = $1 and seq = 3",
        "update feedback.event set hash = commitment where report_id = $1 and seq = 3",
    ],
)
async def test_an_edited_event_is_named(
    tx: Transaction, finished: Any, tamper: Any, statement: str
) -> None:
    await tamper(statement, finished["id"])

    assert await breaches(tx, finished) == [(3, "changed")]


async def test_an_event_that_is_gone_is_named(tx: Transaction, finished: Any, tamper: Any) -> None:
    await tamper("delete from feedback.event_salt where report_id = $1 and seq = 2", finished["id"])
    await tamper("delete from feedback.event where report_id = $1 and seq = 2", finished["id"])

    assert await breaches(tx, finished) == [(2, "missing")]


async def test_a_cut_tail_is_noticed(tx: Transaction, finished: Any, tamper: Any) -> None:
    last = finished["version"]
    await tamper(
        "delete from feedback.event_salt where report_id = $1 and seq = $2", finished["id"], last
    )
    await tamper(
        "delete from feedback.event where report_id = $1 and seq = $2", finished["id"], last
    )

    assert await breaches(tx, finished) == [(last, "missing")]


@pytest.mark.parametrize(
    ("statement", "seq"),
    [
        (
            "update feedback.report_text set original = 'Không có gì xảy ra.' where report_id = $1",
            1,
        ),
        (
            "update feedback.event_salt set text = 'Không.' where report_id = $1 and seq = 6",
            6,
        ),
        ("delete from feedback.attachment where report_id = $1", 6),
    ],
    ids=["what was reported", "what was done", "the photo of it"],
)
async def test_other_words_than_were_said_are_noticed(
    tx: Transaction, finished: Any, tamper: Any, statement: str, seq: int
) -> None:
    await tamper(statement, finished["id"])

    assert await breaches(tx, finished) == [(seq, "said-otherwise")]


async def test_a_state_that_no_event_led_to_is_noticed(
    tx: Transaction, finished: Any, tamper: Any
) -> None:
    await tamper("update feedback.report set state = 'resolved' where id = $1", finished["id"])

    assert await breaches(tx, finished) == [(finished["version"], "state")]


async def test_erasing_what_was_said_leaves_the_chain_whole(
    tx: Transaction, finished: Any, tamper: Any
) -> None:
    await tamper("delete from feedback.event_salt where report_id = $1", finished["id"])
    await tamper("delete from feedback.report_text where report_id = $1", finished["id"])

    assert await breaches(tx, finished) == []


async def test_not_even_the_owner_edits_history_by_mistake(
    connection: Connection, finished: Any
) -> None:
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    for statement in ("update feedback.event set kind = 'claim'", "delete from feedback.event"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await connection.execute(statement)


async def test_the_command_names_what_is_wrong(
    invoke: Callable[[], Awaitable[Result]], finished: Any, tamper: Any
) -> None:
    await tamper(
        "update feedback.event set kind = 'x' where report_id = $1 and seq = 2", finished["id"]
    )

    found = await invoke()

    assert found.exit_code == 1
    assert f"{finished['code']} event 2: changed" in found.output
