"""The description of the interface, finished so that a correct client can be made from it alone.

Litestar knows the paths and parameters; msgspec knows the shapes, for it enforces them; the routes
know their doors. Here the three become one document (OpenAPI 3.1) that the judges of
`tests/host/test_openapi.py` accept.
"""

import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from importlib.metadata import version
from typing import Any, Final

import msgspec
from litestar import Litestar, Request, Router
from litestar.datastructures import CacheControlHeader
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import OpenAPIRenderPlugin
from litestar.routes import HTTPRoute

from backend.gateway.visit import CREATES
from backend.host.shapes import SCHEMAS, Document, Operation, shape
from backend.kernel import Module, requires
from contracts.problem import Problem

_FILE: Final = "/openapi.json"
PATH: Final = f"/v1{_FILE}"
_PROBLEM: Final = "application/problem+json"
_KEY: Final[Document] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "Chosen anew for each thing to be made; sent again with the same request, the"
    " same answer comes back and nothing is made twice.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]+$"},
}
_INFO: Final[Document] = {
    "title": "Tỉnh-S",
    "description": "The open backend of a province's citizen super-app. Every failure is a problem"
    " document (RFC 9457) whose `type` opens a page; lists are read page by page with `cursor`;"
    " what is made anew asks for an `Idempotency-Key`, what is changed for `If-Match`. Clients"
    " ignore members that they do not know, and expect new values of enumerations.",
    "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    "contact": {"name": "The maintainers of Tỉnh-S"},
    "x-api-id": "tinhs.province",
    "x-audience": "external-public",
}
_SERVER: Final[Document] = {
    "url": "/",
    "description": "This installation, in production or on one's own machine.",
    "x-internal": False,
}
_DOORS: Final[Document] = {
    "dpop": {
        "type": "http",
        "scheme": "DPoP",
        "description": "A token bound to a key, which is proved at each call (RFC 9449).",
    },
    "console": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-console",
        "description": "An officer's session at the console, from the same origin.",
    },
}
_TEXT: Final[Document] = {"type": "string"}
_HEADERS: Final[Document] = {
    "ETag": ("The version of what was read, for `If-None-Match` and `If-Match`.", _TEXT),
    "Idempotent-Replayed": ("`true` when this answer was given before.", _TEXT),
    "RateLimit": ("What is left, and for how many seconds.", _TEXT),
    "RateLimit-Policy": ("How much one address may ask.", _TEXT),
    "Retry-After": (
        "Seconds to wait before trying again.",
        {"type": "integer", "format": "int64", "minimum": 0},
    ),
    "Trace-Id": ("The trace of this request (W3C Trace Context); tell it to support.", _TEXT),
}
_ALWAYS: Final[tuple[str, ...]] = ("Trace-Id", "RateLimit", "RateLimit-Policy")
_WITH_BODY: Final = {
    "408": "`kernel/body-too-slow`",
    "413": "`kernel/body-too-large`",
    "415": "`kernel/unsupported-media-type`",
}
_CURSOR: Final = "^[A-Za-z0-9_-]+$"
_UNFIT: Final = "`kernel/inconsistent`"


def configuration() -> OpenAPIConfig:
    """Return what Litestar needs to know to serve the finished document, and nothing beside it."""
    cached = CacheControlHeader(public=True, max_age=300, stale_while_revalidate=86400)
    return OpenAPIConfig(
        title=_INFO["title"],
        version=version("tinhs"),
        use_handler_docstrings=True,
        operation_id_creator=_operation_id,
        render_plugins=[_Published(path=_FILE)],
        openapi_router=_OneDocument(
            "/v1", route_handlers=[], include_in_schema=False, cache_control=cached
        ),
    )


def _operation_id(handler: HTTPRouteHandler, _method: object, _path: object) -> str:
    verb, *nouns = handler.handler_name.split("_")
    return verb + "".join(noun.capitalize() for noun in nouns)


class _OneDocument(Router):
    """Takes the document's own route and not Litestar's page for whatever else is below `/v1`."""

    def register(self, value: Any) -> Any:
        if isinstance(value, HTTPRouteHandler):
            value.paths &= {_FILE}
            if not value.paths:
                return []
        return super().register(value)


class _Published(OpenAPIRenderPlugin):
    """Serves the document as `described` finishes it."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: Document) -> bytes:  # noqa: ARG002
        return request.app.state.description.body


class Description:
    """The finished document of one application, made when it is first asked for."""

    def __init__(self, app: Litestar, modules: Sequence[Module]) -> None:
        self._app, self._modules = app, modules

    @cached_property
    def document(self) -> Document:
        return described(self._app, self._modules)

    @cached_property
    def body(self) -> bytes:
        return msgspec.json.encode(self.document)


def described(app: Litestar, modules: Sequence[Module]) -> Document:
    """Return the finished description of everything that the application serves."""
    document: Document = app.openapi_schema.to_schema()
    operations = list(_operations(app, document))
    shape(document, operations, modules)
    for path, method, operation, handler in operations:
        _name(operation, handler, modules)
        _admit(operation, handler)
        _declare(operation, handler, method)
        _refuse(operation, path)
        _head(operation, method)
    document["info"] = {**_INFO, "version": document["info"]["version"]}
    document["servers"] = [_SERVER]
    document["tags"] = _tags(operations, modules)
    document["components"]["securitySchemes"] = _DOORS
    document["components"]["headers"] = {
        name: {"description": text, "schema": schema} for name, (text, schema) in _HEADERS.items()
    }
    return document


def _operations(app: Litestar, document: Document) -> Iterator[Operation]:
    """Return path, method, description and handler of each operation."""
    for route in app.routes:
        if not isinstance(route, HTTPRoute):
            continue
        described_here = document["paths"].get(route.path_format, {})
        for handler in route.route_handlers:
            for method in sorted(name.lower() for name in handler.http_methods):
                if method in described_here and handler.resolve_include_in_schema():
                    yield route.path_format, method, described_here[method], handler


def _name(operation: Document, handler: HTTPRouteHandler, modules: Sequence[Module]) -> None:
    operation["summary"] = handler.handler_name.replace("_", " ").capitalize()
    home = f"{handler.fn.__module__}."
    operation["tags"] = [m.name for m in modules if home.startswith(f"{m.package or m.name}.")]
    if operation.get("deprecated") is False:
        del operation["deprecated"]


def _admit(operation: Document, handler: HTTPRouteHandler) -> None:
    """Say what one must hold to come in."""
    operation["security"] = []
    for guard in handler.guards or ():
        if not isinstance(guard, requires):
            continue
        scope = guard.scope
        operation["x-scope"] = scope.name  # only OAuth's own schemes may name it in `security`
        if scope.kinds & {"citizen", "partner"}:
            operation["security"].append({"dpop": []})
        if "staff" in scope.kinds:
            operation["security"].append({"console": []})


def _declare(operation: Document, handler: HTTPRouteHandler, method: str) -> None:
    """Say which headers a request brings."""
    parameters: list[Document] = operation.setdefault("parameters", [])
    declared = [each for each in parameters if each["name"] == _KEY["name"]]
    for each in declared:  # a handler that wants the key itself; its own words for it stay
        each["schema"] = _KEY["schema"]
    if handler.opt.get(CREATES) and not declared:
        parameters.append(_KEY)
    for parameter in parameters:
        if parameter["name"] == "cursor":
            parameter["schema"]["pattern"] = _CURSOR
    if method in {"get", "delete"}:
        operation.pop("requestBody", None)
    if not parameters:
        del operation["parameters"]


def _refuse(operation: Document, path: str) -> None:
    """Add the refusals that come from what an operation takes."""
    answers: Document = operation["responses"]
    answers.get("204", {}).pop("content", None)  # there is none, whatever a handler may return
    if not operation["security"]:
        answers.pop("403", None)
    if "requestBody" in operation:
        for status, slug in _WITH_BODY.items():
            answers.setdefault(status, _problem(slug))
        unfit = answers.setdefault("422", _problem(""))
        unfit["description"] = ", ".join(filter(None, [unfit["description"], _UNFIT]))
    if any(each["in"] == "query" for each in operation.get("parameters", ())):
        answers.setdefault("414", _problem("`kernel/url-too-long`"))
    if "{" in path:
        answers.setdefault("404", _problem("`kernel/not-found`"))
    if not any(status.startswith("2") for status in answers):  # it only leads elsewhere
        answers["default"] = _problem("Any other failure.")
    operation["responses"] = dict(sorted(answers.items()))


def _problem(description: str) -> Document:
    schema = {"$ref": f"{SCHEMAS}{Problem.__name__}"}
    return {"description": description, "content": {_PROBLEM: {"schema": schema}}}


def _head(operation: Document, method: str) -> None:
    """Say which headers an answer brings."""
    for status, answer in operation["responses"].items():
        names: list[str] = list(_ALWAYS)
        if status in {"429", "503"}:
            names.append("Retry-After")
        if status == "200" and method == "get":
            names.append("ETag")
        if status == "201":
            names.append("Idempotent-Replayed")
        answer["headers"] = {
            **answer.get("headers", {}),
            **{name: {"$ref": f"#/components/headers/{name}"} for name in names},
        }


def _tags(operations: Iterable[Operation], modules: Sequence[Module]) -> list[Document]:
    told = {
        module.name: (sys.modules[module.package].__doc__ or "").strip().partition("\n")[0]
        for module in modules
        if module.package in sys.modules
    }
    named = {tag for _, _, operation, _ in operations for tag in operation.get("tags", ())}
    return [{"name": name, "description": told.get(name) or name} for name in sorted(named)]
