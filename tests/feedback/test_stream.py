"""The desk hears of each change once, of its own communes alone, whichever process answers."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import asyncpg
import msgspec

from backend.local.roles import DatabaseUrls
from backend.testing import Caller

from .staging import WHY

Act = Callable[..., Awaitable[Any]]
STREAM = "/v1/feedback/desk/stream"


class Listener:
    """Listens as a browser does: it remembers the last id and comes again with it."""

    def __init__(self, who: Caller) -> None:
        self.who, self.last = who, ""

    async def hear(self) -> list[tuple[str, Mapping[str, Any]]]:
        headers = {"Last-Event-ID": self.last} if self.last else {}
        answer = await self.who.get(STREAM, headers=headers)
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"].startswith("text/event-stream")
        heard: list[tuple[str, Mapping[str, Any]]] = []
        for block in answer.text.strip().split("\n\n"):
            fields = dict(line.split(": ", 1) for line in block.split("\n"))
            self.last = fields.get("id", self.last)
            if "event" in fields:
                heard.append((fields["event"], msgspec.json.decode(fields["data"])))
        return heard

    async def changed(self) -> dict[str, int]:
        """Listen until something is heard of a report; return versions by id."""
        async with asyncio.timeout(60):
            while True:
                found = {
                    body["id"]: body["version"]
                    for name, body in await self.hear()
                    if name == "feedback.report"
                }
                if found:
                    return found
                await asyncio.sleep(0.1)


async def test_each_change_is_heard_once_with_its_version_and_no_word_of_it(
    moderator: Caller, citizen: Caller, file: Act, act: Act
) -> None:
    desk = Listener(moderator)
    first = await desk.hear()
    filed = (await file(citizen)).json()

    came = await desk.changed()
    again = await desk.hear()
    await act(moderator, "desk", filed, "claim")
    moved = await desk.changed()

    assert [name for name, _ in first] == ["counts"]
    assert came == {filed["id"]: 1}
    assert [name for name, _ in again] == ["counts"]
    assert moved[filed["id"]] > 1
    assert again[0][1]["received"] >= 1


async def test_another_process_goes_on_where_the_first_has_died(
    moderator: Caller, citizen: Caller, file: Act
) -> None:
    before = Listener(moderator)
    await before.hear()
    after = Listener(moderator)
    after.last = before.last
    filed = (await file(citizen)).json()

    assert (await after.changed()).keys() == {filed["id"]}


async def test_a_desk_hears_nothing_of_other_communes_nor_anybody_else(
    moderator: Caller,
    moderator_elsewhere: Caller,
    officer: Caller,
    citizen: Caller,
    file: Act,
) -> None:
    here, elsewhere = Listener(moderator), Listener(moderator_elsewhere)
    await here.hear()
    await elsewhere.hear()
    filed = (await file(citizen)).json()

    assert filed["id"] in await here.changed()
    assert [name for name, _ in await elsewhere.hear()] == ["counts"]
    assert (await officer.get(STREAM)).status_code == 403
    assert (await citizen.get(STREAM)).status_code == 403


async def test_what_was_sealed_is_not_told_of(
    moderator: Caller, citizen: Caller, file: Act, act: Act
) -> None:
    filed, other = [(await file(citizen)).json() for _ in range(2)]
    desk = Listener(moderator)
    await desk.hear()
    sealed = await act(moderator, "desk", filed, "sealing", json={"text": WHY})
    await act(moderator, "desk", other, "claim")

    assert sealed.status_code == 204, sealed.text
    assert (await desk.changed()).keys() == {other["id"]}


async def test_a_slow_transaction_is_not_overtaken(
    database: DatabaseUrls, moderator: Caller, citizen: Caller, file: Act
) -> None:
    slow = await asyncpg.connect(database.runtime)
    desk = Listener(moderator)
    await desk.hear()
    try:
        transaction = slow.transaction()
        await transaction.start()
        await slow.execute("select pg_current_xact_id()")  # it has begun to write
        filed = (await file(citizen)).json()
        waiting = await desk.hear()
        await transaction.rollback()
    finally:
        await slow.close()

    assert [name for name, _ in waiting] == ["counts"]
    assert filed["id"] in await desk.changed()


async def test_whoever_comes_from_nowhere_known_reads_anew(moderator: Caller) -> None:
    lost, strange = Listener(moderator), Listener(moderator)
    lost.last, strange.last = "999999999999999", "not-a-place"

    assert [name for name, _ in await lost.hear()] == ["reset", "counts"]
    assert [name for name, _ in await strange.hear()] == ["counts"]
    assert lost.last != "999999999999999"
