"""A school year of ten thousand, with two workers, one of them killed three times in between."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable
from pathlib import Path
from typing import Any, Final
from uuid import UUID, uuid4

import pytest

from backend.local.roles import DatabaseUrls
from backend.testing import Caller
from backend.testing.callers import BASE_URL
from tests.documents.conftest import DOCUMENTS, Phone, data_dir
from tests.transcripts.conftest import (
    TRANSCRIPTS,
    YEAR,
    clerk,
    colleague,
    principal,
    signers,
    teacher,
    year,
)
from tests.transcripts.test_years import AT_ONCE, EVERYWHERE, ONCE, RUNS, registrar

__all__ = ["clerk", "colleague", "data_dir", "principal", "registrar", "signers", "teacher"]

ROOT: Final = Path(__file__).parents[2]
PUPILS: Final = int(os.environ.get("PUPILS", "10000"))
CLASS: Final = 50
PATIENCE: Final = 7200.0
"""Seconds, for a machine that is busy with other things."""

Start = Callable[[], Awaitable[asyncio.subprocess.Process]]


@pytest.fixture
async def start(database: DatabaseUrls, data_dir: Path) -> AsyncGenerator[Start]:
    """Starts a worker of the house."""
    workers: list[asyncio.subprocess.Process] = []

    async def started() -> asyncio.subprocess.Process:
        workers.append(
            await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "tests.faults.year_worker", database.job),
                *(str(data_dir), BASE_URL),
                cwd=ROOT,
                stdin=asyncio.subprocess.PIPE,
            )
        )
        return workers[-1]

    yield started
    for worker in workers:
        if worker.returncode is None:
            worker.kill()
        await worker.wait()


async def hand_in(clerk: Caller, colleague: Caller) -> list[str]:
    """Write and confirm every class; return their names."""
    classes = [f"C{number}" for number in range(-(-PUPILS // CLASS))]
    codes = [each["code"] for each in year()["subjects"]]
    for place, name in enumerate(classes):
        count = min(CLASS, PUPILS - place * CLASS)
        rows = [{"pupil_id": str(uuid4()), "record": year(class_name=name)} for _ in range(count)]
        body: dict[str, Any] = {"school_year": YEAR, "rows": rows}
        written = await clerk.post(f"{TRANSCRIPTS}/records", json=body)
        assert written.status_code == 201, written.text
        body = {"school_year": YEAR, "class_name": name, "subjects": codes}
        stood_by = await colleague.post(f"{TRANSCRIPTS}/confirmations", json=body)
        assert stood_by.json() == {"records": count}
    return classes


async def waiting_for(phone: Phone) -> list[str]:
    """Return every document that a person is a party of."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        query = {"limit": "100"} | ({"cursor": cursor} if cursor else {})
        page = (await phone.caller.get(DOCUMENTS, params=query)).json()
        found += [each["document_id"] for each in page["items"]]
        cursor = page.get("next_cursor")
        if cursor is None:
            return found


async def test_ten_thousand_records_are_issued_once_each(
    clerk: Caller,
    colleague: Caller,
    registrar: Caller,
    teacher: Phone,
    principal: Phone,
    start: Start,
    connection: Any,
) -> None:
    if "FAULTS" not in os.environ:
        pytest.skip("a school year takes a quarter of an hour: make faults")

    async def at_least(count: int, *states: str) -> None:
        async with asyncio.timeout(PATIENCE):
            while True:
                counts = (await registrar.get(f"{RUNS}/{run}")).json()["counts"]
                if sum(counts.get(state, 0) for state in states) >= count:
                    return
                await asyncio.sleep(0.5)

    async def kill(worker: asyncio.subprocess.Process) -> asyncio.subprocess.Process:
        os.kill(worker.pid, signal.SIGKILL)
        await worker.wait()
        return await start()

    classes = await hand_in(clerk, colleague)
    begun = await clerk.post(
        f"{TRANSCRIPTS}/runs",
        json={
            "school_year": YEAR,
            "principal_id": principal.person_id,
            "homeroom_teacher_ids": dict.fromkeys(classes, teacher.person_id),
        },
    )
    run = begun.json()["id"]
    first, _ = await start(), await start()
    await at_least(PUPILS // 5, "frozen")
    first = await kill(first)
    await at_least(PUPILS // 2, "frozen")
    first = await kill(first)
    await at_least(PUPILS, "frozen")
    documents = await waiting_for(teacher)
    parts = [documents[at : at + AT_ONCE] for at in range(0, len(documents), AT_ONCE)]
    for part in parts:
        await teacher.sign(*part)
    for number, part in enumerate(parts):
        await principal.sign(*part)
        if number == len(parts) // 2:
            first = await kill(first)
    await at_least(PUPILS, "issued")

    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    once = dict(await connection.fetchrow(ONCE, UUID(run)))
    assert once == {
        "pupils": PUPILS, "signatures": 3 * PUPILS, "lines": PUPILS, "numbered": PUPILS,
    }  # fmt: skip
    everywhere = await connection.fetchrow(EVERYWHERE)
    assert everywhere["entries"] == everywhere["size"] == PUPILS
    assert everywhere["given_out"] == everywhere["taken"] == PUPILS
