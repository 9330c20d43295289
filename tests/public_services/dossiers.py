"""Dossiers as a one-stop system tells of them."""

from typing import Any

CODE = "H56.22-260105-0001"
SOURCE = "one-stop"
NUMBER = "038090123456"
PHONE = "0912345678"

Item = dict[str, Any]


def dossier(code: str = CODE, **more: Any) -> Item:
    return {
        "MaHoSo": code,
        "MaTTHC": "1.001193",
        "TenTTHC": "Đăng ký khai sinh",
        "TrangThaiHoSo": "2",
        "ThoiDiem": "2026-01-05 08:00:00",
        "NgayNopHoSo": "20260105073000",
        "NgayTiepNhan": "2026-01-05 08:00:00",
        "NgayHenTra": "2026-01-08T17:00:00+07:00",
        "DonViTiepNhan": "Trung tâm Phục vụ hành chính công phường Hạc Thành",
        "DonViXuLy": "UBND phường Hạc Thành",
        "SoGiayTo": NUMBER,
        "SoDienThoai": PHONE,
        **more,
    }


def progress(status: int, at: str, code: str = CODE, **more: Any) -> Item:
    return {
        "MaHoSo": code,
        "TrangThai": str(status),
        "ThoiDiemXuLy": at,
        "PhongBanXuLy": "Bộ phận Tư pháp",
        "NoiDungXuLy": "Nguyễn Văn A nộp thiếu giấy chứng sinh",
        **more,
    }
