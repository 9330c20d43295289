"""Canonical content: one spelling for one meaning, so that bytes can be signed and kept.

A profile of RFC 8785: strings, integers below 2^53, booleans, null, arrays and objects whose keys
are `[a-z][a-z0-9_]*`. There are no floats (a mark is the text "8.6"), so sorted members and the
shortest escapes are all that is left of the RFC, and `msgspec` writes exactly that.
"""

import re
from collections.abc import Iterable
from typing import Any, Final, TypeVar, cast

import msgspec

BYTES_MAX: Final = 1 << 20
DEPTH_MAX: Final = 12
CHARACTERS_MAX: Final = 4000
_INTEGER_MAX: Final = (1 << 53) - 1
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,63}\Z")
_encode: Final = msgspec.json.Encoder(order="sorted").encode

S = TypeVar("S", bound=msgspec.Struct)


class NotCanonical(Exception):
    """These bytes, or this value, are not content that may be signed."""


def canonical(value: object) -> bytes:
    """Return the one spelling of a value. Raises `NotCanonical` outside the profile."""
    plain = msgspec.to_builtins(value)
    _require_profile(plain, 1)
    encoded = _encode(plain)
    if len(encoded) > BYTES_MAX:
        raise NotCanonical("too long")
    return encoded


def accepted(raw: bytes) -> Any:
    """Return the value of bytes that are canonical already.

    They are decoded, looked at, encoded again and compared: whatever two readers could take for
    different things (duplicate members, other spellings, spaces) does not survive that.
    """
    if len(raw) > BYTES_MAX:
        raise NotCanonical("too long")
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise NotCanonical("not JSON") from error
    if canonical(value) != raw:
        raise NotCanonical("another spelling")
    return value


def accepted_as(raw: bytes, kind: type[S]) -> S:
    """Return canonical bytes as a Struct that forgets none of them."""
    value = accepted(raw)
    try:
        struct = msgspec.convert(value, kind)
    except msgspec.ValidationError as error:
        raise NotCanonical("another shape") from error
    if canonical(struct) != raw:
        raise NotCanonical("another shape")
    return struct


def _require_profile(value: object, depth: int) -> None:
    if isinstance(value, str):
        _require_text(value)
    elif isinstance(value, bool) or value is None:
        return
    elif isinstance(value, int):
        if abs(value) > _INTEGER_MAX:
            raise NotCanonical("an integer that JavaScript would round")
    elif isinstance(value, dict | list | tuple):
        if depth > DEPTH_MAX:
            raise NotCanonical("too deep")
        for member in _members(cast("dict[object, object] | list[object]", value)):
            _require_profile(member, depth + 1)
    else:
        raise NotCanonical("neither text, integer, truth value, null, array nor object")


def _require_text(text: str) -> None:
    if len(text) > CHARACTERS_MAX:
        raise NotCanonical("a text is too long")
    if not text.isascii() and any("\ud800" <= letter <= "\udfff" for letter in text):
        raise NotCanonical("half a character")


def _members(value: dict[object, object] | list[object]) -> Iterable[object]:
    if not isinstance(value, dict):
        return value
    for key in value:
        if not isinstance(key, str) or not _KEY.match(key):
            raise NotCanonical("a member's name")
    return value.values()
