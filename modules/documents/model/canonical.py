"""Canonical content: one spelling for one meaning, so that bytes can be signed and kept.

A profile of RFC 8785: strings, integers below 2^53, booleans, null, arrays and objects whose keys
are `[a-z][a-z0-9_]*`. There are no floats (a mark is the text "8.6"), so sorted members and the
shortest escapes are all that is left of the RFC, and `msgspec` writes exactly that.
"""

import re
from collections.abc import Callable, Iterable
from functools import cache
from types import NoneType
from typing import Any, Final, TypeVar, cast

import msgspec

BYTES_MAX: Final = 1 << 20
DEPTH_MAX: Final = 12
CHARACTERS_MAX: Final = 4000
_INTEGER_MAX: Final = (1 << 53) - 1
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,63}\Z")
_KNOWN_MAX: Final = 10_000
_encode: Final = msgspec.json.Encoder(order="sorted").encode
_CLEAR: Final = frozenset({str, bool, NoneType})
"""Types of which a value that was decoded is in the profile, whatever it is."""
_known: Final[set[str]] = set()
"""Members' names that were found good before; the same ones come back in every document."""

S = TypeVar("S", bound=msgspec.Struct)
V = TypeVar("V")


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
    value = _decoded(raw, _decode)
    _require_decoded(value, raw)
    if _encode(value) != raw:
        raise NotCanonical("another spelling")
    return value


def accepted_as(raw: bytes, kind: type[S]) -> S:
    """Return canonical bytes as a Struct that forgets none of them."""
    _require_decoded(_decoded(raw, _decode), raw)
    struct: S = _decoded(raw, _decoder(kind).decode)
    # The Struct's own encoding is the same only if no member was passed over.
    if _encode(struct) != raw:
        raise NotCanonical("another shape")
    return struct


def _refuse_float(_: str) -> float:
    raise NotCanonical("a number that is no integer")


_decode: Final[Callable[[bytes], Any]] = msgspec.json.Decoder(float_hook=_refuse_float).decode


@cache
def _decoder(kind: type) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind, float_hook=_refuse_float)


def _decoded(raw: bytes, decode: Callable[[bytes], V]) -> V:
    if len(raw) > BYTES_MAX:
        raise NotCanonical("too long")
    try:
        return decode(raw)
    except (msgspec.MsgspecError, UnicodeError, RecursionError) as error:
        raise NotCanonical("not JSON of this shape") from error


def _require_decoded(value: object, raw: bytes) -> None:
    """Require the profile of a value that comes from these bytes: only what JSON leaves open.

    A text is no longer than the bytes, so of most documents only objects, arrays and numbers need
    be looked at one by one.
    """
    if len(raw) > CHARACTERS_MAX:
        _require_profile(value, 1)
        return
    waiting: list[Any] = [value]
    for _ in range(DEPTH_MAX):
        below: list[Any] = []
        for each in waiting:
            kind = cast("type[Any]", type(each))
            if kind is dict:
                if not each.keys() <= _known:
                    _learn(each)
                below.extend([member for member in each.values() if type(member) not in _CLEAR])
            elif kind is list:
                below.extend([member for member in each if type(member) not in _CLEAR])
            elif kind is int and abs(each) > _INTEGER_MAX:
                raise NotCanonical("an integer that JavaScript would round")
        if not below:
            return
        waiting = below
    if any(type(each) is not int or abs(each) > _INTEGER_MAX for each in waiting):
        raise NotCanonical("too deep")


def _learn(value: dict[str, object]) -> None:
    names = [name for name in value if _KEY.match(name)]
    if len(names) != len(value):
        raise NotCanonical("a member's name")
    if len(_known) < _KNOWN_MAX:
        _known.update(names)


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
