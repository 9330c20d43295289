"""`/status`: what works now, for people and programs, also when the database is away.

It asks the same as the balancer asks, remembered for a second, and needs nothing else.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final, Literal

import msgspec
from litestar import Request, Response, get

from backend.kernel import Anyone
from backend.kernel.pages import page

_NOT_KEPT: Final = {"Cache-Control": "no-store"}
_EVERYTHING: Final = ("database", "migrations", "modules")
SERVICES: Final[Mapping[str, tuple[str, ...]]] = {
    "pages": ("started", "staying"),
    "reading": _EVERYTHING,
    "signing_in": _EVERYTHING,
    "sending": (*_EVERYTHING, "disk"),
    "verifying": _EVERYTHING,
}
"""What people do here → what has to be true for it."""


class Service(msgspec.Struct, frozen=True, kw_only=True):
    """Something that people do here, and whether they can."""

    name: str
    state: Literal["works", "away"]


class Status(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that people do here, as it is at a moment."""

    at: datetime
    services: tuple[Service, ...]


@get("/status", guards=[Anyone()], include_in_schema=False)
async def show_status(request: Request[Any, Any, Any]) -> Response[str]:
    """Show what works now."""
    return page("kernel/status.html", headers=_NOT_KEPT, now=await _status(request))


@get("/status.json", guards=[Anyone()], include_in_schema=False, media_type="application/json")
async def read_status(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Read the same as JSON."""
    body = msgspec.json.encode(await _status(request))
    return Response(body, media_type="application/json", headers=_NOT_KEPT)


async def _status(request: Request[Any, Any, Any]) -> Status:
    holds: Mapping[str, bool] = await request.app.state.gate.health.readiness()
    return Status(
        at=datetime.now(UTC),
        services=tuple(
            Service(name=name, state="works" if all(holds.get(each) for each in needed) else "away")
            for name, needed in SERVICES.items()
        ),
    )
