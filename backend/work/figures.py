"""Figures of what waits, for the operator: how much, how late, how much was given up."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

import structlog
from prometheus_client import Gauge, start_http_server

from backend.work.perform import AWAY, Workshop
from backend.work.upkeep import Backlog, backlog

_log: Final = structlog.get_logger("tinhs")
_SAMPLE_SECONDS: Final = 10.0

_PIECES: Final = Gauge(
    "tinhs_work_pieces",
    "Unfinished pieces of work of the whole installation; every worker tells the same.",
    ("name", "state"),
)
_OLDEST: Final = Gauge(
    "tinhs_work_oldest_seconds",
    "How late the oldest piece is that should have begun; 0 when none is.",
    ("name",),
)


@asynccontextmanager
async def watched(shop: Workshop) -> AsyncGenerator[None]:
    """Show the figures on the loopback while the block runs, if a port is set."""
    if not shop.metrics_port:
        yield
        return
    server, thread = start_http_server(shop.metrics_port, addr="127.0.0.1")
    watching = asyncio.create_task(_watch(shop))
    try:
        yield
    finally:
        watching.cancel()
        await asyncio.wait([watching])
        server.shutdown()
        server.server_close()
        thread.join()


async def _watch(shop: Workshop) -> None:
    names: set[str] = set()
    while True:
        try:
            names |= await take_down(shop, names)
        except AWAY as error:
            _log.warning("the backlog cannot be counted", error=type(error).__qualname__)
        await asyncio.sleep(_SAMPLE_SECONDS)


async def take_down(shop: Workshop, known: set[str]) -> set[str]:
    """Take down what waits now; return its names. What waits no more is 0, not forgotten."""
    async with shop.statements() as tx:
        counted = {line.name: line for line in await backlog(tx)}
    for name in known | set(counted):
        line = counted.get(name) or Backlog(
            name=name, waiting=0, held=0, running=0, buried=0, oldest_due_at=None
        )
        for state in ("waiting", "held", "running", "buried"):
            _PIECES.labels(name, state).set(getattr(line, state))
        _OLDEST.labels(name).set(line.age(tx.now).total_seconds())
    return set(counted)
