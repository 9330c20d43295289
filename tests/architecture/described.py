"""The least that a route takes, by the published description, so that a door is what refuses."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

_ROOT: Final = Path(__file__).parents[2]
_DESCRIBED: Final = json.loads((_ROOT / "contracts/openapi.json").read_text(encoding="utf-8"))
_TYPE: Final = re.compile(r":\w+\}")
_FORMATS: Final[Mapping[str, str]] = {
    "uuid": "0198c0de-0000-7000-8000-000000000000",
    "date": "2027-01-04",
    "date-time": "2027-01-04T08:00:00+07:00",
}
_PATTERNS: Final[Mapping[str, str]] = {
    "^[0-9a-f]{64}$": "0" * 64,
    "^[a-z][a-z0-9_]{0,63}$": "name",
    "^[0-9]{12}$": "038000000001",
}


def body(method: str, address: str) -> Any:
    """Return a body that the route takes, or None where it takes none in JSON."""
    path = _DESCRIBED["paths"].get(_TYPE.sub("}", address), {})
    content = path.get(method.lower(), {}).get("requestBody", {}).get("content", {})
    return _least(content["application/json"]["schema"]) if "application/json" in content else None


def _least(schema: Mapping[str, Any]) -> Any:
    if "$ref" in schema:
        return _least(_DESCRIBED["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    for choice in ("anyOf", "oneOf", "allOf"):
        if choice in schema:
            return _least(schema[choice][0])
    if "enum" in schema:
        return schema["enum"][0]
    match schema.get("type"):
        case "object":
            wanted = schema.get("required", ())
            return {name: _least(schema["properties"][name]) for name in wanted}
        case "array":
            return [_least(schema["items"]) for _ in range(schema.get("minItems", 0))]
        case "integer" | "number":
            return schema.get("minimum", 1)
        case "boolean":
            return True
        case _:
            return _text(schema)


def _text(schema: Mapping[str, Any]) -> str:
    for example in schema.get("examples", ()):
        return example
    by_shape = _FORMATS.get(schema.get("format", "")) or _PATTERNS.get(schema.get("pattern", ""))
    return by_shape or "Đúng như thế".ljust(schema.get("minLength", 0), ".")
