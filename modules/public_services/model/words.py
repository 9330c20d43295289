"""How published records write what we keep as closed lists; spellings seen in real records."""

import re
from typing import Final

from backend.kernel import folded
from modules.public_services.model.procedures import (
    Audience,
    ChannelKind,
    Fee,
    Level,
    OnlineLevel,
    TimeUnit,
)

_FILLERS: Final = frozenset(
    {"khong co thong tin", "khong co", "khong quy dinh", "chua co thong tin", "null", "none", "-"}
)
_COUNCIL: Final = re.compile(r"hoi dong nhan dan|\bhdnd\b")
_NUMBER: Final = re.compile(r"\d{1,3}(?:[., ]\d{3})+|\d+")

CHANNELS: Final[dict[str, ChannelKind]] = {
    "1": "in_person",
    "2": "online",
    "3": "post",
    "in_person": "in_person",
    "online": "online",
    "post": "post",
    "truc tiep": "in_person",
    "truc tuyen": "online",
    "dich vu buu chinh": "post",
    "buu chinh": "post",
}
UNITS: Final[dict[str, TimeUnit]] = {
    "working_day": "working_day",
    "calendar_day": "calendar_day",
    "working_hour": "working_hour",
    "month": "month",
    "ngay lam viec": "working_day",
    "ngay": "calendar_day",
    "gio": "working_hour",
    "gio lam viec": "working_hour",
    "thang": "month",
}
LEVELS: Final[dict[str, Level]] = {
    "1": "ministry",
    "2": "province",
    "4": "commune",
    "ministry": "ministry",
    "province": "province",
    "commune": "commune",
    "other": "other",
    "cap bo": "ministry",
    "cap tinh": "province",
    "cap xa": "commune",
    "co quan khac": "other",
}
AUDIENCES: Final[dict[str, Audience]] = {
    "citizen": "citizen",
    "business": "business",
    "organisation": "organisation",
    "foreigner": "foreigner",
    "authority": "authority",
    "other": "other",
    "cong dan viet nam": "citizen",
    "nguoi viet nam dinh cu o nuoc ngoai": "foreigner",
    "nguoi nuoc ngoai": "foreigner",
    "can bo, cong chuc, vien chuc": "authority",
    "doanh nghiep": "business",
    "doanh nghiep co von dau tu nuoc ngoai": "business",
    "hop tac xa": "business",
    "to chuc (khong bao gom doanh nghiep, htx)": "organisation",
    "to chuc nuoc ngoai": "organisation",
    "ho kinh doanh": "business",
}
ONLINE: Final[dict[str, OnlineLevel]] = {
    "full": "full",
    "partial": "partial",
    "information": "information",
    "4": "full",
    "3": "partial",
    "2": "information",
    "toan trinh": "full",
    "mot phan": "partial",
}


def meant(text: str) -> str:
    """Return the text without what stands in empty fields."""
    return "" if folded(text).rstrip(".") in _FILLERS else text.strip()


def amount_in(text: str) -> int | None:
    """Return the amount in đồng that a text names: `8.000 đồng` is 8000."""
    match = _NUMBER.search(text)
    return int(re.sub(r"\D", "", match[0])) if match else None


def fee_of(key: str, amount: int | None, unit: str, note: str, code: str | None) -> Fee:
    """Return what a published amount means: 0 beside the Council is not free, blank is unknown."""
    council = bool(_COUNCIL.search(folded(f"{note} {unit}")))
    if not amount and council:
        return Fee(key=key, kind="set_by_province", unit=unit, condition=note, code=code)
    if amount is None:
        kind = "by_law_text" if note else "unknown"
        return Fee(key=key, kind=kind, unit=unit, condition=note, code=code)
    kind = "fixed" if amount else "free"
    return Fee(key=key, kind=kind, amount_vnd=amount, unit=unit, condition=note, code=code)
