"""What a one-stop system tells of its dossiers, in national names, and what we make of it."""

import re
from datetime import datetime
from typing import Annotated, Any, Final, Literal

import msgspec
from msgspec import Meta

from backend.kernel import VIETNAM
from modules.public_services.model.dossiers import Status, normalised
from modules.public_services.model.redaction import without_people

ITEMS_MAX: Final = 500

Refusal = Literal["bad-code", "bad-status", "bad-time", "bad-text", "unknown-dossier"]
_TEXT_MAX: Final = 4000
_COMMUNE: Final = re.compile("[0-9]{5}")
_COMPACT: Final = "%Y%m%d%H%M%S"
_NUMBERS: Final = ("SoGiayTo", "SoDienThoai", "MaSoThue", "MaGiayHen")


class ItemRefused(Exception):
    """One item of a delivery cannot be kept; the others can."""

    def __init__(self, code: Refusal) -> None:
        super().__init__(code)
        self.code: Refusal = code


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """Dossiers as they stand, and moves that they made; each an object in national names."""

    dossiers: Annotated[tuple[dict[str, Any], ...], Meta(max_length=ITEMS_MAX)] = ()
    progress: Annotated[tuple[dict[str, Any], ...], Meta(max_length=ITEMS_MAX)] = ()


class RefusedItem(msgspec.Struct, frozen=True, kw_only=True):
    """An item that was not kept, and why; `bad-…` will never be accepted as it is."""

    part: Literal["dossiers", "progress"]
    index: int
    code: Refusal


class DeliveryReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a delivery."""

    accepted: int
    unchanged: int
    refused: tuple[RefusedItem, ...] = ()


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """A dossier as it stands. `numbers` are whose it is: they are digested, and never kept."""

    code: str
    procedure_code: str | None
    procedure_title: str
    receiving_agency: str
    resolving_agency: str
    status: Status
    told_at: datetime
    sequence: int
    submitted_at: datetime | None
    received_at: datetime | None
    due_at: datetime | None
    finished_at: datetime | None
    returned_at: datetime | None
    fee_due_vnd: int | None
    owner_number: str | None
    commune_code: str | None
    numbers: tuple[str, ...]


class Progress(msgspec.Struct, frozen=True, kw_only=True):
    """A move that a dossier made; the texts are for its owner alone."""

    code: str
    id: str
    occurred_at: datetime
    sequence: int
    status: Status
    step_due_at: datetime | None
    department: str
    content: str
    reason: str


def head_of(item: dict[str, Any], received_at: datetime) -> Head:
    """Read one dossier. Raises `ItemRefused`."""
    numbers = tuple(text for name in _NUMBERS if (text := _text(item, name)))
    return Head(
        code=_code(item),
        procedure_code=_text(item, "MaTTHC") or None,
        procedure_title=_text(item, "TenTTHC"),
        receiving_agency=_text(item, "DonViTiepNhan"),
        resolving_agency=_text(item, "DonViXuLy"),
        status=_status(item, "TrangThaiHoSo"),
        told_at=_moment(item, "ThoiDiem") or received_at,
        sequence=_count(item, "SoThuTu") or 0,
        submitted_at=_moment(item, "NgayNopHoSo"),
        received_at=_moment(item, "NgayTiepNhan"),
        due_at=_moment(item, "NgayHenTra"),
        finished_at=_moment(item, "NgayKetThucXuLy"),
        returned_at=_moment(item, "NgayTra"),
        fee_due_vnd=_count(item, "LePhi"),
        owner_number=_text(item, "SoGiayTo") or None,
        commune_code=_commune(item),
        numbers=numbers,
    )


def progress_of(item: dict[str, Any]) -> Progress:
    """Read one move. Raises `ItemRefused`."""
    code, occurred_at = _code(item), _moment(item, "ThoiDiemXuLy")
    status, sequence = _status(item, "TrangThai"), _count(item, "SoThuTu") or 0
    if occurred_at is None:
        raise ItemRefused("bad-time")
    return Progress(
        code=code,
        # A source that names no event is known by what it says: told twice, it is one event.
        id=_text(item, "Id") or f"{occurred_at.isoformat()} {status.value} {sequence}",
        occurred_at=occurred_at,
        sequence=sequence,
        status=status,
        step_due_at=_moment(item, "NgayKetThucTheoQuyDinh"),
        department=without_people(_text(item, "PhongBanXuLy")),
        content=without_people(_text(item, "NoiDungXuLy")),
        reason=without_people(_text(item, "LyDo")),
    )


def _text(item: dict[str, Any], name: str) -> str:
    value = item.get(name)
    if value is None:
        return ""
    if not isinstance(value, str | int) or len(text := str(value).strip()) > _TEXT_MAX:
        raise ItemRefused("bad-text")
    return text


def _code(item: dict[str, Any]) -> str:
    try:
        return normalised(_text(item, "MaHoSo"))
    except ValueError as error:
        raise ItemRefused("bad-code") from error


def _status(item: dict[str, Any], name: str) -> Status:
    try:
        return Status(int(_text(item, name)))
    except ValueError as error:
        raise ItemRefused("bad-status") from error


def _commune(item: dict[str, Any]) -> str | None:
    """Return where whoever applies lives, if it is said; no standard fixes the name (u)."""
    text = _text(item, "MaXa")
    return text if _COMMUNE.fullmatch(text) else None


def _count(item: dict[str, Any], name: str) -> int | None:
    text = _text(item, name)
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise ItemRefused("bad-text")
    return int(text)


def _moment(item: dict[str, Any], name: str) -> datetime | None:
    """Read `yyyyMMddHHmmss`, `yyyy-MM-dd HH:mm:ss` or ISO 8601; without a zone it is Vietnam's."""
    text = _text(item, name)
    if not text:
        return None
    try:
        is_compact = len(text) == 14 and text.isdigit()
        found = datetime.strptime(text, _COMPACT) if is_compact else datetime.fromisoformat(text)  # noqa: DTZ007 - the zone comes below
    except ValueError as error:
        raise ItemRefused("bad-time") from error
    moment = found if found.tzinfo else found.replace(tzinfo=VIETNAM)
    if not 2000 <= moment.year <= 2100:
        raise ItemRefused("bad-time")
    return moment
