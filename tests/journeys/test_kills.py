"""`kill -9` while citizens write: what was acknowledged is there, once, and service comes back."""

import asyncio
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.installed import with_reports
from tests.journeys.phones import SECONDS, file_until_told, installed, own

pytestmark = with_reports

CITIZENS = ("citizen", "citizen-verified", "citizen-parent")
EACH = 12


@pytest.fixture(scope="module")
def house() -> Iterator[tuple[str, Path, int]]:
    """A whole installation of its own: address, data folder, process."""
    folder = Path(tempfile.mkdtemp(prefix="tinhs-kills-"))
    folder.chmod(0o755)
    with installed(folder / "var") as (base_url, pid):
        yield base_url, folder, pid
    shutil.rmtree(folder)


def kin(pid: int, word: str) -> list[int]:
    """Return the processes below `pid` whose command says `word`."""
    listed = subprocess.run(
        ["ps", "-A", "-ww", "-o", "pid=,ppid=,command="], capture_output=True, text=True, check=True
    ).stdout
    family, found = {pid}, []
    for line in sorted(listed.splitlines(), key=lambda row: int(row.split()[0])):
        child, parent, command = line.split(maxsplit=2)
        if int(parent) in family:
            family.add(int(child))
            if word in command:
                found.append(int(child))
    return found


async def file_all(base_url: str, folder: Path, who: str, told: list[str]) -> None:
    for number in range(EACH):
        code = await file_until_told(base_url, folder / who, who, number)
        told.append(code)  # at once: whoever kills counts what was told so far


async def test_nothing_acknowledged_is_lost_and_nothing_is_there_twice(
    house: tuple[str, Path, int],
) -> None:
    base_url, folder, pid = house
    before = {who: set(await own(base_url, folder, who)) for who in CITIZENS}
    told: dict[str, list[str]] = {who: [] for who in CITIZENS}

    writing = asyncio.gather(*(file_all(base_url, folder, who, told[who]) for who in CITIZENS))
    killed = 0
    for word in ("backend serve", "pgdata", "backend serve"):
        wanted = sum(map(len, told.values())) + EACH // 2
        async with asyncio.timeout(SECONDS):
            while (  # noqa: ASYNC110 - the writers are not to know of it
                sum(map(len, told.values())) < wanted and not writing.done()
            ):
                await asyncio.sleep(0.01)
        victims = kin(pid, word)
        for victim in victims:
            os.kill(victim, signal.SIGKILL)
        killed += bool(victims) and not writing.done()
    await writing

    assert killed == 3
    for who in CITIZENS:
        kept = await own(base_url, folder, who)
        assert len(set(told[who])) == EACH
        assert sorted(set(kept) - before[who]) == sorted(told[who])
        assert len(kept) == len(before[who]) + EACH
