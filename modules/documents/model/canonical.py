"""Canonical content: one spelling for one meaning, so that bytes can be signed and kept.

A profile of RFC 8785: strings, integers below 2^53, booleans, null, arrays and objects whose keys
are `[a-z][a-z0-9_]*`. There are no floats (a mark is the text "8.6"), so sorted members and the
shortest escapes are all that is left of the RFC, and `msgspec` writes exactly that.
"""

import re
from collections.abc import Callable
from functools import cache
from types import NoneType
from typing import Any, Final, TypeVar, cast

import msgspec
from msgspec import inspect

BYTES_MAX: Final = 1 << 20
DEPTH_MAX: Final = 12
CHARACTERS_MAX: Final = 4000
INTEGER_MAX: Final = (1 << 53) - 1
"""The largest integer that JavaScript reads as it is written."""
_KEY: Final = re.compile(r"[a-z][a-z0-9_]{0,63}\Z")
_KNOWN_MAX: Final = 10_000
_encode: Final = msgspec.json.Encoder(order="sorted").encode
_CLEAR: Final = frozenset({str, bool, NoneType})
"""Types of which a value that was decoded is in the profile, whatever it is."""
_CLEAR_OF_LONG: Final = _CLEAR - {str}
_CLOSED: Final = (
    inspect.StrType,
    inspect.BoolType,
    inspect.NoneType,
    inspect.LiteralType,
    inspect.DateType,
    inspect.UUIDType,
)
_known: Final[set[str]] = set()
"""Members' names that were found good before; the same ones come back in every document."""

S = TypeVar("S", bound=msgspec.Struct)
V = TypeVar("V")


class NotCanonical(Exception):
    """These bytes, or this value, are not content that may be signed."""


def canonical(value: object) -> bytes:
    """Return the one spelling of a value. Raises `NotCanonical` outside the profile."""
    plain = msgspec.to_builtins(value)
    try:
        encoded = _encode(plain)
    except (UnicodeError, RecursionError) as error:
        raise NotCanonical("half a character, or too deep") from error
    if len(encoded) > BYTES_MAX:
        raise NotCanonical("too long")
    _require_profile(plain, encoded, DEPTH_MAX)
    return encoded


def accepted_as(raw: bytes, kind: type[S]) -> S:
    """Return canonical bytes as a Struct that forgets none of them.

    They are decoded, looked at, encoded again and compared: whatever two readers could take for
    different things (duplicate members, other spellings, spaces) does not survive that. The types
    say all of most members; what they leave open is looked at.
    """
    struct: S = _decoded(raw, _decoder(kind).decode)
    if len(raw) > CHARACTERS_MAX:
        _require_profile(_decoded(raw, _decode), raw, DEPTH_MAX)
    else:
        for name in _open_members(kind):
            _require_profile(getattr(struct, name), raw, DEPTH_MAX - 1)
    # The Struct's own encoding is the same only if no member was passed over.
    if _encode(struct) != raw:
        raise NotCanonical("another shape")
    return struct


@cache
def _open_members(kind: type[msgspec.Struct]) -> tuple[str, ...]:
    """Return the members of which the types do not say all that the profile asks for.

    Those may be of any JSON. An integer without an upper bound elsewhere is a bug: TypeError.
    """
    found: list[str] = []
    for field in msgspec.structs.fields(kind):
        told = inspect.type_info(field.type)
        if isinstance(told, inspect.AnyType | inspect.DictType):
            found.append(field.name)
        elif not _is_closed(told):
            raise TypeError(f"{kind.__name__}.{field.name} does not say all of its values")
    return tuple(found)


def _is_closed(told: inspect.Type) -> bool:
    match told:
        case inspect.IntType():
            return told.le is not None and told.le <= INTEGER_MAX and (told.ge or 0) >= 0
        case inspect.Metadata():
            return _is_closed(told.type)
        case inspect.VarTupleType():
            return _is_closed(told.item_type)
        case inspect.UnionType():
            return all(map(_is_closed, told.types))
        case inspect.StructType():
            return all(_is_closed(field.type) for field in told.fields)
        case _:
            return isinstance(told, _CLOSED)


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


def _require_profile(value: object, raw: bytes, depth_max: int) -> None:
    """Require the profile of a value that these bytes are.

    A text is no longer than the bytes, so of most documents only objects, arrays and numbers need
    be looked at one by one.
    """
    clear = _CLEAR if len(raw) <= CHARACTERS_MAX else _CLEAR_OF_LONG
    waiting: list[Any] = [value]
    for _ in range(depth_max):
        below: list[Any] = []
        for each in waiting:
            kind: object = each.__class__
            if kind is dict:
                if not each.keys() <= _known:
                    _learn(each)
                below += [member for member in each.values() if type(member) not in clear]
            elif kind is list or kind is tuple:
                below += [member for member in each if type(member) not in clear]
            elif kind is not str or len(each) > CHARACTERS_MAX:
                _require_scalar(each)
        if not below:
            return
        waiting = below
    for each in waiting:
        _require_scalar(each)


def _require_scalar(value: object) -> None:
    kind = type(value)
    if kind is int:
        if abs(cast("int", value)) > INTEGER_MAX:
            raise NotCanonical("an integer that JavaScript would round")
    elif kind is str:
        if len(cast("str", value)) > CHARACTERS_MAX:
            raise NotCanonical("a text is too long")
    elif kind not in _CLEAR:
        raise NotCanonical("too deep, or of no type that there is")


def _learn(value: dict[object, object]) -> None:
    names = [name for name in value if isinstance(name, str) and _KEY.match(name)]
    if len(names) != len(value):
        raise NotCanonical("a member's name")
    if len(_known) < _KNOWN_MAX:
        _known.update(names)
