"""Ten modules with fifty routes each, which nobody calls: what does a larger house cost?"""

from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from backend.kernel import Anyone, Injected, Module, Query, Snapshot

_ROUTES: Final = 50


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """Something with a name."""

    id: UUID
    title: str


_BY_ID: Final = Query(Thing, "select id, title from bench.note where id = $1")


def _route(number: int) -> HTTPRouteHandler:
    @get(f"/things-{number}/{{thing_id:uuid}}", name=None, guards=[Anyone()])
    async def read_thing(thing_id: FromPath[UUID], snapshot: Injected[Snapshot]) -> Thing:
        """Read a thing."""
        return await snapshot.one(_BY_ID, thing_id)

    return read_thing


def __getattr__(name: str) -> Any:
    """Make a module when its entry point asks for it."""
    if not name.startswith("more_"):
        raise AttributeError(name)
    return Module(name=name, routes=tuple(_route(number) for number in range(_ROUTES)))
