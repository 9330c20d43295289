"""A route that binds its parameters and encodes its answer once, and documents itself as before.

Litestar's own way passes every parameter through an extractor, a dependency graph and a signature
model, copies the handler for each guard and builds a response object twice: about 60 µs a request.
This class keeps its OpenAPI and does the rest with two prepared decoders.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Annotated, Any, Final, TypeAlias
from urllib.parse import parse_qsl

import msgspec
from litestar import Request, Response
from litestar.enums import RequestEncodingType
from litestar.handlers import HTTPRouteHandler
from litestar.params import (
    BodyKwarg,
    CookieParameter,
    HeaderParameter,
    ParameterKwarg,
    PathParameter,
)
from litestar.types import ASGIApp, Receive
from litestar.typing import FieldDefinition

from backend.gateway.errors import Inconsistent, UnsupportedMediaType
from backend.gateway.guard import Whole, body_of
from backend.gateway.idempotency import Answer
from backend.gateway.parcel import DATA, MULTIPART, OCTETS, Parcel, unpack
from backend.kernel import BadRequest
from backend.kernel.auth import Door
from backend.kernel.faults import faults, faults_of_json, is_only_inconsistent
from backend.kernel.files import PHOTOS_MAX, Photos
from contracts.problem import Fault

_Moment: TypeAlias = Annotated[datetime, msgspec.Meta(tz=True)]
"""RFC 3339: a moment without its offset is none."""

_JSON: Final = (b"content-type", b"application/json")
_encode: Final = msgspec.json.Encoder().encode
_EMPTY_STATUS: Final = 204
_INJECTED: Final = {
    "tx": "transaction",
    "snapshot": "snapshot",
    "tries": "tries",
    "origin": "origin",
    "form": "form",
}


class Route(HTTPRouteHandler):
    """An HTTP route of a module, bound by `Binding` where it can be."""

    _binding: "Binding | None" = None
    _is_versioned = False
    _declared: tuple[tuple[bytes, bytes], ...] = ()
    """Headers that the route's declaration promises, such as `cache_control=…`."""
    _doors: Sequence[Door] = ()
    _guards: Sequence[Any] = ()

    def on_registration(self, app: Any) -> None:
        super().on_registration(app)
        self._binding = Binding.of(self)
        self._declared = tuple(
            (header.name.lower().encode(), header.value.encode())
            for header in self.resolve_response_headers()
            if header.value is not None
        )
        guards: Sequence[Any] = self.resolve_guards()
        self._doors = [guard for guard in guards if isinstance(guard, Door)]
        self._guards = [guard for guard in guards if not isinstance(guard, Door)]
        self._is_versioned = "version" in getattr(
            self.parsed_fn_signature.return_type.annotation, "__struct_fields__", ()
        )

    @property
    def is_bound(self) -> bool:
        """Whether `answer` can serve it; Litestar serves the rest."""
        return self._binding is not None

    @property
    def sent_types(self) -> dict[str, Any]:
        """Parameter, by the name under which it is sent → the type that it is held to."""
        return {} if self._binding is None else self._binding.sent_types

    async def answer(self, scope: Any, receive: Receive) -> Answer | ASGIApp:
        """Ask the doors, call the handler, and return what it answered, encoded.

        A handler that made a whole response itself has it returned as an ASGI application.
        """
        if self._binding is None:
            raise RuntimeError(self.handler_name)
        for door in self._doors:
            await door.ask(scope["visit"])
        for guard in self._guards:
            await guard(Request(scope, receive), self)
        data = await self.fn(**await self._binding.arguments(scope, receive))
        if _is_plain(data):
            return self._encoded(data.content, data)
        if isinstance(data, Response):
            return await self.to_response(scope["litestar_app"], data, Request(scope, receive))
        return self._encoded(data)

    async def authorize_connection(self, connection: Any) -> None:
        """Ask the doors for Litestar, which would copy the handler for each."""
        for guard in self.resolve_guards():
            await guard(connection, self)  # type: ignore[misc]

    def _encoded(self, data: Any, response: Response[Any] | None = None) -> Answer:
        """Encode what a handler returned; a thing with a version carries it as its `ETag`."""
        body = b"" if self.status_code == _EMPTY_STATUS else _encode(data)
        headers = [(b"content-length", b"%d" % len(body)), *self._declared]
        if self.status_code != _EMPTY_STATUS:
            headers.append(_JSON)
        if response is not None:
            own = [(name.lower().encode(), v.encode()) for name, v in response.headers.items()]
            named = {name for name, _ in own}
            headers = [each for each in headers if each[0] not in named] + own
            return Answer(self.status_code, headers, body)
        if self._is_versioned:
            headers.append((b"etag", b'"%d"' % data.version))
        return Answer(self.status_code, headers, body)


def _is_plain(data: Any) -> bool:
    """Tell whether this is a thing and its headers, and nothing that Litestar would add to."""
    return (
        type(data) is Response
        and isinstance(data.content, msgspec.Struct)
        and data.media_type is None
        and data.status_code is None
        and data.background is None
        and not data.cookies
    )


class Binding:
    """How the parameters of one handler are found in a request.

    Raises `BadRequest` with every fault of parameters and body in one answer.
    """

    def __init__(self, route: HTTPRouteHandler) -> None:
        self._injected: list[tuple[str, str]] = []
        self._path: list[str] = []
        self._query: dict[str, str] = {}
        self._many: set[str] = set()
        self._moments: set[str] = set()
        self.sent_types: dict[str, Any] = {}
        """Name of a parameter as it is sent → the type that it is held to."""
        self._headers: dict[str, tuple[bytes, str]] = {}
        self._fields: list[Any] = []
        self._wants_request = False
        self._photos_max = 0
        self._body: msgspec.json.Decoder[Any] | None = None
        self._body_type: Any = None
        for name, field in route.parsed_fn_signature.parameters.items():
            self._add(name, field, route)
        self._parameters = msgspec.defstruct("Parameters", self._fields) if self._fields else None

    @classmethod
    def of(cls, route: HTTPRouteHandler) -> "Binding | None":
        """Return how to bind this handler, or None if that is left to Litestar."""
        try:
            return cls(route)
        except _LeftToLitestar:
            return None

    def _add(self, name: str, field: FieldDefinition, route: HTTPRouteHandler) -> None:
        kwarg = field.kwarg_definition
        if name in _INJECTED:
            self._injected.append((name, _INJECTED[name]))
        elif name == "request":
            self._wants_request = True
        elif name == "photos":
            self._photos_max = route.opt.get(PHOTOS_MAX, 1)
        elif name == "data":
            if not isinstance(kwarg, BodyKwarg) or kwarg.media_type != RequestEncodingType.JSON:
                raise _LeftToLitestar
            self._body_type = field.annotation
            self._body = msgspec.json.Decoder(field.annotation)
        elif isinstance(kwarg, ParameterKwarg):
            self._add_parameter(name, field, kwarg)
        else:
            raise _LeftToLitestar

    def _add_parameter(self, name: str, field: FieldDefinition, kwarg: ParameterKwarg) -> None:
        if isinstance(kwarg, CookieParameter):
            raise _LeftToLitestar
        sent = kwarg.name or name
        if isinstance(kwarg, PathParameter):
            self._path.append(name)
            if _meta(kwarg) is None:  # Litestar's router has converted it already
                return
        elif isinstance(kwarg, HeaderParameter):
            sent = kwarg.name or name.replace("_", "-")
            self._headers[name] = (sent.lower().encode(), sent)
        else:
            self._query[sent] = name
            if field.is_non_string_sequence:
                self._many.add(name)
        default = field.default if field.has_default else msgspec.NODEFAULT
        kind = _constrained(field, kwarg)
        if kind is datetime:
            kind = _Moment
            self._moments.add(name)
        self._fields.append((name, kind, default))
        self.sent_types[sent] = kind

    async def arguments(self, scope: Any, receive: Receive) -> dict[str, Any]:
        """Return the keyword arguments of the handler for this request."""
        arguments: dict[str, Any] = {}
        found: list[Fault] = []
        if self._path:
            parameters = scope["path_params"]
            for name in self._path:
                arguments[name] = parameters[name]
        if self._parameters is not None:
            arguments |= self._bound(scope, arguments, found)
        if self._photos_max:
            arguments |= await self._parcel(Request(scope, receive), found)
        elif self._body is not None:
            body = await _json_of(scope, receive)
            receive = Whole(body, receive)  # for a handler that takes the request itself, too
            arguments["data"] = self._decoded(body, found)
        if found:
            raise (Inconsistent if is_only_inconsistent(found) else BadRequest)(errors=found)
        if self._injected:
            visit = scope["visit"]
            for name, maker in self._injected:
                arguments[name] = getattr(visit, maker)()
        if self._wants_request:
            arguments["request"] = Request(scope, receive)
        return arguments

    def _bound(self, scope: Any, path: dict[str, Any], found: list[Fault]) -> dict[str, Any]:
        given: dict[str, Any] = dict(path)
        if self._query and scope["query_string"]:
            self._ask(scope["query_string"].decode(), given, found)
        if self._headers:
            headers: dict[bytes, bytes] = scope["exchange"].headers
            for name, (key, _) in self._headers.items():
                if key in headers:
                    given[name] = headers[key].decode("latin-1")
        for name in self._moments & given.keys():
            given[name] = _moment(given[name])
        try:
            bound = msgspec.convert(given, self._parameters, strict=False)
        except msgspec.ValidationError:
            wrong = faults(given, self._parameters, lax=True)
            found.extend(map(self._renamed, wrong or (Fault(code="inconsistent"),)))
            return {}
        return msgspec.structs.asdict(bound)

    def _ask(self, query: str, given: dict[str, Any], found: list[Fault]) -> None:
        for key, value in _pairs(query):
            name = self._query.get(key)
            if name is None:
                continue
            if name in self._many:
                given.setdefault(name, []).append(value)
            elif name in given:
                found.append(Fault(parameter=key, code="inconsistent"))
            else:
                given[name] = value

    def _renamed(self, fault: Fault) -> Fault:
        name = (fault.pointer or "").removeprefix("/").partition("/")[0]
        for key, field in self._query.items():
            if field == name:
                name = key
        if name in self._headers:
            name = self._headers[name][1]
        return msgspec.structs.replace(fault, pointer=None, parameter=name)

    async def _parcel(self, request: Request[Any, Any, Any], found: list[Fault]) -> dict[str, Any]:
        parcel = await self._unpacked(request)
        arguments: dict[str, Any] = {"photos": Photos(parcel.photos)}
        if self._body is not None:
            arguments["data"] = self._decoded(parcel.data, found, at=f"/{DATA}")
        return arguments

    async def _unpacked(self, request: Request[Any, Any, Any]) -> Parcel:
        content_type = request.headers.get("content-type", "")
        kind = content_type.partition(";")[0].strip().lower()
        if self._body is not None and kind != MULTIPART:
            return Parcel(data=await _json_of(request.scope, request.receive), photos=())
        if kind not in {MULTIPART, OCTETS} and not kind.startswith("image/"):
            raise UnsupportedMediaType
        return unpack(content_type, await request.body(), photos_max=self._photos_max)

    def _decoded(self, raw: bytes | None, found: list[Fault], *, at: str = "") -> Any:
        if self._body is None:
            raise RuntimeError
        if raw is None:
            found.append(Fault(pointer=at, code="required"))
            return None
        try:
            return self._body.decode(raw)
        except (msgspec.DecodeError, UnicodeDecodeError):
            found.extend(faults_of_json(raw, self._body_type, at=at))
        return None


def _pairs(query: str) -> list[tuple[str, str]]:
    if "%" in query or "+" in query:
        return parse_qsl(query, keep_blank_values=True)
    pairs = (part.partition("=") for part in query.split("&") if part)
    return [(name, value) for name, _, value in pairs]


async def _json_of(scope: Any, receive: Receive) -> bytes:
    content_type: bytes = scope["exchange"].headers.get(b"content-type", b"")
    kind = content_type.partition(b";")[0].strip().lower()
    if kind != b"application/json" and not kind.endswith(b"+json"):
        raise UnsupportedMediaType
    return await body_of(receive)


class _LeftToLitestar(Exception):
    """A handler takes something that `Binding` does not know."""


def _meta(kwarg: ParameterKwarg) -> msgspec.Meta | None:
    limits = {
        "gt": kwarg.gt,
        "ge": kwarg.ge,
        "lt": kwarg.lt,
        "le": kwarg.le,
        "multiple_of": kwarg.multiple_of,
        "min_length": kwarg.min_length if kwarg.min_length is not None else kwarg.min_items,
        "max_length": kwarg.max_length if kwarg.max_length is not None else kwarg.max_items,
        "pattern": kwarg.pattern,
    }
    given: dict[str, Any] = {name: limit for name, limit in limits.items() if limit is not None}
    return msgspec.Meta(**given) if given else None


def _constrained(field: FieldDefinition, kwarg: ParameterKwarg) -> Any:
    """Return the type of a parameter that is sent: what may be left out is still never null."""
    kinds = [inner.raw for inner in field.inner_types if inner.raw is not type(None)]
    kind = reduce(or_, kinds) if field.is_optional else field.raw
    meta = _meta(kwarg)
    return kind if meta is None else _annotated(kind, meta)


def _moment(text: Any) -> Any:
    """Read RFC 3339. In a query msgspec would take `0.5` for a second after midnight in 1970."""
    try:
        return msgspec.convert(text, _Moment)
    except msgspec.ValidationError:
        return ""  # no moment either way


def _annotated(kind: Any, meta: msgspec.Meta) -> Any:
    return Annotated[kind, meta]
