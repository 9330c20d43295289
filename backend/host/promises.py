"""What a newer description may not take away from those who built on an older one.

Readers rely on what answers hold, senders on what requests may leave out. Adding is free; each line
that `broken` returns would break somebody, and belongs into `/v2` or a new event class.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

Document = Mapping[str, Any]

_LOWER: Final = ("minimum", "exclusiveMinimum", "minLength", "minItems")
_UPPER: Final = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")


def broken(old: Document, new: Document) -> list[str]:
    """Return each promise of an OpenAPI document that its successor does not keep."""
    return [
        f"{method.upper()} {path}: {breach}"
        for path, operations in old.get("paths", {}).items()
        for method, operation in operations.items()
        for breach in _operation(
            _Reader(old), _Reader(new), operation, new.get("paths", {}).get(path, {}).get(method)
        )
    ]


def broken_event(old: Document, new: Document) -> list[str]:
    """Return each promise of an event's JSON Schema that its successor does not keep."""
    return list(_answer(_Reader(old), _Reader(new), dict(old), dict(new), "event"))


class _Reader:
    """Follows the references of one document."""

    def __init__(self, document: Document) -> None:
        self._document = document

    def read(self, schema: Any) -> dict[str, Any]:
        while "$ref" in (schema or {}):
            found: Any = self._document
            for part in schema["$ref"].removeprefix("#/").split("/"):
                found = found[part]
            schema = found
        return dict(schema or {})


def _operation(
    before: _Reader, after: _Reader, old: Document, new: Document | None
) -> Iterator[str]:
    if new is None:
        yield "is gone"
        return
    if old.get("operationId") != new.get("operationId"):
        yield f"operationId {old.get('operationId')!r} changed"
    if not old.get("security") and new.get("security"):
        yield "now asks for a credential"
    yield from _parameters(before, after, old, new)
    yield from _bodies(before, after, old, new)
    for status, response in old.get("responses", {}).items():
        if status not in new.get("responses", {}):
            yield f"status {status} is gone"
            continue
        replies = new["responses"][status].get("content", {})
        for kind, content in response.get("content", {}).items():
            if kind not in replies:
                yield f"{status} is no longer {kind}"
            else:
                yield from _answer(
                    before, after, content.get("schema"), replies[kind].get("schema"), status
                )


def _parameters(before: _Reader, after: _Reader, old: Document, new: Document) -> Iterator[str]:
    known = {(p["in"], p["name"]): p for p in map(before.read, old.get("parameters", ()))}
    asked = {(p["in"], p["name"]): p for p in map(after.read, new.get("parameters", ()))}
    for key, parameter in asked.items():
        if parameter.get("required") and not known.get(key, {}).get("required"):
            yield f"parameter {key[1]} is newly required"
    for key, parameter in known.items():
        if key not in asked:
            yield f"parameter {key[1]} is gone"
            continue
        was, now = before.read(parameter.get("schema")), after.read(asked[key].get("schema"))
        if was.get("default") != now.get("default"):
            yield f"parameter {key[1]} has another default"
        yield from _request(before, after, was, now, f"parameter {key[1]}")


def _bodies(before: _Reader, after: _Reader, old: Document, new: Document) -> Iterator[str]:
    known = before.read(old.get("requestBody"))
    asked = after.read(new.get("requestBody"))
    if asked.get("required") and not known.get("required"):
        yield "a body is newly required"
    for kind, content in known.get("content", {}).items():
        if kind not in asked.get("content", {}):
            yield f"a body of {kind} is no longer taken"
            continue
        schema = asked["content"][kind].get("schema")
        yield from _request(before, after, content.get("schema"), schema, "body")


def _request(
    before: _Reader, after: _Reader, old: Any, new: Any, place: str, depth: int = 0
) -> Iterator[str]:
    """What was accepted must still be."""
    was, now = before.read(old), after.read(new)
    if _kinds(before, was) - _kinds(after, now):
        yield f"{place} was retyped"
    yield from _narrowed(was, now, place)
    for name in set(now.get("required", ())) - set(was.get("required", ())):
        yield f"{place}/{name} is newly required"
    for name, schema in was.get("properties", {}).items():
        if name not in now.get("properties", {}):
            yield f"{place}/{name} is no longer taken"
        elif depth < 12:  # schemas may refer to themselves
            yield from _request(
                before, after, schema, now["properties"][name], f"{place}/{name}", depth + 1
            )


def _narrowed(was: Document, now: Document, place: str) -> Iterator[str]:
    for limit in _LOWER:
        if limit in now and now[limit] > was.get(limit, float("-inf")):
            yield f"{place} has a higher {limit}"
    for limit in _UPPER:
        if limit in now and now[limit] < was.get(limit, float("inf")):
            yield f"{place} has a lower {limit}"
    if now.get("pattern") not in {None, was.get("pattern")}:
        yield f"{place} has another pattern"
    if "enum" in now and set(was.get("enum", ())) - set(now["enum"]):
        yield f"{place} lost a value"


def _answer(
    before: _Reader, after: _Reader, old: Any, new: Any, place: str, depth: int = 0
) -> Iterator[str]:
    """What was promised must still be there."""
    was, now = before.read(old), after.read(new)
    if _kinds(after, now) - _kinds(before, was):
        yield f"{place} was retyped"
    for name, schema in was.get("properties", {}).items():
        if name not in now.get("properties", {}):
            yield f"{place}/{name} is gone"
        elif name in was.get("required", ()) and name not in now.get("required", ()):
            yield f"{place}/{name} is newly optional"
        elif depth < 12:  # schemas may refer to themselves
            yield from _answer(
                before, after, schema, now["properties"][name], f"{place}/{name}", depth + 1
            )
    if "items" in was and depth < 12:
        yield from _answer(before, after, was["items"], now.get("items"), f"{place}[]", depth + 1)


def _kinds(reader: _Reader, schema: Document) -> frozenset[str]:
    """Return the JSON types a schema admits; none where it does not say."""
    kinds: set[str] = set()
    for choice in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        kinds |= _kinds(reader, reader.read(choice))
    kind = schema.get("type", ())
    kinds |= {kind} if isinstance(kind, str) else set(kind)
    return frozenset(kinds)
