"""XML as it is written here: no namespaces, no attributes but where a standard wants them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, cast
from xml.sax.saxutils import escape, quoteattr

DECLARATION: Final = '<?xml version="1.0" encoding="utf-8"?>\n'

# What XML 1.0 cannot hold, not even as a reference (§2.2).
_UNWRITABLE: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(value: Any) -> str:
    """Write a value as the content of an element; None is nothing."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return escape(_UNWRITABLE.sub("", str(value)))


def element(name: str, content: str, attributes: Mapping[str, str] | None = None) -> str:
    """Write an element around content that is written already."""
    said = "".join(f" {key}={quoteattr(value)}" for key, value in (attributes or {}).items())
    return f"<{name}{said}>{content}</{name}>" if content else f"<{name}{said}/>"


def document(name: str, content: str) -> bytes:
    """Write a whole document."""
    return f"{DECLARATION}{element(name, content)}\n".encode()


def members(value: Mapping[str, Any], items: Mapping[str, str]) -> str:
    """Write an object member by member; `items` says what the elements of each list are called."""
    return "".join(_member(key, inner, items) for key, inner in value.items())


def _member(key: str, value: Any, items: Mapping[str, str]) -> str:
    if isinstance(value, Mapping):
        inside = cast("Mapping[str, Any]", value)
        return element(key, members(inside, items))
    if isinstance(value, Sequence) and not isinstance(value, str):
        listed = cast("Iterable[Any]", value)
        item = items[key]
        return element(key, "".join(_member(item, each, items) for each in listed))
    return element(key, text(value))
