"""The process that writes a school's year out of a file is killed in the middle of it."""

import asyncio
import os
import signal
import sys
from pathlib import Path
from typing import Any, Final
from uuid import uuid4

import msgspec
import pytest

from backend.kernel.database import Connection
from backend.local.roles import DatabaseUrls
from backend.testing import Caller
from tests.transcripts.conftest import TRANSCRIPTS, YEAR, clerk, data_dir, year

__all__ = ["clerk", "data_dir"]

ROOT: Final = Path(__file__).parents[2]
PUPILS: Final = 5000
HALF_WAY: Final = "26"
"""Hundreds of lines: 2,500 are written, and nothing is committed."""
KEPT: Final = """
    select count(*), count(distinct pupil_id)
      from transcripts.record
     where agency_id = $1 and school_year = $2
"""


async def bring(clerk: Caller, file: Path) -> Any:
    answer = await clerk.post(
        f"{TRANSCRIPTS}/imports?school_year={YEAR}",
        content=file.read_bytes(),
        headers={"Content-Type": "application/x-ndjson"},
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


async def test_a_killed_import_leaves_nothing_and_the_same_again_writes_each_pupil_once(
    clerk: Caller, connection: Connection, database: DatabaseUrls, data_dir: Path, tmp_path: Path
) -> None:
    if "FAULTS" not in os.environ:
        pytest.skip("five thousand lines are brought by `make faults` alone")
    file = tmp_path / "year.ndjson"
    record = year()
    lines = [{"pupil_id": str(uuid4()), "record": record} for _ in range(PUPILS)]
    file.write_bytes(b"\n".join(map(msgspec.json.encode, lines)))
    told = (database.job, str(data_dir), str(file), str(clerk.agency_id), HALF_WAY)

    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    killed = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.faults.year_bringer", *told), cwd=ROOT
    )
    outcome = await killed.wait()
    after = await connection.fetchrow(KEPT, clerk.agency_id, YEAR)
    first, second = await bring(clerk, file), await bring(clerk, file)
    kept = await connection.fetchrow(KEPT, clerk.agency_id, YEAR)

    assert outcome == -signal.SIGKILL
    assert tuple(after) == (0, 0)
    assert first["records"] == second["records"] == PUPILS
    assert tuple(kept) == (PUPILS, PUPILS)
