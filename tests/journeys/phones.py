"""A whole installation of its own, and phones that file reports with it until they are told."""

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from backend.host.call import DemoCaller, NobodyAnswers, composed

ROOT = Path(__file__).parents[2]
SECONDS = 60
BODY = (
    '{"category": "roads", "text": "Ổ gà sâu trước số %d, xe máy ngã.",'
    ' "commune_code": "14797", "location": {"lat": 19.8066, "lon": 105.7851}, "wish": "not_public"}'
)


@contextmanager
def installed(data_dir: Path) -> Iterator[tuple[str, int]]:
    """Run a house for a block; the values are its address and the number of its process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("TINHS_")}
    program = subprocess.Popen(
        [sys.executable, "-m", "backend", "run", "--workers", "1"],
        cwd=ROOT,
        env={**environment, "TINHS_DATA_DIR": str(data_dir), "TINHS_PORT": str(port)},
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
    try:
        yield f"http://localhost:{port}", program.pid
    finally:
        program.send_signal(signal.SIGINT)
        program.communicate(timeout=SECONDS)


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


async def own(base_url: str, folder: Path, who: str) -> list[str]:
    async with httpx.AsyncClient(base_url=base_url, timeout=10) as client:
        call = composed("GET", "/v1/feedback/me/reports?limit=100")
        answer = await DemoCaller(client, who, folder / who).send(call)
        return [report["code"] for report in answer.json()["items"]]
