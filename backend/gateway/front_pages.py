"""The first page of an installation, its API reference, and the style sheet of both.

Drawn by the server from what the routes say of themselves: no script, no foreign host.
"""

from collections.abc import Iterator, Sequence
from importlib.resources import files
from itertools import islice
from typing import Any, Final

import msgspec
from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from backend.kernel import Anyone, NotFound
from backend.kernel.pages import page

_PUBLIC: Final = {"Cache-Control": "public, max-age=300, stale-while-revalidate=86400"}
_METHODS: Final = ("get", "post", "put", "patch", "delete")
_OF_EACH_MODULE: Final = 2


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """One parameter, as the reference shows it."""

    name: str
    place: str
    required: bool
    description: str


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """One status that an operation answers with."""

    status: str
    description: str


class Described(msgspec.Struct, frozen=True, kw_only=True):
    """One operation, as the reference shows it."""

    id: str
    method: str
    path: str
    summary: str
    description: str
    doors: tuple[str, ...]
    parameters: tuple[Parameter, ...]
    answers: tuple[Reply, ...]


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """One module with its operations."""

    name: str
    about: str
    operations: tuple[Described, ...]


def front_pages(abouts: dict[str, str], *, is_dev: bool) -> Sequence[HTTPRouteHandler]:
    """Return the routes; `abouts` says in a sentence what each module is for."""

    @get("/", guards=[Anyone()], include_in_schema=False)
    async def show_start(request: Request[Any, Any, Any]) -> Response[str]:
        """Welcome whoever comes first."""
        parts = _parts(request.app.state.description.document, abouts)
        reads = [path for part in parts for path in islice(_open_reads(part), _OF_EACH_MODULE)]
        return page("kernel/start.html", headers=_PUBLIC, modules=parts, reads=reads, is_dev=is_dev)

    @get("/docs", guards=[Anyone()], include_in_schema=False)
    async def show_reference(request: Request[Any, Any, Any]) -> Response[str]:
        """Draw the reference of every operation."""
        parts = _parts(request.app.state.description.document, abouts)
        return page("kernel/reference.html", headers=_PUBLIC, modules=parts)

    @get("/static/{name:str}", guards=[Anyone()], include_in_schema=False)
    async def show_static(name: FromPath[str]) -> Response[bytes]:
        """Give the style sheet or a script of our pages."""
        if name not in _STATIC:
            raise NotFound
        return Response(_STATIC[name], media_type=_KINDS[name.rpartition(".")[2]], headers=_PUBLIC)

    return (show_start, show_reference, show_static)


_KINDS: Final = {"css": "text/css", "js": "text/javascript"}
_STATIC: Final = {
    each.name: each.read_bytes()
    for each in (files("backend") / "static").iterdir()
    if each.name.rpartition(".")[2] in _KINDS
}


def _open_reads(part: Part) -> Iterator[str]:
    """Yield what anybody can open in a browser, with nothing to fill in."""
    for operation in part.operations:
        asks = "{" in operation.path or any(p.required for p in operation.parameters)
        if operation.method == "get" and not operation.doors and not asks:
            yield operation.path


def _parts(document: dict[str, Any], abouts: dict[str, str]) -> list[Part]:
    found: dict[str, list[Described]] = {}
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                tag = (item[method].get("tags") or [path.split("/")[2]])[0]
                found.setdefault(tag, []).append(_described(path, method, item[method]))
    return [
        Part(name=name, about=abouts.get(name, ""), operations=tuple(operations))
        for name, operations in sorted(found.items())
    ]


def _described(path: str, method: str, operation: dict[str, Any]) -> Described:
    return Described(
        id=operation["operationId"],
        method=method,
        path=path,
        summary=operation["summary"],
        description=operation.get("description", ""),
        doors=tuple(scheme for wanted in operation["security"] for scheme in wanted),
        parameters=tuple(
            Parameter(
                name=parameter["name"],
                place=parameter["in"],
                required=parameter.get("required", False),
                description=parameter.get("description", ""),
            )
            for parameter in operation.get("parameters", ())
        ),
        answers=tuple(
            Reply(status=status, description=answer.get("description", ""))
            for status, answer in operation["responses"].items()
        ),
    )
