"""A one-stop system that never was: a function of a seed and the moment, and of nothing else.

Dossiers come in on weekdays, in office hours, and go through all ten states by the national moves;
some lack papers, wait for money, are refused, withdrawn, suspended or late. Asked at a later
moment, it tells the same story, further on. Nobody in it is alive.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from random import Random
from typing import Any, Final, Literal

import msgspec

from backend.kernel import VIETNAM
from contracts.public_services import DossierNews

_PAGE: Final = 200
_A_DAY: Final = 12
_HOURS: Final = (7.5, 8, 8.5, 9, 9.5, 10, 10.5, 13.5, 14, 14.5, 15, 15.5, 16)

_KINDS: Final = (
    ("9.001001", "Đăng ký khai sinh", 1, 0),
    ("9.001007", "Đăng ký kết hôn", 1, 0),
    ("9.001018", "Đăng ký thay đổi, cải chính, bổ sung thông tin hộ tịch", 3, 28_000),
    ("9.003001", "Đăng ký thường trú", 5, 20_000),
    ("9.012001", "Đăng ký đất đai, cấp Giấy chứng nhận lần đầu", 20, 0),
    ("9.012002", "Đăng ký biến động quyền sử dụng đất", 8, 0),
    ("9.013001", "Cấp giấy phép xây dựng mới đối với nhà ở riêng lẻ", 10, 75_000),
    ("9.015001", "Đăng ký thành lập hộ kinh doanh", 3, 100_000),
    ("9.022001", "Trợ cấp xã hội hằng tháng", 10, 0),
)
_PLACES: Final = (
    ("H56.22", "Trung tâm Phục vụ hành chính công phường Hạc Thành", "UBND phường Hạc Thành"),
    ("H56.31", "Trung tâm Phục vụ hành chính công phường Sầm Sơn", "UBND phường Sầm Sơn"),
    ("000.00.12.H56", "Trung tâm Phục vụ hành chính công tỉnh", "Sở Nông nghiệp và Môi trường"),
    ("G09.20", "Bộ phận Một cửa Công an tỉnh", "Công an tỉnh Thanh Hóa"),
)
_COMMUNES: Final = ("14797", "16531", "14758", "15853")
_PATHS: Final[tuple[tuple[int, tuple[int, ...]], ...]] = (
    (50, (1, 2, 4, 9, 10)),
    (12, (1, 2, 4, 5, 4, 9, 10)),
    (8, (1, 5, 2, 4, 9, 10)),
    (9, (1, 6, 2, 4, 9, 10)),
    (6, (1, 3)),
    (4, (1, 2, 7)),
    (5, (1, 2, 4, 8, 4, 9, 10)),
    (6, (1, 2, 9, 10)),
)
_WORDS: Final[dict[int, tuple[str, str]]] = {
    1: ("Hệ thống tiếp nhận hồ sơ trực tuyến", ""),
    2: ("Tiếp nhận hồ sơ và hẹn ngày trả kết quả", ""),
    3: ("Không tiếp nhận hồ sơ", "Không thuộc thẩm quyền giải quyết; mời nộp tại nơi cư trú"),
    4: ("Phân công xử lý", ""),
    5: ("Yêu cầu bổ sung giấy tờ", "Thiếu giấy tờ chứng minh chỗ ở hợp pháp; tờ khai chưa ký"),
    6: ("Yêu cầu thực hiện nghĩa vụ tài chính", "Chưa nộp lệ phí"),
    7: ("Rút hồ sơ theo yêu cầu của công dân", ""),
    8: ("Tạm dừng xử lý", "Chờ ý kiến của cơ quan phối hợp"),
    9: ("Có kết quả", ""),
    10: ("Trả kết quả", ""),
}


class Simulation(msgspec.Struct, frozen=True, kw_only=True):
    """What a simulated system is made from; `fault` is what it suffers from now."""

    seed: int
    since: date
    owners: tuple[str, ...] = ()
    fault: Literal["", "outage"] = ""


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """One move of one dossier; `number` counts the moves of its day of arrival."""

    at: datetime
    number: int
    status: int
    head: dict[str, Any]
    progress: dict[str, Any]

    @property
    def position(self) -> str:
        return f"{self.at:%Y%m%d%H%M%S}.{self.head['MaHoSo']}.{self.number}"


class Simulator:
    """Provides `contracts.public_services.DossierSystem`, as it stands at `now`."""

    def __init__(
        self, *, seed: int, since: date, now: datetime, owners: Sequence[str] = ()
    ) -> None:
        self._seed, self._since, self._now = seed, since, now.astimezone(VIETNAM)
        self._owners = tuple(owners)

    def moves(self) -> list[Moved]:
        """Return all that has happened until now, in order."""
        days = (self._now.date() - self._since).days
        found = [
            moved
            for ahead in range(days + 1)
            for moved in _arrived(self._seed, self._since + timedelta(days=ahead), self._owners)
            if moved.at <= self._now
        ]
        found.sort(key=lambda moved: moved.position)
        return found

    async def changes_since(self, cursor: str) -> DossierNews:
        """Return what happened after `cursor`."""
        waiting = [moved for moved in self.moves() if moved.position > cursor]
        page = waiting[:_PAGE]
        if not page:
            return DossierNews(cursor=cursor)
        return _news(page, cursor=page[-1].position, more=len(waiting) > len(page))

    async def dossier(self, code: str) -> DossierNews:
        """Return one dossier."""
        return _news([moved for moved in self.moves() if moved.head["MaHoSo"] == code])


def _news(moves: Sequence[Moved], *, cursor: str = "", more: bool = False) -> DossierNews:
    heads = {moved.head["MaHoSo"]: moved.head for moved in moves}
    return DossierNews(
        dossiers=tuple(heads.values()),
        progress=tuple(moved.progress for moved in moves),
        cursor=cursor,
        more=more,
    )


@lru_cache(maxsize=400)
def _arrived(seed: int, day: date, owners: tuple[str, ...]) -> tuple[Moved, ...]:
    """Return the whole story of the dossiers that come in on a day."""
    if day.weekday() > 4:
        return ()
    chance = Random(f"{seed} {day}")  # noqa: S311 - a story, no secret
    return tuple(
        moved for number in range(1, _A_DAY + 1) for moved in _story(chance, day, number, owners)
    )


def _story(chance: Random, day: date, number: int, owners: tuple[str, ...]) -> Iterator[Moved]:
    prefix, receiving, resolving = chance.choice(_PLACES)
    procedure, title, days, fee = chance.choice(_KINDS)
    weights, paths = zip(*_PATHS, strict=True)
    (path,) = chance.choices(paths, weights)
    digits = f"{day:%Y%m%d}-{number:07}" if prefix.startswith("G") else f"{day:%y%m%d}-{number:04}"
    owner = chance.choice(owners) if owners and chance.random() < 0.2 else ""
    head: dict[str, Any] = {
        "MaHoSo": f"{prefix}-{digits}",
        "MaTTHC": procedure,
        "TenTTHC": title,
        "DonViTiepNhan": receiving,
        "DonViXuLy": resolving,
        "SoGiayTo": owner or f"038{chance.randrange(10**9):09}",
        "SoDienThoai": f"09{chance.randrange(10**8):08}",
        "MaXa": _COMMUNES[number % len(_COMMUNES)],
    }
    at = _office(datetime.combine(day, time(7, 30), VIETNAM), chance)
    is_late = chance.random() < 0.12
    for place, status in enumerate(path):
        if place:
            at = _office(at + _takes(chance, status, days, is_late=is_late), chance)
        head.pop("LePhi", None)
        head |= _dates(head, status, at, days, fee)
        yield Moved(
            at=at,
            number=place,
            status=status,
            head=head | {"TrangThaiHoSo": str(status), "ThoiDiem": _told(at), "SoThuTu": place},
            progress=_progress(head["MaHoSo"], status, at, place),
        )


def _takes(chance: Random, status: int, days: int, *, is_late: bool) -> timedelta:
    """Return how long the way into a state takes, in calendar days."""
    if status == 9:
        share = chance.uniform(1.1, 1.6) if is_late else chance.uniform(0.3, 0.8)
        return timedelta(days=days * 1.4 * share)
    if status in (4, 10):
        return timedelta(hours=chance.uniform(2, 40))
    return timedelta(hours=chance.uniform(1, 8) if status in (2, 3) else chance.uniform(8, 60))


def _office(at: datetime, chance: Random) -> datetime:
    """Return a moment of the same or the next working day at which offices are open."""
    day = at.date()
    hours = [hour for hour in _HOURS if _at(day, hour) > at]
    while day.weekday() > 4 or not hours:
        day, hours = day + timedelta(days=1), [*_HOURS]
    minute = timedelta(minutes=chance.randrange(29), seconds=chance.randrange(60))
    return _at(day, hours[0] if at.date() == day else chance.choice(hours)) + minute


def _at(day: date, hour: float) -> datetime:
    return datetime.combine(day, time(int(hour), int(hour % 1 * 60)), VIETNAM)


def _dates(head: dict[str, Any], status: int, at: datetime, days: int, fee: int) -> dict[str, Any]:
    if status == 1:
        return {"NgayNopHoSo": _told(at)}
    if status == 2:
        due = at + timedelta(days=days + 2 * ((at.weekday() + days) // 5))
        return {"NgayTiepNhan": _told(at), "NgayHenTra": head.get("NgayHenTra", _told(due))}
    if status == 6:
        return {"LePhi": str(fee or 10_000)}
    if status in (3, 7, 9):
        return {"NgayKetThucXuLy": _told(at)}
    return {"NgayTra": _told(at)} if status == 10 else {}


def _progress(code: str, status: int, at: datetime, place: int) -> dict[str, Any]:
    content, reason = _WORDS[status]
    return {
        "MaHoSo": code,
        "Id": f"{code}/{place}",
        "ThoiDiemXuLy": _told(at),
        "SoThuTu": place,
        "TrangThai": str(status),
        "PhongBanXuLy": "Bộ phận Một cửa" if status in (1, 2, 3, 10) else "Phòng chuyên môn",
        "NoiDungXuLy": content,
        "LyDo": reason,
    }


def _told(at: datetime) -> str:
    return at.strftime("%Y%m%d%H%M%S")
