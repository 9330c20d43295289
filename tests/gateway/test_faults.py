"""Every defect of a request is named, and nothing of what was sent is repeated."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import IntEnum, StrEnum
from tempfile import SpooledTemporaryFile
from typing import Annotated, Any, Literal, TypedDict, cast
from uuid import UUID

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import Meta

from backend.kernel import composed
from backend.kernel.faults import FAULTS_MAX, faults, faults_of_json, is_only_inconsistent
from contracts.problem import Fault


class Colour(StrEnum):
    RED = "red"
    BLUE = "blue"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Place(msgspec.Struct, frozen=True, kw_only=True):
    lat: Annotated[float, Meta(ge=8.0, le=23.5)]
    lon: Annotated[float, Meta(ge=102.0, le=110.0)]


class Sighting(msgspec.Struct, kw_only=True, forbid_unknown_fields=True):
    title: Annotated[str, Meta(min_length=2, max_length=10)]
    place: Place
    seen_on: date
    colour: Colour = Colour.RED
    stars: Annotated[int, Meta(gt=0, le=5)] | None = None
    tags: Annotated[list[Annotated[str, Meta(pattern=r"^[a-z]+$")]], Meta(max_length=2)] = []


class Blank(msgspec.Struct, kw_only=True):
    words: str
    others: str = ""

    def __post_init__(self) -> None:
        composed(self)


class Span(msgspec.Struct, kw_only=True):
    first: int
    last: int

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise ValueError("a span ends after it begins")


class Cat(msgspec.Struct, kw_only=True, tag_field="kind", tag="cat"):
    lives: int


class Dog(msgspec.Struct, kw_only=True, tag_field="kind", tag="dog"):
    name: str


def found(value: object, wanted: Any) -> dict[str | None, str]:
    return {fault.pointer: fault.code for fault in faults(value, wanted)}


def test_all_defects_are_named_in_one_answer() -> None:
    sent = {
        "title": "x",
        "place": {"lat": 91, "lon": "east"},
        "seen_on": "yesterday",
        "colour": "038200001234",
        "stars": 6,
        "tags": ["ok", "NOT OK", "more"],
        "0912345678": True,
    }

    told = found(sent, Sighting)

    assert told == {
        "": "unknown",
        "/title": "too_short",
        "/place/lat": "too_large",
        "/place/lon": "type",
        "/seen_on": "format",
        "/colour": "enum",
        "/stars": "too_large",
        "/tags": "too_long",
        "/tags/1": "pattern",
    }


def test_a_fault_says_the_limit_and_never_the_value_or_an_unknown_key() -> None:
    sent = {"title": "0912345678" * 3, "038200001234": 1, "place": 7}

    told = faults(sent, Sighting)

    assert Fault(pointer="/title", code="too_long", limit=10) in told
    text = msgspec.json.encode(told).decode()
    assert "0912345678" not in text
    assert "038200001234" not in text


def test_what_is_missing_is_required_at_its_own_place() -> None:
    assert found({"place": {"lat": 10}}, Sighting) == {
        "/title": "required",
        "/place/lon": "required",
        "/seen_on": "required",
    }


def test_keys_of_a_map_are_the_callers_own_and_stand_in_no_pointer() -> None:
    told = faults({"0912345678": "many", "0987654321": "few"}, dict[str, int])

    assert told == (Fault(pointer="", code="type"),)


def test_a_member_name_is_escaped_as_rfc_6901_asks() -> None:
    kind = msgspec.defstruct("Kind", [("odd", int)], rename={"odd": "a/b~c"})

    assert found({"a/b~c": "x"}, kind) == {"/a~1b~0c": "type"}


def test_text_that_is_empty_after_trimming_fits_the_description_and_says_nothing() -> None:
    told = faults({"words": " \t "}, Blank)

    assert told == (Fault(pointer="/words", code="inconsistent", limit=1),)
    assert is_only_inconsistent(told)


def test_a_rule_between_members_is_an_inconsistency_of_the_whole() -> None:
    assert found({"first": 2, "last": 1}, Span) == {"": "inconsistent"}


def test_the_tag_decides_which_member_of_a_union_was_meant() -> None:
    assert found({"kind": "dog", "name": 1}, Cat | Dog) == {"/name": "type"}
    assert found({"kind": "cow", "name": "x"}, Cat | Dog) == {"/kind": "enum"}
    assert found({"name": "x"}, Cat | Dog) == {"/kind": "required"}
    assert found(7, Cat | Dog) == {"": "type"}


def test_no_answer_lists_more_than_fifty() -> None:
    assert len(faults(["x"] * 1000, list[int])) == FAULTS_MAX


class Point(msgspec.Struct, array_like=True):
    lat: float
    lon: float


class Size(TypedDict):
    width: Annotated[int, Meta(title="in metres")]


@dataclass
class Weight:
    kilos: int

    def __post_init__(self) -> None:
        if self.kilos < 0:
            raise ValueError


class Odd(msgspec.Struct, kw_only=True):
    anything: Any = None
    point: Point | None = None
    amount: float | Decimal | None = None
    file: SpooledTemporaryFile[bytes] | None = None
    cover: SpooledTemporaryFile[bytes] = cast("Any", None)
    size: Size | None = None
    weight: Weight | None = None
    pair: tuple[int, int] = (0, 0)
    scale: Annotated[float, Meta(gt=0)] = 1.0
    by_year: dict[int, int] = {}


def test_shapes_that_are_rare_are_looked_at_too() -> None:
    sent = {
        "anything": {"x": 1},
        "point": [1],
        "amount": True,
        "file": "x",
        "cover": "x",
        "size": {"width": "wide"},
        "weight": {"kilos": -1},
        "pair": 7,
        "scale": 0,
        "by_year": {"2026": 1, "last": 2},
    }

    assert found(sent, Odd) == {
        "/point": "format",
        "/amount": "type",
        "/file": "type",
        "/cover": "type",
        "/size/width": "type",
        "/weight": "inconsistent",
        "/pair": "type",
        "/scale": "too_small",
        "/by_year": "type",
    }


def test_json_that_cannot_be_decoded_has_a_fault_in_any_case() -> None:
    assert [fault.code for fault in faults_of_json(b"{", Odd)] == ["format"]
    assert [fault.code for fault in faults_of_json(b'"\xff"', str)] == ["format"]
    assert [fault.code for fault in faults_of_json(b"{}", Odd, at="/data")] == ["inconsistent"]


def test_a_query_parameter_may_write_a_number_as_text() -> None:
    kind = msgspec.defstruct("Query", [("limit", Annotated[int, Meta(ge=1, le=100)])])

    assert faults({"limit": "20"}, kind, lax=True) == ()
    assert faults({"limit": "101"}, kind, lax=True) == (
        Fault(pointer="/limit", code="too_large", limit=100),
    )
    assert faults({"limit": "many"}, kind, lax=True) == (Fault(pointer="/limit", code="type"),)
    assert faults({"limit": "20"}, kind) == (Fault(pointer="/limit", code="type"),)


# The property: the walk finds a fault if, and only if, msgspec refuses.

_texts = st.text(alphabet="ab1 -é", max_size=5)
_numbers = st.one_of(
    st.integers(min_value=-10, max_value=10),
    st.sampled_from([2**63, -(2**64), 10**30]),
    st.floats(min_value=-10, max_value=10),
)
_leaves = st.one_of(st.none(), st.booleans(), _numbers, _texts)
_json = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=8,
)
_written = {
    UUID: ["0198c3a0-7e1c-7000-8000-000000000000", "0198"],
    date: ["2026-02-28", "2026-02-30"],
    datetime: ["2026-02-28T08:00:00+07:00", "2026-02-28T08:00:00", "noon"],
    Colour: ["red", "green"],
    Level: [1, 3],
}


def _bounds(least: int, most: int) -> st.SearchStrategy[tuple[int, int]]:
    return st.tuples(st.integers(least, most), st.integers(least, most)).map(
        lambda pair: (min(pair), max(pair))
    )


@st.composite
def _numeric(draw: st.DrawFn) -> Any:
    least, most = draw(_bounds(-5, 5))
    return draw(
        st.sampled_from(
            [
                int,
                float,
                Annotated[int, Meta(ge=least, le=most)],
                Annotated[float, Meta(gt=least, lt=most)],
                Annotated[int, Meta(multiple_of=3)],
            ]
        )
    )


@st.composite
def _textual(draw: st.DrawFn) -> Any:
    least, most = draw(_bounds(0, 4))
    return draw(
        st.sampled_from(
            [
                str,
                Annotated[str, Meta(min_length=least, max_length=most)],
                Annotated[str, Meta(pattern="^[a-b]*$")],
                Annotated[datetime, Meta(tz=True)],
                Literal["a", "b"],
                *_written,
            ]
        )
    )


@st.composite
def _containers(draw: st.DrawFn, inner: st.SearchStrategy[Any]) -> Any:
    least, most = draw(_bounds(0, 3))
    kind = draw(inner)
    return draw(
        st.sampled_from(
            [
                list[kind],
                Annotated[list[kind], Meta(min_length=least, max_length=most)],
                dict[str, kind],
                dict[Annotated[str, Meta(max_length=2)], kind],
                dict[int, kind],
                tuple[kind, int],
                tuple[kind, ...],
            ]
        )
    )


@st.composite
def _structs(draw: st.DrawFn, inner: st.SearchStrategy[Any]) -> Any:
    names = draw(st.lists(st.sampled_from("abcd"), unique=True, max_size=3))
    fields: list[Any] = []
    for name in names:
        kind = draw(inner)
        if draw(st.booleans()):
            fields.append((name, kind))
        else:
            fields.append((name, kind | None, None))
    tag = draw(st.sampled_from([None, "t"]))
    return msgspec.defstruct(
        "Drawn", fields, kw_only=True, forbid_unknown_fields=draw(st.booleans()), tag=tag
    )


_kinds = st.recursive(
    st.one_of(st.just(bool), st.just(Cat | Dog), _numeric(), _textual()),
    lambda inner: _containers(inner) | _structs(inner),
    max_leaves=6,
)


@st.composite
def _sent(draw: st.DrawFn, kind: Any) -> Any:
    """Draw a value that is near to a `kind`, for random JSON alone is refused at the root."""
    if draw(st.integers(0, 9)) == 0:
        return draw(_json)
    origin = getattr(kind, "__origin__", None)
    if kind == Cat | Dog:
        member, tag = draw(st.sampled_from([Cat, Dog])), draw(st.sampled_from(["cat", "dog", "c"]))
        sent = draw(_sent(member))
        return {"kind": tag} | sent if isinstance(sent, dict) else sent
    if hasattr(kind, "__metadata__"):
        return draw(_sent(kind.__origin__))
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        sent = {
            field.encode_name: draw(_sent(field.type))
            for field in msgspec.structs.fields(kind)
            if draw(st.integers(0, 5))
        }
        return sent | draw(st.dictionaries(st.sampled_from(["type", "z"]), _texts, max_size=1))
    if origin is list:
        return draw(st.lists(_sent(kind.__args__[0]), max_size=4))
    if origin is dict:
        return draw(st.dictionaries(_texts, _sent(kind.__args__[1]), max_size=3))
    if origin is tuple and kind.__args__[-1] is not Ellipsis:
        return [draw(_sent(argument)) for argument in kind.__args__]
    if kind in _written:
        return draw(st.sampled_from(_written[kind]))
    return draw({int: _numbers, float: _numbers, str: _texts}.get(kind, _leaves))


@st.composite
def _pairs(draw: st.DrawFn) -> tuple[Any, Any]:
    kind = draw(_kinds)
    return kind, draw(_sent(kind))


@pytest.mark.parametrize("lax", [False, True])
@settings(max_examples=300)
@given(pair=_pairs())
def test_the_walk_finds_a_fault_exactly_when_msgspec_refuses(
    pair: tuple[Any, Any],
    lax: bool,  # noqa: FBT001 - a parameter of pytest's
) -> None:
    kind, value = pair
    try:
        msgspec.convert(value, kind, strict=not lax, str_keys=True)
    except msgspec.ValidationError:
        refused = True
    else:
        refused = False

    told = faults(value, kind, lax=lax)

    assert bool(told) == refused
    assert all(fault.code != "inconsistent" for fault in told)  # the walk itself found them
