"""The shapes in the description: as msgspec tells them, for it is what holds requests to them."""

import re
from collections import Counter
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
from contracts.problem import Fault, Problem

Document: TypeAlias = dict[str, Any]
Operation: TypeAlias = tuple[str, str, Document, HTTPRouteHandler]
"""Path, method, description and handler."""

SCHEMAS: Final = "#/components/schemas/"
_GENERIC: Final = re.compile(r"(\w+?)_(\w+)_\Z")


def shape(document: Document, operations: Sequence[Operation]) -> None:
    """Describe bodies as msgspec does, which is what it holds them to."""
    bodies = [
        (operation.get("requestBody", {}), kind)
        for _, _, operation, handler in operations
        if (kind := _body_type(handler))
    ]
    answers = [
        (operation["responses"].get(str(handler.status_code), {}), kind)
        for _, _, operation, handler in operations
        if (kind := _answer_type(handler))
    ]
    parameters = [
        (parameter, handler.sent_types[parameter["name"]])
        for _, _, operation, handler in operations
        if isinstance(handler, Route)
        for parameter in operation.get("parameters", ())
        if parameter["name"] in handler.sent_types
    ]
    kinds = [kind for _, kind in (*bodies, *answers)]
    (_, *schemas), components = msgspec.json.schema_components(
        [Problem, *kinds, *(kind for _, kind in parameters)],
        schema_hook=_of_file,
        ref_template=SCHEMAS + "{name}",
    )
    for (body, _), schema in zip((*bodies, *answers), schemas[: len(kinds)], strict=True):
        for media_type, content in body.get("content", {}).items():
            _place(schema, media_type, content)
    for (parameter, _), schema in zip(parameters, schemas[len(kinds) :], strict=True):
        told = parameter.get("schema", {})
        kept = {key: told[key] for key in ("default", "examples") if key in told}
        parameter["schema"] = {**schema, **kept}
    _complete(components, schemas[: len(bodies)], _leaving_out(kinds))
    document["components"]["schemas"] = components
    _rename(document)


def _place(schema: Document, media_type: str, content: Document) -> None:
    """Say what this media type carries; JSON may be one part of a form among others."""
    parts = content.get("schema", {}).get("properties", {})
    if media_type == MULTIPART and DATA in parts:
        parts[DATA] = schema
    elif media_type != OCTETS:
        content["schema"] = schema


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


def _complete(components: Document, bodies: Sequence[Document], leaving_out: set[str]) -> None:
    """Name every member of what is only ever answered as required, unless its type leaves some."""
    sent = {*_reached(bodies, components), *leaving_out}
    for name, schema in components.items():
        if name not in sent and "properties" in schema:
            schema["required"] = sorted(schema["properties"])


def _leaving_out(kinds: Sequence[Any]) -> set[str]:
    """Return the names of the types that leave out members which have their default value."""
    found = {Problem.__name__, Fault.__name__}
    waiting: list[Any] = list(inspect.multi_type_info(kinds))
    seen: set[int] = set()
    while waiting:
        current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        if isinstance(current, inspect.StructType) and _omits(current.cls):
            found |= _names(current.cls)
        if isinstance(current, msgspec.Struct):
            waiting += [getattr(current, name) for name in current.__struct_fields__]
        elif isinstance(current, tuple):
            waiting += current
    return found


def _names(kind: Any) -> set[str]:
    """Return how a type may be called: two of one name are told apart by where they stand."""
    named = get_origin(kind) or kind
    return {named.__name__, f"{named.__module__}.{named.__qualname__}"}


def _omits(kind: Any) -> bool:
    return (get_origin(kind) or kind).__struct_config__.omit_defaults


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


def _rename(document: Document) -> None:
    """Call `Page_Unit_` a `UnitPage`, and say the type of what has only its values."""
    schemas: Document = document["components"]["schemas"]
    names = {name: _GENERIC.sub(r"\2\1", name) for name in schemas}
    taken = Counter(names.values())
    names = {old: new if taken[new] == 1 else old for old, new in names.items()}
    document["components"]["schemas"] = {
        names[name]: {**schema, "title": names[name]} for name, schema in sorted(schemas.items())
    }
    _tidy(document, {SCHEMAS + old: SCHEMAS + new for old, new in names.items()})


def _tidy(value: Any, references: dict[str, str]) -> None:
    if isinstance(value, list):
        for item in value:
            _tidy(item, references)
    elif isinstance(value, dict):
        if value.get("$ref") in references:
            value["$ref"] = references[value["$ref"]]
        if value.get("items") is False:  # `maxItems` says it too, and some readers want a schema
            value["items"] = {}
        if isinstance(value.get("description"), str):
            value["description"] = _unwrapped(value["description"])
        choices = value.get("enum")
        if isinstance(choices, list) and all(isinstance(choice, str) for choice in choices):
            value.setdefault("type", "string")
        for item in value.values():
            _tidy(item, references)


def _unwrapped(text: str) -> str:
    """Join the lines of each paragraph of a docstring."""
    paragraphs = re.split(r"\n\s*\n", text.strip())
    return "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
