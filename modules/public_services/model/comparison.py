"""Two versions side by side, member by member."""

from collections.abc import Iterator
from typing import Any, TypeAlias, cast

import msgspec

from modules.public_services.model.procedures import Stored
from modules.public_services.model.views import Difference

Leaf: TypeAlias = str | int | bool | None


def members(value: Any, pointer: str = "") -> Iterator[tuple[str, Leaf]]:
    """Return every member with its pointer; an item of a list is named by its key."""
    if isinstance(value, dict):
        for name, each in cast("dict[str, object]", value).items():
            if name != "key":
                yield from members(each, f"{pointer}/{name}")
    elif isinstance(value, list | tuple):
        for place, each in enumerate(cast("list[object]", value)):
            name = cast("dict[str, str]", each)["key"] if isinstance(each, dict) else str(place)
            yield from members(each, f"{pointer}/{name}")
    else:
        yield pointer, cast("Leaf", value)


def document(stored: Stored) -> dict[str, Any]:
    """Return what a version says, without its ids and dates."""
    return {**msgspec.to_builtins(stored.head()), "body": msgspec.to_builtins(stored.body)}


def differences(before: dict[str, Any], after: dict[str, Any]) -> tuple[Difference, ...]:
    """Return the members that differ, in the order of their pointers."""
    old, new = dict(members(before)), dict(members(after))
    return tuple(
        Difference(pointer=pointer, before=old.get(pointer), after=new.get(pointer))
        for pointer in sorted(old.keys() | new.keys())
        if old.get(pointer) != new.get(pointer)
    )


def changed_fields(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """Return the outermost members that differ: `title`, `body/cases`."""
    found: set[str] = set()
    for each in differences(before, after):
        parts = each.pointer.split("/")
        found.add("/".join(parts[1:3]) if parts[1] == "body" else parts[1])
    return sorted(found)
