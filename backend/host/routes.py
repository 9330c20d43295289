"""The routes of the modules as rows: for `tinhs routes` and for the panel."""

import inspect
from collections.abc import Iterable, Iterator
from typing import Final

import msgspec
from litestar import MediaType
from litestar.handlers import HTTPRouteHandler

from backend.kernel import Module, requires

_GIVEN: Final = frozenset({"tx", "snapshot", "tries", "request"})
"""Parameters of a handler that the house fills in."""


class RouteRow(msgspec.Struct, frozen=True, kw_only=True):
    """One door of the house."""

    method: str
    path: str
    scope: str
    """What the caller must hold; empty where anybody may come in."""
    is_open_to_all: bool
    """Whether it answers anybody who types its path: JSON, with nothing to fill in or refuse."""


def rows(modules: Iterable[Module]) -> list[RouteRow]:
    """Return every route of these modules, by path."""
    found = [row for module in modules for row in _rows(module)]
    return sorted(found, key=lambda row: (row.path, row.method))


def _rows(module: Module) -> Iterator[RouteRow]:
    below = f"/v1/{module.name.replace('_', '-')}"
    for prefix, handlers in ((below, module.routes), ("", module.root)):
        for handler in handlers:
            for path in sorted(handler.paths):
                for method in sorted(map(str, handler.http_methods)):
                    yield _row(method, f"{prefix}{path}".rstrip("/") or "/", handler)


def _row(method: str, path: str, handler: HTTPRouteHandler) -> RouteRow:
    doors = [guard for guard in handler.guards or () if isinstance(guard, requires)]
    return RouteRow(
        method=method,
        path=path,
        scope=doors[0].scope.name if doors else "",
        is_open_to_all=not (doors or handler.responses or _asks(path, handler) or _is_odd(handler)),
    )


def _is_odd(handler: HTTPRouteHandler) -> bool:
    """Tell whether the answer is something else than JSON, such as an archive."""
    return (handler.media_type or MediaType.JSON) != MediaType.JSON


def _asks(path: str, handler: HTTPRouteHandler) -> bool:
    """Tell whether the caller has to say something that we cannot guess."""
    parameters = inspect.signature(handler.fn).parameters.values()
    return "{" in path or any(
        parameter.default is parameter.empty and parameter.name not in _GIVEN
        for parameter in parameters
    )
