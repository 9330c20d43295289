"""The shapes in the description: as msgspec tells them, for it is what holds requests to them."""

import re
from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeAlias, get_args, get_origin

import msgspec
from litestar import Response
from litestar.datastructures import UploadFile
from litestar.handlers import HTTPRouteHandler
from litestar.params import BodyKwarg
from msgspec import inspect

from backend.gateway.parcel import DATA, MULTIPART, OCTETS
from backend.gateway.route import Route
from backend.kernel import Module
from contracts.problem import Problem

Document: TypeAlias = dict[str, Any]
Operation: TypeAlias = tuple[str, str, Document, HTTPRouteHandler]
"""Path, method, description and handler."""

SCHEMAS: Final = "#/components/schemas/"
_WIDE: Final = 2**63
_ODD: Final = re.compile(r"[^a-zA-Z0-9.\-_]")
_NAMED: Final = (
    inspect.StructType,
    inspect.TypedDictType,
    inspect.DataclassType,
    inspect.NamedTupleType,
    inspect.EnumType,
)


def shape(document: Document, operations: Sequence[Operation], modules: Sequence[Module]) -> None:
    """Describe bodies, answers and parameters as msgspec does, which is what it holds them to."""
    shapes = _Shapes(modules)
    shapes.described(Problem)
    bodies: list[Document] = []
    for _, _, operation, handler in operations:
        if kind := _body_type(handler):
            bodies.append(shapes.described(kind))
            _place(bodies[-1], operation.get("requestBody", {}))
        answer = operation["responses"].get(str(handler.status_code), {})
        if kind := _answer_type(handler):
            _place(shapes.described(kind), answer)
        else:
            _open(answer)
        types = handler.sent_types if isinstance(handler, Route) else {}
        for parameter in operation.get("parameters", ()):
            if parameter["name"] in types:
                told = parameter.get("schema", {})
                kept = {key: told[key] for key in ("default", "examples") if key in told}
                parameter["schema"] = {**shapes.described(types[parameter["name"]]), **kept}
            else:
                _type(parameter["schema"])
    _complete(shapes, bodies)
    document["components"]["schemas"] = dict(sorted(shapes.components.items()))


class _Shapes:
    """Every shape of the interface under the name that it is published with.

    A name begins with its module's (`FeedbackReport`), so that a new module renames none; the words
    that all modules share keep theirs (`Problem`).
    """

    def __init__(self, modules: Sequence[Module]) -> None:
        self._modules = sorted(modules, key=lambda module: -len(module.package))
        self._owners: dict[str, Any] = {}
        self.components: Document = {}
        self.leaving_out: set[str] = {"Problem", "Fault"}
        """Names of the types that leave out members which have their default value."""

    def described(self, kind: Any) -> Document:
        """Return the schema of a type; raises ValueError for a name that another type has."""
        (schema,), found = msgspec.json.schema_components(
            [kind], schema_hook=_of_file, ref_template=SCHEMAS + "{name}"
        )
        names = {_written(cls, found): self._name(cls) for cls in _classes(kind)}
        references = {SCHEMAS + old: SCHEMAS + new for old, new in names.items()}
        for old, shape in found.items():
            _tidy(shape, references)
            self.components[names[old]] = {**shape, "title": names[old]}
        _tidy(schema, references)
        return schema

    def _name(self, cls: Any) -> str:
        origin = get_origin(cls)
        if origin is not None:  # a page of units is a `TerritoryUnitPage`
            name = "".join(self._name(each) for each in get_args(cls)) + origin.__name__
        else:
            name = f"{self._prefix(cls)}{cls.__name__}"
        if self._owners.setdefault(name, cls) != cls:
            raise ValueError(f"{cls} and {self._owners[name]} are both published as {name}")
        struct = getattr(origin or cls, "__struct_config__", None)
        if struct is not None and struct.omit_defaults:
            self.leaving_out.add(name)
        return name

    def _prefix(self, cls: Any) -> str:
        home = f"{cls.__module__}."
        for module in self._modules:
            if home.startswith(f"{module.package or module.name}."):
                prefix = "".join(word.capitalize() for word in module.name.split("_"))
                return "" if cls.__name__.startswith(prefix) else prefix
        return ""


def _classes(kind: Any) -> Iterator[Any]:
    """Return every class that has a name of its own in the schema of a type."""
    waiting: list[Any] = [inspect.type_info(kind)]
    seen: set[int] = set()
    while waiting:
        current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        if isinstance(current, _NAMED):
            yield current.cls
        if isinstance(current, msgspec.Struct):
            waiting += [getattr(current, name) for name in current.__struct_fields__]
        elif isinstance(current, tuple):
            waiting += current


def _written(cls: Any, components: Document) -> str:
    """Return the name that msgspec gives to a class: with its path if another shares it."""
    full = f"{cls.__module__}.{cls.__qualname__}"
    if full in components:
        return full
    args = ", ".join(getattr(each, "__name__", "") for each in get_args(cls))
    return _ODD.sub("_", f"{cls.__name__}[{args}]" if args else cls.__name__)


def _place(schema: Document, body: Document) -> None:
    """Say what a request or an answer carries; JSON may be one part of a form among others."""
    for media_type, content in body.get("content", {}).items():
        parts = content.get("schema", {}).get("properties", {})
        if media_type == MULTIPART and DATA in parts:
            parts[DATA] = schema
        elif media_type != OCTETS:
            content["schema"] = schema


def _open(answer: Document) -> None:
    """Say of JSON that is sent as it is kept, in bytes, that it is an object and no string."""
    for media_type, content in answer.get("content", {}).items():
        if media_type.endswith(("/json", "+json")):
            content["schema"] = {"type": "object"}


def _body_type(handler: HTTPRouteHandler) -> Any:
    field = handler.parsed_fn_signature.parameters.get("data")
    if field is None or not isinstance(field.kwarg_definition, BodyKwarg):
        return None
    return field.annotation


def _answer_type(handler: HTTPRouteHandler) -> Any:
    kind = handler.parsed_fn_signature.return_type.annotation
    if get_origin(kind) is Response:
        (kind,) = get_args(kind)
    is_bare = isinstance(kind, type) and issubclass(kind, Response)
    return None if is_bare or kind in {None, type(None), Any, bytes, str} else kind


def _of_file(kind: type) -> Document:
    if issubclass(kind, UploadFile):
        return {"type": "string", "format": "binary"}
    raise NotImplementedError


def _complete(shapes: _Shapes, bodies: Sequence[Document]) -> None:
    """Name every member of what is only ever answered as required, unless its type leaves some."""
    sent = {*_reached(bodies, shapes.components), *shapes.leaving_out}
    for name, schema in shapes.components.items():
        if name not in sent and "properties" in schema:
            schema["required"] = sorted(schema["properties"])


def _reached(found: Any, components: Document) -> Iterator[str]:
    """Return the name of every component that these schemas lead to."""
    seen: set[str] = set()
    waiting = [found]
    while waiting:
        current = waiting.pop()
        if isinstance(current, list):
            waiting += current
        elif isinstance(current, dict):
            name = str(current.get("$ref", "")).removeprefix(SCHEMAS)
            if name and name not in seen:
                seen.add(name)
                waiting.append(components[name])
            waiting += [value for value in current.values() if isinstance(value, dict | list)]
    return iter(seen)


def _tidy(value: Any, references: dict[str, str]) -> None:
    if isinstance(value, list):
        for item in value:
            _tidy(item, references)
    elif isinstance(value, dict):
        if value.get("$ref") in references:
            value["$ref"] = references[value["$ref"]]
        if isinstance(value.get("discriminator"), dict):
            mapping = value["discriminator"].get("mapping", {})
            mapping.update({tag: references.get(old, old) for tag, old in mapping.items()})
        if value.get("items") is False:  # `maxItems` says it too, and some readers want a schema
            value["items"] = {}
        if isinstance(value.get("description"), str):
            value["description"] = _unwrapped(value["description"])
        _type(value)
        for item in value.values():
            _tidy(item, references)


def _type(schema: Document) -> None:
    """Say what kind of variable takes a value; a number of unknown limits asks for 64 bits."""
    choices = schema.get("enum")
    if isinstance(choices, list) and all(isinstance(choice, str) for choice in choices):
        schema.setdefault("type", "string")
    if schema.get("type") == "number":
        schema["format"] = "double"
    elif schema.get("type") == "integer":
        lowest = schema.get("minimum", schema.get("exclusiveMinimum", -_WIDE))
        highest = schema.get("maximum", schema.get("exclusiveMaximum", _WIDE))
        is_narrow = lowest >= -(2**31) and highest < 2**31
        schema["format"] = "int32" if is_narrow else "int64"


def _unwrapped(text: str) -> str:
    """Join the lines of each paragraph of a docstring."""
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
