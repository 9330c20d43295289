"""Build the outer stages of the gateway from the settings, and keep them informed."""

import asyncio
import os
import shutil
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import Final

from litestar import Litestar
from litestar.routes import HTTPRoute

from backend.gateway import metrics
from backend.gateway.front import Front
from backend.gateway.guard import Guard, Limits
from backend.gateway.health import Health
from backend.gateway.limit import AddressLimit, Proxies
from backend.gateway.logs import Journal
from backend.gateway.metrics import Metrics
from backend.gateway.problems import allow
from backend.gateway.status_pages import Recollection
from backend.gateway.trace import Trace
from backend.gateway.unit_of_work import UnitOfWork
from backend.host.migrate import pending
from backend.host.settings import Settings
from backend.kernel import Module, Snapshot
from backend.kernel.database import Connection
from backend.kernel.pool import Pool

_IN_HAND_PER_CONNECTION: Final = 4
"""Requests that may wait for each connection; more only wait longer."""

_FREE_DISK_MIN: Final = 0.1
_SAMPLE_SECONDS: Final = 1.0


class Gate:
    """The outer stages of one process."""

    def __init__(
        self,
        settings: Settings,
        modules: Sequence[Module],
        journal: Journal,
        look: Callable[[Connection], Snapshot],
    ) -> None:
        self._settings, self._modules, self._journal = settings, modules, journal
        self._look = look
        self._unready = [module.ready for module in modules if module.ready is not None]
        self._metrics = Metrics()
        self._guard = Guard(Limits(working=settings.database_pool * _IN_HAND_PER_CONNECTION))
        self._pool: Pool | None = None
        self._is_migrated = False
        self.health = Health(
            {
                "database": self._answers,
                "migrations": self._fits,
                "modules": self._are_ready,
                "disk": self._has_room,
            },
            {m.name: partial(self._lags, m.behind) for m in modules if m.behind is not None},
        )
        self.recollection = Recollection(self.health, self._looking)

    def before(self, app: Litestar, inner: UnitOfWork) -> None:
        """Stand before the application and its inner stages, in the place of Litestar's own."""
        settings = self._settings
        app.asgi_handler = Front(
            inner,
            base_url=settings.base_url,
            guard=self._guard,
            proxies=Proxies(settings.trusted_proxies),
            limit=AddressLimit(quota=settings.requests_per_minute),
            trace=Trace(self._journal, self._metrics),
            health=self.health,
            methods=_methods(app),
        )

    @asynccontextmanager
    async def attend(self, app: Litestar) -> AsyncGenerator[None]:
        """Take samples while the application runs; comes after its pools are open."""
        self._pool = app.state.pool
        port = self._settings.metrics_port
        if port and metrics.SHARED not in os.environ:
            metrics.listen(port)
        sampling = asyncio.create_task(self._sample())
        self.health.has_started = True
        yield
        self.health.is_draining = True
        sampling.cancel()
        with suppress(asyncio.CancelledError):
            await sampling
        self._journal.flush()

    async def _sample(self) -> None:
        pool = self._opened
        while True:
            self._metrics.sampled(
                counts=self._guard.counts,
                shed=self._guard.shed,
                free=pool.free,
                waiting=pool.waiting,
            )
            await asyncio.sleep(_SAMPLE_SECONDS)

    @property
    def _opened(self) -> Pool:
        if self._pool is None:
            raise RuntimeError("the pools open first")
        return self._pool

    async def _answers(self) -> bool:
        async with self._opened.connection() as connection:
            return await connection.fetchval("select 1") == 1

    async def _fits(self) -> bool:
        """Tell whether every migration of this code is applied; what fits once goes on fitting."""
        if not self._is_migrated:
            async with self._opened.connection() as connection:
                self._is_migrated = not await pending(connection, self._modules)
        return self._is_migrated

    async def _are_ready(self) -> bool:
        """Tell whether each module has been ready once; nothing makes it unready again."""
        while self._unready:
            if not await self._fits():
                return False
            async with self._opened.connection() as connection:
                if not await self._unready[-1](self._look(connection)):
                    return False
            self._unready.pop()
        return True

    async def _lags(self, behind: Callable[..., Awaitable[bool]]) -> bool:
        async with self._looking() as snapshot:
            return await behind(snapshot)

    @asynccontextmanager
    async def _looking(self) -> AsyncGenerator[Snapshot]:
        async with self._opened.connection() as connection:
            yield self._look(connection)

    async def _has_room(self) -> bool:
        folder = self._settings.data_dir
        usage = await asyncio.to_thread(shutil.disk_usage, folder if folder.exists() else "/")
        return usage.free / usage.total > _FREE_DISK_MIN


def _methods(app: Litestar) -> dict[str, bytes]:
    """Return route template → the methods that it understands, as `Allow` names them."""
    found: dict[str, set[str]] = {}
    for route in app.routes:
        if isinstance(route, HTTPRoute):
            methods = found.setdefault(route.path_format, {"OPTIONS"})
            methods |= {
                str(name) for handler in route.route_handlers for name in handler.http_methods
            }
    return {path: allow(methods).encode() for path, methods in found.items()}
