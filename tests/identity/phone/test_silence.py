"""What answers tell: nothing about who is known."""

import asyncio
from typing import Any

import httpx
import pytest

from backend.kernel.database import Connection, Transaction
from backend.testing import Clock
from tests.identity.phone.asking import ask, other_than, person_of, seasoned
from tests.identity.phone_app import NewApp, PhoneApp


async def test_an_answer_does_not_tell_whether_a_number_is_known(
    new_app: NewApp, phone: str, clock: Clock, connection: Connection
) -> None:
    app = new_app()
    person_id = await person_of(app, await app.sign_in(phone))
    await seasoned(connection, person_id, 2)
    clock.advance(hours=2)
    unknown = f"{phone[:-3]}111"
    seen: list[list[Any]] = []

    for number in (phone, unknown):
        one = await new_app().begin()
        asked = await ask(one, number)
        shown = await one.look()
        wrong = await one.submit("code", code=other_than(await one.code_sent_to(number)))
        again = await ask(one, number)
        seen.append([
            (answer.status_code, headers_of(answer), text_of(answer, one, number))
            for answer in (asked, shown, wrong, again)
        ])  # fmt: skip

    assert seen[0] == seen[1]


def headers_of(answer: httpx.Response) -> list[tuple[str, str]]:
    own = {"trace-id", "ratelimit", "date", "location", "etag"}
    return sorted((name, value) for name, value in answer.headers.items() if name not in own)


def text_of(answer: httpx.Response, app: PhoneApp, number: str) -> str:
    return answer.text.replace(app.path, "PATH").replace(number[-3:], "NNN")


async def test_known_and_unknown_cost_the_same_statements(
    new_app: NewApp, phone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = new_app()
    await app.sign_in(phone)
    app.clock.advance(hours=2)
    ran: list[str] = []
    run, maybe = Transaction.run, Transaction.maybe
    ours = asyncio.current_task()

    def note(sql: str) -> None:
        if asyncio.current_task() is ours:  # the keys turn beside us
            ran.append(sql)

    async def noted_run(self: Any, statement: Any, *values: Any) -> int:
        note(statement.sql)
        return await run(self, statement, *values)

    async def noted_maybe(self: Any, query: Any, *values: Any) -> Any:
        note(query.sql)
        return await maybe(self, query, *values)

    counts: list[list[str]] = []
    for number in (phone, f"{phone[:-3]}222"):
        one = await new_app().begin()
        ran.clear()
        with monkeypatch.context() as watching:
            watching.setattr(Transaction, "run", noted_run)
            watching.setattr(Transaction, "maybe", noted_maybe)
            await ask(one, number)
        counts.append([*ran])

    assert counts[0] == counts[1]
