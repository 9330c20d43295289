"""Does every report arrive when many come at once, among a million that are there?

Reports come at a pace that jumps, whoever waits for an answer or not: a caller does not wait for
the one before. A peer's run of this kind refused 57 of 100.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final
from uuid import uuid4

from backend.local.roles import DatabaseUrls
from tests.bench import province
from tests.bench.caller import Device, wire
from tests.bench.processes import free_port, serving
from tests.bench.servers import TINHS, house

_A_SECOND: Final = (1, 15, 1, 25, 2, 35, 10)
_SECONDS_EACH: Final = 5
_PATH: Final = "/v1/feedback/reports"
_CREATED: Final = 201


async def arrived(urls: DatabaseUrls) -> Sequence[str]:
    """Start the house on a database, send reports at each pace, and return a line for each."""
    with TemporaryDirectory(prefix="tinhs-arrivals-") as made:
        folder, port = Path(made), free_port()
        environment = house(urls, folder, port, guests=folder)
        with serving(TINHS, port, environment, folder / "house.log"):
            device = Device(f"http://localhost:{port}")
            return [await _paced(device, port, pace) for pace in _A_SECOND]


async def _paced(device: Device, port: int, pace: int) -> str:
    count = pace * _SECONDS_EACH
    requests = [
        wire("POST", _PATH, *signed, f"idempotency-key: {uuid4()}", body=province.REPORT)
        for signed in await asyncio.to_thread(device.headers, "POST", [_PATH] * count)
    ]
    sent: list[asyncio.Task[tuple[int, float]]] = []
    for request in requests:
        sent.append(asyncio.create_task(_answered(port, request)))
        await asyncio.sleep(1 / pace)
    answers = await asyncio.gather(*sent)
    refused = sum(status != _CREATED for status, _ in answers)
    took = sorted(seconds * 1000 for _, seconds in answers)
    middle, worst = took[count // 2], took[count * 99 // 100]
    return (
        f"{pace:>6} reports a second: {count:>4} sent, {refused} not kept,"
        f" p50 {middle:.0f} ms, p99 {worst:.0f} ms"
    )


async def _answered(port: int, request: bytes) -> tuple[int, float]:
    """Return the status of an answer and the seconds that it took."""
    began = perf_counter()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    writer.close()
    return int(head[9:12]), perf_counter() - began
