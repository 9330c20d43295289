"""R8: a file of fifty megabytes without a fault is let in, read, applied and found, end to end.

In the middle of the application every process that serves is killed: the old catalogue stands,
and a second try works. What it took is printed (`-s`); what a process may hold is asserted.
"""

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import pytest

from backend.identity.entry import COOKIE
from modules.public_services.handlers.parameters import UPLOAD_BYTES_MAX
from tests.journeys.phones import installed
from tests.journeys.test_kills import kin
from tests.public_services.conftest import raw

BYTES = 50_000_000
RECORDS = 10_000
MB_MAX = 400
"""More than before, of all processes of ours together at the worst moment; 100 were measured."""
SECONDS = 420
BASE = "/v1/public-services"
TOLD = "effective_on=2026-11-01&decision=QD-50&agency=Bo&name=large.json"
STEP = "Nộp hồ sơ tại Trung tâm Phục vụ hành chính công, nhận phiếu hẹn và theo dõi tiến độ. "
MARKED = "1.009999"


@pytest.fixture(scope="module")
def house() -> Iterator[tuple[str, int]]:
    """A whole installation of its own: address, process."""
    if "FAULTS" not in os.environ:
        pytest.skip("fifty megabytes are imported by `make faults` alone: it takes minutes")
    with TemporaryDirectory(prefix="tinhs-large-") as folder:
        Path(folder).chmod(0o755)
        with installed(Path(folder) / "var") as (base_url, pid):
            yield base_url, pid


def large_package() -> bytes:
    """Ten thousand procedures with long steps, of fifty megabytes together."""
    each = BYTES // RECORDS - len(json.dumps(raw(), ensure_ascii=False).encode())
    steps = STEP * -(-each // len(STEP.encode()))
    records = [
        raw(
            f"1.{number:06}",
            f"Thủ tục số {number} về việc {number % 97} của xã {number % 31}",
            TRINHTUTHUCHIEN=[{"TRUONGHOP": "", "TRINHTU": [{"TENTRINHTU": steps}]}],
        )
        for number in range(RECORDS)
    ]
    return json.dumps({"result": records}, ensure_ascii=False).encode()


def memory_mb(pid: int) -> float:
    """What the server, the worker and their launcher hold now, PostgreSQL apart."""
    pages = 0
    for each in [pid, *kin(pid, "backend")]:
        with suppress(OSError):
            pages += int(Path(f"/proc/{each}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


class Peak:
    """The most that was held while a block ran."""

    def __init__(self, pid: int) -> None:
        self._pid, self.before, self.mb = pid, memory_mb(pid), 0.0

    async def __aenter__(self) -> "Peak":
        self._began, self._looking = time.monotonic(), asyncio.create_task(self._look())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._looking.cancel()
        self.seconds = time.monotonic() - self._began

    async def _look(self) -> None:
        while True:
            self.mb = max(self.mb, memory_mb(self._pid))
            await asyncio.sleep(0.05)


async def signed_in(client: httpx.AsyncClient) -> None:
    """Let a client send with every request what an administrator's browser would."""
    found = (await client.post("/dev/login", json={"as": "admin"})).json()
    shown = {
        "Cookie": f"{COOKIE}={found['cookie']}",
        "X-CSRF-Token": found["csrf"],
        "Origin": str(client.base_url).rstrip("/"),
        "Sec-Fetch-Site": "same-origin",
    }
    client.headers.update(shown)


async def bring(client: httpx.AsyncClient, content: bytes) -> httpx.Response:
    headers = {"Content-Type": "application/octet-stream", "Idempotency-Key": "large"}
    return await client.post(f"{BASE}/imports?{TOLD}", content=content, headers=headers)


async def apply(client: httpx.AsyncClient, path: str) -> httpx.Response:
    headers = {"Idempotency-Key": "application"}
    return await client.post(f"{path}/application", json={"left_out": []}, headers=headers)


async def until(client: httpx.AsyncClient, path: str, holds: Callable[[Any], bool]) -> Any:
    """Ask until the answer is as it should; whoever was killed comes back meanwhile."""
    async with asyncio.timeout(SECONDS):
        while True:
            with suppress(httpx.TransportError):
                answer = await client.get(path)
                told = answer.json()
                if answer.status_code == 200 and holds(told):
                    return told
            await asyncio.sleep(0.2)


async def catalogue(client: httpx.AsyncClient) -> bytes:
    return (await client.get(f"{BASE}/snapshot")).content


async def test_fifty_megabytes_are_applied_whole_and_survive_being_killed(
    house: tuple[str, int], capsys: pytest.CaptureFixture[str]
) -> None:
    base_url, pid = house
    content = large_package()
    async with httpx.AsyncClient(base_url=base_url, timeout=SECONDS) as client:
        await signed_in(client)
        await until(client, f"{BASE}/search?q=khai+sinh", lambda told: told["answerable"])
        before = await catalogue(client)
        async with Peak(pid) as bringing:
            brought = await bring(client, content)
            path = f"{BASE}/imports/{brought.json()['id']}"
            read = await until(client, path, lambda told: told["state"] != "uploaded")

        first = asyncio.create_task(apply(client, path))
        await asyncio.sleep(1)
        for victim in kin(pid, "backend serve"):
            os.kill(victim, signal.SIGKILL)
        with pytest.raises(httpx.TransportError):
            await first
        held = await until(client, path, lambda told: told["id"])
        between = await catalogue(client)

        async with Peak(pid) as applying:
            applied = await apply(client, path)
            await until(
                client,
                f"{BASE}/search?q={MARKED}",
                lambda told: [hit["card"]["code"] for hit in told["hits"]] == [MARKED],
            )
            found = await client.get(f"{BASE}/procedures/{MARKED}")

    with capsys.disabled():
        print(  # noqa: T201 - measured
            f"\n{len(content) / 1e6:.0f} MB, {RECORDS:,} procedures: brought and read in"
            f" {bringing.seconds:.0f} s, {bringing.before:.0f} → {bringing.mb:.0f} MB;"
            f" applied and found in {applying.seconds:.0f} s, ≤ {applying.mb:.0f} MB"
        )
    assert BYTES <= len(content) < UPLOAD_BYTES_MAX
    assert brought.status_code == 202
    assert (read["state"], read["records"], read["errors"]) == ("ready", RECORDS, 0)
    assert held == read
    assert between == before
    assert applied.status_code == 200, applied.text
    assert applied.json()["state"] == "applied"
    assert found.json()["title"].startswith("Thủ tục số 9999 ")
    assert max(bringing.mb, applying.mb) - bringing.before < MB_MAX
