"""What is known of Thanh Hóa from the law itself, against which a list is held before it ships.

Sources: Decision 19/2025/QĐ-TTg (list and codes), Resolution 1686/NQ-UBTVQH15 of 16-06-2025
(Thanh Hóa). A widely used package built on the draft decree has the six traps wrong.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final

from contracts.territory import UnitKind
from modules.territory.model.lists import UnitList
from modules.territory.model.names import spelling
from modules.territory.model.units import LEVELS, Entry, Handover, HandoverKind, UnitLevel

PROVINCE: Final = "38"

REFORM: Final = date(2025, 7, 1)
"""Two levels since this day (Law 72/2025/QH15)."""

_COUNTRY: Final = {UnitLevel.PROVINCE: 34, UnitLevel.COMMUNE: 3321}
_OLD_COUNTRY: Final = {
    UnitLevel.PROVINCE: 63,
    UnitLevel.DISTRICT: 696,  # five of them islands without communes
    UnitLevel.COMMUNE: 10_035,
}

_NEW: Final = {UnitKind.COMMUNE: 147, UnitKind.WARD: 19}
# The package's own column makes Thị trấn Ngọc Lặc (15061) a xã, hence 453 and 31 there.
_OLD: Final = {UnitKind.COMMUNE: 452, UnitKind.WARD: 63, UnitKind.TOWNSHIP: 32}
_OLD_DISTRICTS: Final = 26
_CODES: Final = ("14758", "16654")
_REUSED, _RENAMED = 166, 101
_KEPT_KIND: Final = "14845"
_PREDECESSORS_MAX: Final = 12
_HANDOVERS: Final = {
    HandoverKind.WHOLE: 515,
    HandoverKind.UNCHANGED: 21,
    HandoverKind.KIND_CHANGED: 1,
    HandoverKind.PARTIAL: 21,
}
_SPLITS: Final = {
    "14758": {"14758", "14797"},
    "16435": {"14797", "16417"},
    "15016": {"15016", "15019"},
    "15271": {"15271", "15286"},
    "15328": {"15271", "15286"},
    "15793": {"15448", "15772"},
    "15637": {"15634", "15661"},
    "15772": {"15772", "15796", "15835"},
    "16264": {"16228", "16264"},
    "16273": {"16273", "16369"},
}
_TRAPS: Final = {
    "15106": "Xã Nguyệt Ấn",
    "15112": "Xã Kiên Thọ",
    "15715": "Xã Tân Ninh",
    "16072": "Xã Hoa Lộc",
    "16222": "Xã Thanh Quân",
    "16213": "Xã Thanh Phong",
    "14797": "Phường Hạc Thành",
    "15853": "Phường Đông Tiến",
    "15724": "Xã Đồng Tiến",
}


def national_differences(lists: Sequence[UnitList]) -> list[str]:
    """Return where the lists of all provinces together differ from what is known, a line each."""
    entries = [entry for each in lists for entry in each.entries]
    new = Counter(LEVELS[entry.kind] for entry in entries if entry.valid_to is None)
    old = Counter(LEVELS[entry.kind] for entry in entries if entry.valid_from != REFORM)
    return [*_differ("units of today", new, _COUNTRY), *_differ("old units", old, _OLD_COUNTRY)]


def differences(found: UnitList) -> list[str]:
    """Return where a list of Thanh Hóa (38) differs from the law, a line each."""
    communes = [entry for entry in found.entries if LEVELS[entry.kind] is UnitLevel.COMMUNE]
    new = {entry.code: entry for entry in communes if entry.valid_from == REFORM}
    old = {entry.code: entry for entry in communes if entry.valid_to == REFORM}
    districts = sum(LEVELS[entry.kind] is UnitLevel.DISTRICT for entry in found.entries)
    return [
        *_differ("old districts", districts, _OLD_DISTRICTS),
        *_counts(new, old),
        *_names(new, old),
        *_handovers(found.handovers, old),
    ]


def _counts(new: dict[str, Entry], old: dict[str, Entry]) -> Iterator[str]:
    yield from _differ("new communes", Counter(entry.kind for entry in new.values()), _NEW)
    yield from _differ("old communes", Counter(entry.kind for entry in old.values()), _OLD)
    if new:
        yield from _differ("first and last code", (min(new), max(new)), _CODES)
    reused = new.keys() & old.keys()
    yield from _differ("codes borne before", len(reused), _REUSED)
    renamed = sum(new[code].name != old[code].name for code in reused)
    yield from _differ("codes that changed their name", renamed, _RENAMED)


def _names(new: dict[str, Entry], old: dict[str, Entry]) -> Iterator[str]:
    for code, name in _TRAPS.items():
        yield from _differ(code, new[code].name if code in new else None, name)
    seen = Counter((entry.parent_code, spelling(entry.name)) for entry in old.values())
    for (district, name), times in seen.items():
        if times > 1:
            yield f"district {district}: {name} stands {times} times"


def _handovers(handovers: Sequence[Handover], old: dict[str, Entry]) -> Iterator[str]:
    yield from _differ("handovers", Counter(handover.kind for handover in handovers), _HANDOVERS)
    splits: dict[str, set[str]] = defaultdict(set)
    for handover in handovers:
        if handover.kind is HandoverKind.PARTIAL:
            splits[handover.old_code].add(handover.new_code)
        if handover.kind is HandoverKind.KIND_CHANGED:
            yield from _differ("kind changed", handover.new_code, _KEPT_KIND)
    yield from _differ("splits", dict(splits), _SPLITS)
    uncovered = sorted(old.keys() - {handover.old_code for handover in handovers})
    yield from _differ("old communes without heirs", uncovered, [])
    most = max(Counter(handover.new_code for handover in handovers).values(), default=0)
    yield from _differ("most predecessors of one commune", most, _PREDECESSORS_MAX)


def _differ(what: str, found: object, known: object) -> Iterator[str]:
    if found != known:
        yield f"{what}: found {found}, the law says {known}"
