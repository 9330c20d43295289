"""What of a visit is sensitive, and how the part that nobody may see is taken out of the rest.

A signed file cannot be blackened afterwards, so what has to do with HIV becomes a document of its
own before anybody signs.
"""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from itertools import combinations
from typing import Final, Literal, TypeAlias, TypeVar, cast

import msgspec

from modules.health_books.model.content import Diagnosis, Item, Sensitivity, Visit

Entry = TypeVar("Entry", bound=Item)

RESTRICTED: Final[Sensitivity] = "hiv"
Group: TypeAlias = Literal[
    "diagnoses", "allergies", "immunizations", "tests", "medications", "procedures"
]
"""What a visit's entries are called."""
GROUPS: Final[tuple[Group, ...]] = (
    "diagnoses",
    "allergies",
    "immunizations",
    "tests",
    "medications",
    "procedures",
)
MIXES: Final = tuple(
    "_".join(some)
    for count in (1, 2, 3)
    for some in combinations(("mental", "reproductive", "substance"), count)
)
"""Every name under which sensitive entries are shared: one may be of several sorts."""
_TELLING: Final = frozenset({"tests", "medications", "procedures"})
_SOURCE: Final = files("modules.health_books") / "data" / "sensitivity.toml"


def marked(visit: Visit) -> Visit:
    """Return the visit with every mark that the diagnoses' codes call for, besides those made.

    What was tested, given or done says as much as the diagnosis: unmarked, it takes the marks of
    all. Where every diagnosis is sensitive, so is having been there.
    """
    diagnoses = tuple(marked_diagnosis(each) for each in visit.diagnoses)
    visit = msgspec.structs.replace(visit, diagnoses=diagnoses)
    some: set[Sensitivity] = {mark for each in diagnoses for mark in each.sensitivity}
    throughout = of_visit(visit)
    throughout.discard(RESTRICTED)
    groups: dict[str, tuple[Item, ...]] = dict.fromkeys(GROUPS, ())
    for name, each in items(visit):
        marks = some if name in _TELLING and not each.sensitivity else throughout
        groups[name] += (more(each, throughout | marks | spoken_of(each)),)
    return msgspec.structs.replace(visit, **groups)


def split(visit: Visit) -> tuple[Visit | None, Visit | None]:
    """Return what may stand in the health book, and what is restricted; None where nothing is.

    With anything restricted the doctor's own words go there too, for nobody can say what they tell.
    A visit whose every diagnosis is restricted is restricted as a whole.
    """
    visit = marked(visit)
    restricted = {name: tuple(_of(visit, name, is_restricted=True)) for name in GROUPS}
    if not any(restricted.values()):
        return visit, None
    rest = {name: tuple(_of(visit, name, is_restricted=False)) for name in GROUPS}
    if not rest["diagnoses"]:
        return None, visit
    opened = msgspec.structs.replace(visit, **rest, reason=None, summary=None)
    if not restricted["diagnoses"]:
        restricted["diagnoses"] = visit.diagnoses
    return opened, msgspec.structs.replace(visit, **restricted)


def items(visit: Visit) -> Iterator[tuple[Group, Item]]:
    """Return every entry of a visit, with the name of its group."""
    for name in GROUPS:
        for each in cast("tuple[Item, ...]", getattr(visit, name)):
            yield name, each


def spoken_of(item: Item) -> set[Sensitivity]:
    """Return the mark of an entry whose own words name what is restricted: a test, a drug."""
    said = (getattr(item, name) for name in item.__struct_fields__)
    return {RESTRICTED} if any(isinstance(each, str) and names(each) for each in said) else set()


def names(text: str) -> bool:
    """Tell whether a text names what is restricted."""
    return _words().search(text) is not None


def of_visit(visit: Visit) -> set[Sensitivity]:
    """Return what is sensitive about having been there at all, where every diagnosis is.

    A visit to a psychiatrist tells as much as what the psychiatrist found.
    """
    if not all(each.sensitivity for each in visit.diagnoses):
        return set()
    return {mark for each in visit.diagnoses for mark in each.sensitivity}


def _of(visit: Visit, name: Group, *, is_restricted: bool) -> Iterator[Item]:
    for each in cast("tuple[Item, ...]", getattr(visit, name)):
        if (RESTRICTED in each.sensitivity) is is_restricted:
            yield each


def marked_diagnosis(diagnosis: Diagnosis) -> Diagnosis:
    """Return a diagnosis with the marks that its code and its words call for."""
    return more(diagnosis, _implied(diagnosis.icd10) | spoken_of(diagnosis))


def more(item: Entry, marks: set[Sensitivity]) -> Entry:
    """Return an entry with these marks besides its own."""
    return msgspec.structs.replace(item, sensitivity=tuple(sorted({*item.sensitivity, *marks})))


def _implied(icd10: str) -> set[Sensitivity]:
    """Return what the code itself says: the longest beginning that fits."""
    fitting = [start for start in _beginnings() if icd10.startswith(start)]
    return {_beginnings()[max(fitting, key=len)]} if fitting else set()


class _Beginnings(msgspec.Struct, frozen=True, kw_only=True):
    of: Sensitivity
    icd10: tuple[str, ...]


class _Told(msgspec.Struct, frozen=True, kw_only=True):
    words: tuple[str, ...]
    beginnings: tuple[_Beginnings, ...]


@cache
def _told() -> _Told:
    return msgspec.convert(tomllib.loads(_SOURCE.read_text(encoding="utf-8")), _Told)


@cache
def _beginnings() -> dict[str, Sensitivity]:
    return {start: each.of for each in _told().beginnings for start in each.icd10}


@cache
def _words() -> re.Pattern[str]:
    return re.compile(rf"\b({'|'.join(map(re.escape, _told().words))})", re.IGNORECASE)
