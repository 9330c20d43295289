"""`/status`: what works now, for people and programs, also when the database is away.

It asks the same as the balancer asks, remembered for a second. What people were told in the last
90 days is remembered too, and read again when the database answers.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime, timedelta
from time import monotonic
from typing import Any, Final

import msgspec
import structlog
from litestar import Request, Response, get

from backend.gateway.health import Health
from backend.kernel import Anyone, Query, Snapshot
from backend.kernel.pages import page
from contracts.status import Incident, Service, ServiceName, Status

TOLD_FOR: Final = timedelta(days=90)

_NOT_KEPT: Final = {"Cache-Control": "no-store"}
_READ_AGAIN_SECONDS: Final = 5.0
_PATIENCE_SECONDS: Final = 0.5
_EVERYTHING: Final = ("database", "migrations", "modules")
_log: Final = structlog.get_logger("tinhs")

NEEDS: Final[Mapping[ServiceName, tuple[str, ...]]] = {
    "pages": ("started", "staying"),
    "reading": _EVERYTHING,
    "signing_in": _EVERYTHING,
    "sending": (*_EVERYTHING, "disk"),
    "verifying": _EVERYTHING,
}
"""What people do here → what has to be true for it."""

SHOWS: Final[Mapping[ServiceName, str]] = {"reading": "public_services", "verifying": "documents"}
"""What people do here → the module by whose word it is up to date."""

INCIDENTS = Query(
    Incident,
    """
    select id, services, said_vi, said_en, began_at, ended_at
      from kernel.incident
     where coalesce(ended_at, 'infinity') > $1
     order by began_at desc, id desc
     limit 200
    """,
)


class Recollection:
    """What a process knows of what works here, with or without a database."""

    def __init__(
        self, health: Health, look: Callable[[], AbstractAsyncContextManager[Snapshot]]
    ) -> None:
        self._health, self._look = health, look
        self._incidents: Sequence[Incident] = ()
        self._read_at: datetime | None = None
        self._tried_at = float("-inf")

    async def status(self) -> Status:
        """Return what works now. It never fails, and takes half a second at most."""
        now = datetime.now(UTC)
        if monotonic() - self._tried_at >= _READ_AGAIN_SECONDS:
            self._tried_at = monotonic()
            await self._read(now)
        holds = await self._health.readiness()
        behind = await self._health.behind()
        return Status(
            at=now,
            services=tuple(_service(name, holds, behind) for name in NEEDS),
            incidents=tuple(self._incidents),
            incidents_as_of=self._read_at,
        )

    async def _read(self, now: datetime) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS), self._look() as snapshot:
                self._incidents = await snapshot.all(INCIDENTS, snapshot.now - TOLD_FOR)
                self._read_at = now
        except Exception as error:  # noqa: BLE001 - whatever it is, the page is shown
            _log.warning("incidents from memory", error=type(error).__qualname__)


def _service(name: ServiceName, holds: Mapping[str, bool], behind: Sequence[str]) -> Service:
    if not all(holds.get(each) for each in NEEDS[name]):
        return Service(name=name, state="away")
    return Service(name=name, state="slow" if SHOWS.get(name) in behind else "works")


@get("/status", guards=[Anyone()], include_in_schema=False)
async def show_status(request: Request[Any, Any, Any]) -> Response[str]:
    """Show what works now, and what did not in the last 90 days."""
    return page("kernel/status.html", headers=_NOT_KEPT, now=await _status(request))


@get("/status.json", guards=[Anyone()], include_in_schema=False, media_type="application/json")
async def read_status(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Read the same as JSON."""
    body = msgspec.json.encode(await _status(request))
    return Response(body, media_type="application/json", headers=_NOT_KEPT)


async def _status(request: Request[Any, Any, Any]) -> Status:
    return await request.app.state.gate.recollection.status()
