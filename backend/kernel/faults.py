"""Name every defect of a request, because a person who corrects one should not meet the next.

msgspec stops at the first fault and repeats what it was given (``Invalid enum value '038…'``).
So after it has refused, the value is walked member by member: each fault is a place, a code of
the closed list and the limit, and nothing that the caller sent.
"""

# What is walked came from outside: its keys and members are of any type, and looked at for that.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# pyright: reportUnknownMemberType=false

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Annotated, Any, Final, Literal, TypeAlias, TypeGuard
from uuid import UUID

import msgspec
from msgspec import Meta, inspect

from contracts.problem import Fault, FaultCode

FAULTS_MAX: Final = 50
"""A client that is wrong in more places than this is not helped by hearing of them all."""

ESCAPED_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""U+0000 in JSON, which PostgreSQL keeps in no text."""

_Fields: TypeAlias = inspect.StructType | inspect.TypedDictType | inspect.DataclassType
_PLAIN: Final[dict[type[inspect.Type], Any]] = {
    inspect.NoneType: None,
    inspect.BoolType: bool,
    inspect.DateType: date,
    inspect.TimeDeltaType: timedelta,
    inspect.UUIDType: UUID,
    inspect.DecimalType: Decimal,
}
_BOUNDED: Final[dict[type[inspect.Type], type]] = {
    inspect.IntType: int,
    inspect.FloatType: float,
    inspect.StrType: str,
    inspect.BytesType: bytes,
    inspect.ByteArrayType: bytearray,
    inspect.DateTimeType: datetime,
    inspect.TimeType: time,
}
_ARRAYS: Final = (inspect.CollectionType, inspect.TupleType, inspect.NamedTupleType)
_OBJECTS: Final = (
    inspect.StructType,
    inspect.TypedDictType,
    inspect.DataclassType,
    inspect.DictType,
)


def faults(value: object, wanted: Any, *, lax: bool = False) -> tuple[Fault, ...]:
    """List what is wrong with a decoded body that should be a `wanted`; nothing if nothing is.

    With `lax`, text may stand for a number, a truth or nothing, as in a query string or a form.
    """
    walk = _Walk(lax=lax)
    walk.visit(_described(wanted), value, "")
    return tuple(walk.found)


def faults_of_json(body: bytes, wanted: Any, *, at: str = "") -> tuple[Fault, ...]:
    """List what is wrong with JSON that msgspec did not decode; there is at least one fault.

    `at` is where in the body the JSON stands; its members are named as if it stood alone.
    msgspec may refuse a date before it sees that the text around it is no UTF-8, or no JSON.
    """
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return (Fault(pointer=at, code="format"),)
    return faults(value, wanted) or (Fault(pointer=at, code="inconsistent"),)


def is_only_inconsistent(found: Sequence[Fault]) -> bool:
    """Tell whether a body fits its published description, and nothing but its sense is wrong."""
    return all(fault.code == "inconsistent" and fault.pointer is not None for fault in found)


@lru_cache(maxsize=1024)
def _described(kind: Any) -> inspect.Type:
    return inspect.type_info(kind)


def _converted(kind: Any, value: object, *, lax: bool) -> Any:
    return msgspec.convert(value, kind, strict=not lax, dec_hook=_as_is, str_keys=True)


def _refused(kind: Any, value: object, *, lax: bool) -> bool:
    try:
        _converted(kind, value, lax=lax)
    except (ValueError, TypeError):  # `__post_init__` may raise either; msgspec's is a ValueError
        return True
    return False


def _as_is(kind: type, value: object) -> object:
    """Let through what is already an instance: the files of a form."""
    if isinstance(value, kind):
        return value
    raise TypeError


def _escaped(token: str) -> str:
    return token.replace("~", "~0").replace("/", "~1")


class _Walk:
    """One walk over one value. `lax`: text may stand for a number, as in a query string."""

    def __init__(self, *, lax: bool) -> None:
        self.lax = lax
        self.found: list[Fault] = []

    def tell(self, code: FaultCode, pointer: str, limit: float | str | None = None) -> None:
        fault = Fault(pointer=pointer, code=code, limit=limit)
        if len(self.found) < FAULTS_MAX and fault not in self.found:
            self.found.append(fault)

    def visit(self, kind: inspect.Type, value: object, pointer: str) -> None:
        match kind:
            case inspect.Metadata():
                self.visit(kind.type, value, pointer)
            case inspect.AnyType() | inspect.RawType():
                return
            case inspect.UnionType():
                self._union(kind, value, pointer)
            case inspect.StructType(array_like=True):
                self._leaf(kind, value, pointer)
            case inspect.StructType() | inspect.TypedDictType() | inspect.DataclassType():
                self._object(kind, value, pointer)
            case inspect.DictType():
                self._mapping(kind, value, pointer)
            case inspect.CollectionType():
                self._array(kind, value, pointer)
            case inspect.TupleType():
                self._tuple(kind, value, pointer)
            case _:
                self._leaf(kind, value, pointer)

    def _object(self, kind: _Fields, value: object, pointer: str) -> None:
        if not isinstance(value, Mapping):
            self.tell("type", pointer)
            return
        before = len(self.found)
        if isinstance(kind, inspect.StructType):
            self._strictness(kind, value, pointer)
        for field in kind.fields:
            place = f"{pointer}/{_escaped(field.encode_name)}"
            if field.encode_name in value:
                self.visit(field.type, value[field.encode_name], place)
            elif field.required:
                self.tell("required", place)
        if len(self.found) == before and hasattr(kind.cls, "__post_init__"):
            self._afterthought(kind, value, pointer)

    def _strictness(
        self, kind: inspect.StructType, value: Mapping[Any, object], pointer: str
    ) -> None:
        known = {field.encode_name for field in kind.fields}
        if kind.tag_field is not None:
            known.add(kind.tag_field)
            if value.get(kind.tag_field, kind.tag) != kind.tag:
                self.tell("enum", f"{pointer}/{_escaped(kind.tag_field)}")
        if kind.forbid_unknown_fields and not known.issuperset(value):
            self.tell("unknown", pointer)  # the key is the caller's own: it is not repeated

    def _afterthought(self, kind: _Fields, value: Mapping[Any, object], pointer: str) -> None:
        """Tell what the type's own `__post_init__` refused; it may name the member it means."""
        try:
            _converted(kind.cls, value, lax=self.lax)
        except (ValueError, TypeError) as error:
            cause = error.__cause__ or error
            named = {field.name: field.encode_name for field in kind.fields}
            member = named.get(str(cause.args[0])) if cause.args else None
            if member is None:
                self.tell("inconsistent", pointer)
                return
            text = value.get(member)
            blank = isinstance(text, str) and not text.strip()
            place = f"{pointer}/{_escaped(member)}"
            self.tell("inconsistent", place, 1 if blank else None)

    def _mapping(self, kind: inspect.DictType, value: object, pointer: str) -> None:
        if not isinstance(value, Mapping):
            self.tell("type", pointer)
            return
        self._length(kind, len(value), pointer)
        keys = _Walk(lax=True)  # JSON writes every key as text
        for key, member in value.items():  # keys are the caller's own, so none is in a pointer
            keys.visit(kind.key_type, key, pointer)
            self.visit(kind.value_type, member, pointer)
        for fault in keys.found:
            self.tell(fault.code, pointer, fault.limit)

    def _array(self, kind: inspect.CollectionType, value: object, pointer: str) -> None:
        if not _is_array(value):
            self.tell("type", pointer)
            return
        self._length(kind, len(value), pointer)
        for place, item in enumerate(value):
            self.visit(kind.item_type, item, f"{pointer}/{place}")
            if len(self.found) >= FAULTS_MAX:
                return

    def _tuple(self, kind: inspect.TupleType, value: object, pointer: str) -> None:
        if not _is_array(value):
            self.tell("type", pointer)
            return
        wanted = len(kind.item_types)
        if len(value) != wanted:
            self.tell("too_short" if len(value) < wanted else "too_long", pointer, wanted)
        for place, (item_type, item) in enumerate(zip(kind.item_types, value, strict=False)):
            self.visit(item_type, item, f"{pointer}/{place}")

    def _length(
        self, kind: inspect.CollectionType | inspect.DictType, length: int, pointer: str
    ) -> None:
        if kind.min_length is not None and length < kind.min_length:
            self.tell("too_short", pointer, kind.min_length)
        if kind.max_length is not None and length > kind.max_length:
            self.tell("too_long", pointer, kind.max_length)

    def _union(self, kind: inspect.UnionType, value: object, pointer: str) -> None:
        """Tell the faults of the member that the value seems to be meant for."""
        best: _Walk | None = None
        for member in _meant(kind.types, value, lax=self.lax):
            walk = _Walk(lax=self.lax)
            walk.visit(member, value, pointer)
            if not walk.found:
                return
            if best is None or best.found[0].code == "type":  # a nearer miss says more
                best = walk
        if best is not None:
            for fault in best.found:
                self.tell(fault.code, fault.pointer or "", fault.limit)
            return
        tag = next(
            filter(None, (getattr(member, "tag_field", None) for member in kind.types)), None
        )
        if tag is None or not isinstance(value, Mapping):
            self.tell("type", pointer)
        else:
            self.tell("enum" if tag in value else "required", f"{pointer}/{_escaped(tag)}")

    def _leaf(self, kind: inspect.Type, value: object, pointer: str) -> None:
        if _refused(_annotation(kind), value, lax=self.lax):
            code, limit = _reason(kind, value, lax=self.lax)
            self.tell(code, pointer, limit)


def _is_array(value: object) -> TypeGuard[Sequence[object]]:
    return isinstance(value, list | tuple)


def _meant(members: Sequence[inspect.Type], value: object, *, lax: bool) -> Iterator[inspect.Type]:
    """Yield the members of a union that this value could be meant for, going by its JSON type."""
    bare = [member.type if isinstance(member, inspect.Metadata) else member for member in members]
    several = sum(isinstance(member, inspect.StructType) for member in bare) > 1
    for member in bare:
        if isinstance(member, _OBJECTS) and not getattr(member, "array_like", False):
            fits = isinstance(value, Mapping) and not (several and _is_another(member, value))
        elif isinstance(member, (*_ARRAYS, inspect.StructType)):
            fits = _is_array(value)
        else:
            fits = lax or _is_written_as(member, value)
        if fits:
            yield member


def _is_another(member: inspect.Type, value: Mapping[Any, object]) -> bool:
    """Tell whether the object says that it is another member than this one."""
    tag_field = getattr(member, "tag_field", None)
    return tag_field is not None and value.get(tag_field) != getattr(member, "tag", None)


def _is_written_as(kind: inspect.Type, value: object) -> bool:
    """Tell whether JSON writes this kind of thing as a value of this JSON type."""
    match kind:
        case inspect.BoolType():
            return type(value) is bool
        case inspect.IntType():
            return type(value) is int
        case inspect.FloatType():
            return type(value) in {int, float}
        case inspect.DecimalType():
            return type(value) in {int, float, str}
        case inspect.NoneType():
            return value is None
        case inspect.EnumType():
            return type(value) in {type(member.value) for member in kind.cls}
        case inspect.LiteralType():
            return type(value) in {type(member) for member in kind.values}
        case inspect.CustomType():
            return isinstance(value, kind.cls)
        case inspect.NamedTupleType() | inspect.StructType():
            return _is_array(value)
        case _:
            return type(value) is str


def _annotation(kind: inspect.Type) -> Any:
    """Return the annotation that msgspec described as `kind`."""
    if type(kind) in _PLAIN:
        return _PLAIN[type(kind)]
    if isinstance(kind, inspect.LiteralType):
        return Literal[kind.values]  # type: ignore[valid-type]
    if type(kind) in _BOUNDED:
        bounds = {
            name: bound for name, bound in msgspec.structs.asdict(kind).items() if bound is not None
        }
        plain = _BOUNDED[type(kind)]
        return Annotated[plain, Meta(**bounds)] if bounds else plain
    return getattr(kind, "cls", Any)


def _reason(
    kind: inspect.Type, value: object, *, lax: bool
) -> tuple[FaultCode, int | float | str | None]:
    """Say why msgspec refused this value of a kind that has no members."""
    if isinstance(kind, inspect.IntType | inspect.FloatType):
        return _out_of_bounds(kind, value, lax=lax)
    if not _is_written_as(kind, value):
        return "type", None
    if isinstance(kind, inspect.EnumType | inspect.LiteralType):
        return "enum", None
    if isinstance(kind, inspect.StrType) and isinstance(value, str):
        if kind.min_length is not None and len(value) < kind.min_length:
            return "too_short", kind.min_length
        if kind.max_length is not None and len(value) > kind.max_length:
            return "too_long", kind.max_length
        return "pattern", kind.pattern
    return "format", None


def _out_of_bounds(
    kind: inspect.IntType | inspect.FloatType, value: object, *, lax: bool
) -> tuple[FaultCode, int | float | str | None]:
    plain = int if isinstance(kind, inspect.IntType) else float
    try:
        number = msgspec.convert(value, plain, strict=not lax)
    except ValueError:
        out_of_range = isinstance(value, int) and not isinstance(value, bool)
        return ("too_large" if out_of_range else "type"), None
    if kind.ge is not None and number < kind.ge:
        return "too_small", kind.ge
    if kind.gt is not None and number <= kind.gt:
        return "too_small", kind.gt
    if kind.le is not None and number > kind.le:
        return "too_large", kind.le
    if kind.lt is not None and number >= kind.lt:
        return "too_large", kind.lt
    return "format", kind.multiple_of
