"""The Unicode gate: what may be written in a document that has to be read the same for ever.

It repairs nothing, since what a person signs is what they were shown. It names every defect at
once, and says what was probably meant.
"""

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Final, Literal, TypeAlias, cast

from msgspec import inspect

from contracts.documents import Defect

Script: TypeAlias = Literal["name", "text", "code"]

_ASCII_LETTERS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
# Latin-1 and Extended-A, without eth, thorn, dotless i, kra and long s, which pass for others.
_LATIN: Final = "".join(
    letter
    for letter in map(chr, (*range(0xC0, 0x180), *range(0x1EA0, 0x1EFA)))
    if unicodedata.category(letter)[0] == "L"
    and unicodedata.normalize("NFKC", letter) == letter
    and letter not in "ÐðÞþıĸ"
)
_OF_OUR_LANGUAGES: Final = "ƠơƯưɃƀ\u0306"  # Ê Đê writes ê̆, ô̆, ơ̆, ư̆: no single letter exists
_NAME: Final = frozenset(_ASCII_LETTERS + _LATIN + _OF_OUR_LANGUAGES + " '-.")
_TEXT: Final = _NAME | frozenset('0123456789,;:!?()[]/\\%&+*=<>"#@_–—…“”‘’«»°µ±≤≥×²³₫\n')
_CODE: Final = frozenset(map(chr, range(0x20, 0x7F)))
_ALLOWED: Final[dict[Script, frozenset[str]]] = {"name": _NAME, "text": _TEXT, "code": _CODE}

_MEANT: Final = {
    **dict(zip("аеорсухіАВЕКМНОРСТХ", "aeopcyxiABEKMHOPCTX", strict=True)),
    **dict(zip("οΑΒΕΗΙΚΜΝΟΡΤΥΧ", "oABEHIKMNOPTYX", strict=True)),
    **dict(zip("ÐƉðɖ", "ĐĐđđ", strict=True)),
    **dict.fromkeys("\u00a0\u2007\u2009\u202f\t", " "),
    **dict.fromkeys("\u2019\u02bc", "'"),
    **dict.fromkeys("\u2010\u2011\u2212", "-"),
    "\u00b5": "µ",
    "\u03bc": "µ",
}


def defects(content: object, schema: type) -> list[Defect]:
    """Return every place of `content` (JSON values) where a text is not as its field wants it.

    A field says so in its type: `Name`, `Text` of `contracts.documents`; any other text, keys of
    open objects included, is a code of printable ASCII.
    """
    return list(_walk(content, _described(schema), "", "code"))


@cache
def _described(schema: type) -> Any:
    return inspect.type_info(schema)


def _walk(value: object, kind: Any, pointer: str, script: Script) -> Iterator[Defect]:
    if isinstance(kind, inspect.Metadata):
        yield from _walk(value, kind.type, pointer, _wish(kind, script))
    elif isinstance(value, str):
        yield from _of_text(value, pointer, _script_of(kind, script))
    elif isinstance(value, dict):
        members = cast("dict[str, object]", value)
        kinds = _members_of(kind, members)
        for name, member in members.items():
            if not _is_clear(member, kinds.get(name), "code"):
                yield from _walk(member, kinds.get(name), f"{pointer}/{_escaped(name)}", "code")
    elif isinstance(value, list | tuple):  # read back from a draft, or not kept yet
        item_kind = getattr(
            _alternative(kind, inspect.ListType, inspect.VarTupleType), "item_type", None
        )
        for place, item in enumerate(cast("Sequence[object]", value)):
            if not _is_clear(item, item_kind, script):
                yield from _walk(item, item_kind, f"{pointer}/{place}", script)


def _is_clear(value: object, kind: Any, script: Script) -> bool:
    """Tell of a member, before anybody walks into it, that nothing in it can be wrong."""
    if type(value) is not str:
        return value is None or type(value) is int
    while isinstance(kind, inspect.Metadata):
        kind, script = kind.type, _wish(kind, script)
    return _is_plain(value, _ALLOWED[_script_of(kind, script)])


def _script_of(kind: Any, script: Script) -> Script:
    """Look through `Name | None`: the wish stands on the alternative that is a text."""
    for alternative in getattr(kind, "types", ()):
        if isinstance(alternative, inspect.Metadata):
            return _wish(alternative, script)
    return script


def _wish(kind: inspect.Metadata, script: Script) -> Script:
    extra = cast("dict[str, Script]", kind.extra or {})  # pyright: ignore[reportUnknownMemberType]
    return extra.get("script", script)


def _members_of(kind: Any, members: dict[str, object]) -> dict[str, Any]:
    """Return the types of an object's members; of several shapes, the one that has them all."""
    for kinds in _shapes(id(kind), kind):
        if members.keys() <= kinds.keys():
            return kinds
    return {}


def _shapes(key: int, kind: Any) -> Sequence[dict[str, Any]]:
    """Return the members of each alternative that is a Struct; descriptions live for ever."""
    found = _SHAPES.get(key)
    if found is None:
        found = _SHAPES[key] = [
            {each.tag_field or "": None} | {field.encode_name: field.type for field in each.fields}
            for each in _alternatives(kind)
            if isinstance(each, inspect.StructType)
        ]
    return found


_SHAPES: Final[dict[int, Sequence[dict[str, Any]]]] = {}


def _alternatives(kind: Any) -> Iterator[Any]:
    if isinstance(kind, inspect.Metadata):
        yield from _alternatives(kind.type)
    elif isinstance(kind, inspect.UnionType):
        for each in kind.types:
            yield from _alternatives(each)
    else:
        yield kind


def _alternative(kind: Any, *wanted: type) -> Any:
    return next((each for each in _alternatives(kind) if isinstance(each, wanted)), None)


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


def _of_text(text: str, pointer: str, script: Script) -> Iterator[Defect]:
    allowed = _ALLOWED[script]
    if _is_plain(text, allowed):
        return
    composed = unicodedata.normalize("NFC", text)
    if composed != text:
        place = next(
            n for n, (a, b) in enumerate(zip(text, composed + "\0", strict=False)) if a != b
        )
        yield _defect("not-composed", text[place], pointer, composed[place : place + 1])
        text = composed
    for letter in dict.fromkeys(text):
        if letter not in allowed:
            yield _defect(_why(letter), letter, pointer, _MEANT.get(letter, ""))
    yield from _loose_marks(text, pointer)


def _is_plain(text: str, allowed: frozenset[str]) -> bool:
    """Tell whether nothing has to be looked at letter by letter: as of nearly every text."""
    return (
        allowed.issuperset(text) and "\u0306" not in text and unicodedata.is_normalized("NFC", text)
    )


def _loose_marks(text: str, pointer: str) -> Iterator[Defect]:
    """A breve needs a letter to stand on; without one it would land on a neighbour."""
    for before, letter in zip(" " + text, text, strict=False):
        if letter == "\u0306" and not before.isalpha():
            yield _defect("not-allowed", letter, pointer, "")


def _why(letter: str) -> Literal["invisible", "not-allowed"]:
    category = unicodedata.category(letter)
    is_selector = "\ufe00" <= letter <= "\ufe0f" or "\U000e0100" <= letter <= "\U000e01ef"
    return (
        "invisible"
        if category in {"Cc", "Cf", "Co", "Cn", "Zl", "Zp"} or is_selector
        else "not-allowed"
    )


def _defect(code: str, letter: str, pointer: str, suggestion: str) -> Defect:
    return Defect(
        pointer=pointer, code=code, code_point=f"U+{ord(letter):04X}", suggestion=suggestion
    )
