"""The first page of an installation, its API reference, and the style sheet of both.

Drawn by the server from what the routes say of themselves: no script, no foreign host.
"""

import re
from collections.abc import Iterator, Sequence
from importlib.resources import files
from itertools import islice
from typing import Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from backend.gateway.exchange import looked
from backend.kernel import Anyone, Form, Injected, NotFound
from backend.kernel.console import PAGE
from backend.kernel.locale import LANGUAGES
from backend.kernel.pages import LOOK, THEMES, page

_PUBLIC: Final = {"Cache-Control": "public, max-age=300, stale-while-revalidate=86400"}
_YEAR_SECONDS: Final = 365 * 86400
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

    @get("/developers", guards=[Anyone()], include_in_schema=False)
    async def show_developers(request: Request[Any, Any, Any]) -> Response[str]:
        """Lead a programmer from the first call to the reference, with the rules that hold."""
        parts = _parts(request.app.state.description.document, abouts)
        reads = [path for part in parts for path in islice(_open_reads(part), _OF_EACH_MODULE)]
        return page(
            "kernel/developers.html",
            headers=_PUBLIC,
            reads=reads,
            base_url=request.scope["exchange"].base_url,  # type: ignore[typeddict-item]
            operations=sum(len(part.operations) for part in parts),
            is_dev=is_dev,
        )

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

    return (show_start, show_developers, show_reference, show_static, change_look)


@post("/look", guards=[Anyone()], include_in_schema=False, status_code=303, opt={PAGE: True})
async def change_look(request: Request[Any, Any, Any], form: Injected[Form]) -> Response[None]:
    """Keep in which language and light somebody wants to read our pages, and go back."""
    before = looked(request.headers.get("cookie", "").encode("latin-1"))
    language = next((each for each in LANGUAGES if each == form.text("language")), before[0])
    theme = next((each for each in THEMES if each == form.text("theme")), before[1])
    kept = f"{LOOK}={language or ''}.{theme}; Path=/; Max-Age={_YEAR_SECONDS}"
    headers = {"Set-Cookie": f"{kept}; Secure; HttpOnly; SameSite=Lax"}
    return Response(None, status_code=303, headers={**headers, "Location": _own(form.text("back"))})


def _own(address: str) -> str:
    """Return an address of this house, whatever was sent: `//elsewhere` is another's."""
    is_ours = re.fullmatch(r"/(?![/\\])[\x21-\x7e]*", address)
    return address if is_ours else "/"


_KINDS: Final = {
    "css": "text/css",
    "js": "text/javascript",
    "svg": "image/svg+xml",
    "woff2": "font/woff2",
}
_STATIC: Final = {
    each.name: each.read_bytes()
    for folder in (files("backend") / "static", files("backend") / "static" / "vendor")
    for each in folder.iterdir()
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
