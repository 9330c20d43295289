"""How place names are compared: without marks, without the word for the kind of place.

Sources and phones place tone marks differently (Hòa, Hoà), leave them out, or shorten the kind of
a place (P., TT, TP). All of them must find the same unit.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

from backend.kernel import folded
from contracts.territory import UnitKind

Syllables = tuple[str, ...]

_WORD: Final = re.compile(r"[a-z]+|[0-9]+")
_SHORT: Final = 5
"""Shorter syllables must be typed as they are: one edit makes too many other ones of them."""

_TONES: Final = (
    "\N{COMBINING GRAVE ACCENT}\N{COMBINING ACUTE ACCENT}\N{COMBINING TILDE}"
    "\N{COMBINING HOOK ABOVE}\N{COMBINING DOT BELOW}"
)

_CITIES: Final = frozenset({UnitKind.PROVINCIAL_CITY, UnitKind.MUNICIPALITY})

LABELS: Final = {
    UnitKind.PROVINCE: "Tỉnh",
    UnitKind.MUNICIPALITY: "Thành phố",
    UnitKind.RURAL_DISTRICT: "Huyện",
    UnitKind.URBAN_DISTRICT: "Quận",
    UnitKind.TOWN: "Thị xã",
    UnitKind.PROVINCIAL_CITY: "Thành phố",
    UnitKind.COMMUNE: "Xã",
    UnitKind.WARD: "Phường",
    UnitKind.TOWNSHIP: "Thị trấn",
    UnitKind.SPECIAL_ZONE: "Đặc khu",
}
"""The word with which the official name of each kind begins."""

_KIND_WORDS: Final[dict[Syllables, frozenset[UnitKind]]] = {
    ("tinh",): frozenset({UnitKind.PROVINCE}),
    ("t",): frozenset({UnitKind.PROVINCE}),
    ("thanh", "pho"): _CITIES,
    ("tp",): _CITIES,
    ("huyen",): frozenset({UnitKind.RURAL_DISTRICT}),
    ("h",): frozenset({UnitKind.RURAL_DISTRICT}),
    ("quan",): frozenset({UnitKind.URBAN_DISTRICT}),
    ("q",): frozenset({UnitKind.URBAN_DISTRICT}),
    ("thi", "xa"): frozenset({UnitKind.TOWN}),
    ("tx",): frozenset({UnitKind.TOWN}),
    ("xa",): frozenset({UnitKind.COMMUNE}),
    ("x",): frozenset({UnitKind.COMMUNE}),
    ("phuong",): frozenset({UnitKind.WARD}),
    ("p",): frozenset({UnitKind.WARD}),
    ("thi", "tran"): frozenset({UnitKind.TOWNSHIP}),
    ("tt",): frozenset({UnitKind.TOWNSHIP}),
    ("dac", "khu"): frozenset({UnitKind.SPECIAL_ZONE}),
}

Reading = tuple[frozenset[UnitKind], Syllables]
"""The kinds that a text names (empty: any) and the name that is left."""


def syllables(text: str) -> Syllables:
    """Split a text into bare syllables: `P.Hạc Thành` gives `p hac thanh`."""
    return tuple(_WORD.findall(folded(text.replace("'", "").replace("’", ""))))


def key(name: str, kind: UnitKind) -> str:
    """Return what a unit is found by: its name without marks and without its kind."""
    return " ".join(syllables(name.removeprefix(LABELS[kind])))


def readings(words: Syllables) -> Iterator[Reading]:
    """Yield the ways to read a name: as it stands, and with its first words naming a kind.

    Both are needed: without marks "quan son" may be Huyện Quan Sơn or a district called Sơn.
    """
    for length in (2, 1):
        kinds = _KIND_WORDS.get(words[:length])
        if kinds and len(words) > length:
            yield kinds, words[length:]
    yield frozenset(), words


def spelling(text: str) -> str:
    """Return the text with its marks, written one way: composed or not, Hòa or Hoà.

    A tone belongs to the syllable, so it is moved to its end.
    """
    words: list[str] = []
    for word in unicodedata.normalize("NFD", text.lower()).split():
        bare = "".join(letter for letter in word if letter not in _TONES)
        words.append(bare + "".join(letter for letter in word if letter in _TONES))
    return " ".join(words)


def is_close(typed: str, meant: str) -> bool:
    """Tell whether a syllable is the one that is meant, with at most one slip.

    A slip is a letter more, less or wrong, or two exchanged, in a syllable of five or more.
    """
    if typed == meant:
        return True
    if len(typed) < _SHORT or abs(len(typed) - len(meant)) > 1:
        return False
    start = 0
    while start < min(len(typed), len(meant)) and typed[start] == meant[start]:
        start += 1
    left, right = typed[start:], meant[start:]
    return (
        left[1:] == right[1:]
        or left[1:] == right
        or left == right[1:]
        or (left[:2] == right[1::-1] and left[2:] == right[2:])
    )


def are_close(typed: Sequence[str], meant: Sequence[str]) -> bool:
    """Tell whether a name is the one that is meant, syllable by syllable."""
    return len(typed) == len(meant) and all(map(is_close, typed, meant))
