"""`kill -9` while citizens write: what was acknowledged is there, once, and service comes back."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from backend.host.call import DemoCaller, NobodyAnswers, composed

ROOT = Path(__file__).parents[2]
CITIZENS = ("citizen", "citizen-verified", "citizen-parent")
EACH = 12
SECONDS = 60
BODY = (
    '{"category": "roads", "text": "Ổ gà sâu trước số %d, xe máy ngã.",'
    ' "commune_code": "14797", "location": {"lat": 19.8066, "lon": 105.7851}, "wish": "not_public"}'
)


@pytest.fixture(scope="module")
def house() -> Iterator[tuple[str, Path, int]]:
    """A whole installation of its own: address, data folder, process."""
    folder = Path(tempfile.mkdtemp(prefix="tinhs-kills-"))
    folder.chmod(0o755)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TINHS_")}
    program = subprocess.Popen(
        [sys.executable, "-m", "backend", "run", "--workers", "1"],
        cwd=ROOT,
        env={**environment, "TINHS_DATA_DIR": str(folder / "var"), "TINHS_PORT": str(port)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert program.stdout is not None
    said = ""
    while "Ctrl-C" not in said:
        line = program.stdout.readline()
        assert line, said
        said += line
    yield f"http://localhost:{port}", folder, program.pid
    program.send_signal(signal.SIGINT)
    program.communicate(timeout=SECONDS)
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


async def file_until_told(base_url: str, folder: Path, who: str, number: int) -> str:
    """File one report as a phone does: the same key until there is an answer. Return its code."""
    call = composed(
        "POST", "/v1/feedback/reports", body=BODY % number, key=f"{who}-report-{number:04d}"
    )
    async with asyncio.timeout(SECONDS):
        while True:
            async with httpx.AsyncClient(base_url=base_url, timeout=5) as client:
                try:
                    answer = await DemoCaller(client, who, folder).send(call)
                except NobodyAnswers:
                    await asyncio.sleep(0.1)
                    continue
            assert answer.status_code in {201, 500, 503}, answer.text
            assert answer.status_code != 500, answer.text
            if answer.status_code == 201:
                return str(answer.json()["code"])
            await asyncio.sleep(0.1)


async def file_all(base_url: str, folder: Path, who: str, told: list[str]) -> None:
    for number in range(EACH):
        code = await file_until_told(base_url, folder / who, who, number)
        told.append(code)  # at once: whoever kills counts what was told so far


async def own(base_url: str, folder: Path, who: str) -> list[str]:
    async with httpx.AsyncClient(base_url=base_url, timeout=10) as client:
        call = composed("GET", "/v1/feedback/me/reports?limit=100")
        answer = await DemoCaller(client, who, folder / who).send(call)
        return [report["code"] for report in answer.json()["items"]]


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
