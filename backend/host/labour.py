"""Open the workshop of this installation, for `tinhs work` and the verbs of modules."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import cast

from backend.gateway.logs import configure, journal_of_process
from backend.host.app import now, served
from backend.host.databases import database_of, fit_to_serve
from backend.host.installation import Installation
from backend.host.words import teach
from backend.work import Settings, Workshop, open_workshop


@asynccontextmanager
async def opened(installed: Installation) -> AsyncGenerator[Workshop]:
    """Lend what a worker needs. Raises `BadSettings`, or `LocalProblem` for an unfit database."""
    configure(journal_of_process())
    async with database_of(installed, "job") as url, opened_at(installed, url) as shop:
        yield shop


@asynccontextmanager
async def opened_at(installed: Installation, url: str) -> AsyncGenerator[Workshop]:
    """Lend it on the database at `url`, as the worker's login. Raises `LocalProblem`."""
    teach(installed.modules)
    settings = cast("Settings", installed.settings[Settings])
    await fit_to_serve(url, installed.modules)
    shop = open_workshop(
        url,
        installed.house(),
        served(installed.modules, installed.ours.modules),
        concurrency=settings.concurrency,
        clock=now,
        metrics_port=settings.metrics_port,
    )
    try:
        yield shop
    finally:
        await shop.pool.close()
