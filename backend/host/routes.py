"""The routes of the modules as rows: for `tinhs routes`, the panel, and whoever draws a map."""

from collections.abc import Iterable, Iterator, Sequence

import msgspec
from litestar.handlers import HTTPRouteHandler

from backend.kernel import Module, requires


class RouteRow(msgspec.Struct, frozen=True, kw_only=True):
    """One door of the house."""

    method: str
    path: str
    module: str
    scope: str
    """What the caller must hold; empty where anybody may come in."""
    kinds: Sequence[str] = ()
    """Who can hold it."""


def rows(modules: Iterable[Module]) -> list[RouteRow]:
    """Return every route of these modules, by path."""
    found = [row for module in modules for row in _rows(module)]
    return sorted(found, key=lambda row: (row.path, row.method))


def _rows(module: Module) -> Iterator[RouteRow]:
    for prefix, handlers in (
        (f"/v1/{module.name.replace('_', '-')}", module.routes),
        ("", module.root),
    ):
        for handler in handlers:
            for path in sorted(handler.paths):
                for method in sorted(map(str, handler.http_methods)):
                    yield _row(module, method, f"{prefix}{path}".rstrip("/") or "/", handler)


def _row(module: Module, method: str, path: str, handler: HTTPRouteHandler) -> RouteRow:
    doors = [guard for guard in handler.guards or () if isinstance(guard, requires)]
    return RouteRow(
        method=method,
        path=path,
        module=module.name,
        scope=doors[0].scope.name if doors else "",
        kinds=tuple(sorted(doors[0].scope.kinds)) if doors else (),
    )
