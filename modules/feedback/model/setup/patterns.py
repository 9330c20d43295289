"""Patterns of answers: a small part of regular expressions, compared in linear time.

Letters, classes (`[0-9A-ZĐ]`, `\\d`, `.`), and behind each of them `?`, `*`, `+`, `{2}` or `{1,4}`.
No groups and no choices: every character of the text is compared with each part once at most, so
nobody can write a pattern, or a text, that takes minutes.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

import msgspec

LENGTH_MAX: Final = 100
_REPEATS_MAX: Final = 100

_PART: Final = re.compile(
    r"(?P<atom>\[\^?(?:\\.|[^\]\\])+\]|\\[dws.\\/+*?(){}\[\]|^$-]|[^\\\[\](){}|^$*+?])"
    r"(?P<often>[?*+]|\{(?P<least>\d{1,4})(?:,(?P<most>\d{1,4})?)?\})?"
)


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """Some characters of one kind, one after another."""

    atom: re.Pattern[str]
    least: int
    most: int | None


def parts(pattern: str) -> Sequence[Part]:
    """Read a pattern. Raises ValueError for what is no part of this small language."""
    return list(_parts(pattern))


def _parts(pattern: str) -> Iterator[Part]:
    place = 0
    while place < len(pattern):
        found = _PART.match(pattern, place)
        if found is None:
            raise ValueError(pattern)
        place = found.end()
        try:
            atom = re.compile(found["atom"])
        except re.error as error:
            raise ValueError(pattern) from error
        least, most = _often(found)
        if least > _REPEATS_MAX or (most is not None and not least <= most <= _REPEATS_MAX):
            raise ValueError(pattern)
        yield Part(atom=atom, least=least, most=most)


def _often(found: re.Match[str]) -> tuple[int, int | None]:
    simple = {None: (1, 1), "?": (0, 1), "*": (0, None), "+": (1, None)}
    if found["often"] in simple:
        return simple[found["often"]]
    least = int(found["least"])
    if "," not in found["often"]:
        return least, least
    return least, None if found["most"] is None else int(found["most"])


def fits(pattern: str, text: str) -> bool:
    """Tell whether the whole text is as the pattern says: all its states at once, none twice."""
    read = parts(pattern)
    states = _skipped(read, {(0, 0)})
    for letter in text:
        here = {place for place, _ in states if place < len(read)}
        taking = {place for place in here if read[place].atom.fullmatch(letter)}
        moved = {
            (place, _counted(read[place], seen + 1))
            for place, seen in states
            if place in taking and (read[place].most is None or seen < (read[place].most or 0))
        }
        states = _skipped(read, moved)
        if not states:
            return False
    return any(place == len(read) for place, _ in states)


def _counted(part: Part, seen: int) -> int:
    """Count no further than matters: what may go on for ever is either enough or not yet."""
    return min(seen, part.least) if part.most is None else seen


def _skipped(read: Sequence[Part], states: set[tuple[int, int]]) -> set[tuple[int, int]]:
    """Add where one may stand without another character: behind what has been there enough."""
    known = set(states)
    waiting = list(states)
    while waiting:
        place, seen = waiting.pop()
        if place < len(read) and seen >= read[place].least and (place + 1, 0) not in known:
            known.add((place + 1, 0))
            waiting.append((place + 1, 0))
    return known
