"""What officers wrote, without whom they wrote about.

Numbers go by their shape. Names go by what stands before them: a form of address, or one of the
family names that nine of ten people here bear (Lê Trung Hoa, "Họ và tên người Việt Nam"). A name of
another make is not known for one: such a text is read by the owner alone, and deleted with the
dossier.
"""

import re
from typing import Final

_NUMBER: Final = re.compile(r"(?<![\d.])(?:\+?\d{9,14}|0\d{2,3}(?:[ .-]\d{3,4}){2})(?!\d)")
"""Nine digits and more, or a phone in groups; an amount in groups of three begins with no zero."""

_ADDRESS: Final = r"(?:ông|bà|anh|chị|cháu|bé|em|chủ hộ|người nộp|họ và tên|họ tên)"
_FAMILY: Final = (
    "An|Âu|Bạch|Bùi|Cao|Cầm|Châu|Chu|Cù|Diệp|Doãn|Dương|Đàm|Đào|Đặng|Đậu|Đinh|Đoàn|Đỗ|Đồng|Giang|Giàng"
    "|Hà|Hàn|Hồ|Hoàng|Huỳnh|Hứa|Kiều|Khổng|Khúc|La|Lại|Lâm|Lê|Lò|Lộc|Lưu|Lương|Lường|Lữ|Lý|Mã|Mai|Mạc"
    "|Ngân|Nghiêm|Ngô|Nguyễn|Nhữ|Ninh|Nông|Phạm|Phan|Phó|Phùng|Quách|Quản|Tạ|Tăng|Tô|Tôn|Tống|Thái"
    "|Thạch|Thân|Thiều|Tòng|Trần|Triệu|Trịnh|Trương|Vàng|Văn|Vi|Viên|Võ|Vũ|Vương"
)
_WORD: Final = r"[A-ZÀ-ÝĂĐĨŨƠƯẠ-Ỹ][a-zà-ýăđĩũơưạ-ỹ]*"
_AFTER_ADDRESS: Final = re.compile(rf"(?i:\b({_ADDRESS})(\s*:?\s+))((?:{_WORD}\s+){{0,4}}{_WORD})")
_BY_FAMILY: Final = re.compile(rf"\b(?:{_FAMILY})(?:\s+{_WORD}){{1,4}}")
_SHOUTED: Final = re.compile(
    rf"\b(?:{_FAMILY.upper()})(?:\s+[A-ZÀ-ÝĂĐĨŨƠƯẠ-Ỹ]+){{1,4}}(?=\s+[a-zà-ýăđ]|[,.;:)]|$)"
)
_PLACES: Final = re.compile(
    r"\b(đường|phố|ngõ|ngách|lộ|xã|phường|trấn|huyện|tỉnh|quận|thôn|bản|làng|xóm|trường|chợ|khu|cầu"
    r"|tòa|công ty|thpt|thcs|viện)\s*$",
    re.IGNORECASE,
)
"""After these a name is a place's."""
_KNOWN: Final = frozenset(
    {
        "An Giang", "Cao Bằng", "Hà Giang", "Hà Nam", "Hà Nội", "Hà Tĩnh", "Hà Trung", "Lai Châu",
        "Lâm Đồng", "Ninh Bình", "Ninh Thuận", "Thạch Thành", "Thái Bình", "Thái Nguyên",
        "Triệu Sơn", "Việt Nam",
    }
)  # fmt: skip


def without_people(text: str) -> str:
    """Return a text without identity papers, tax codes, phones and names of people."""
    plain = _NUMBER.sub("…", text)
    plain = _AFTER_ADDRESS.sub(lambda found: f"{found[1]}{found[2]}…", plain)
    plain = _BY_FAMILY.sub(lambda found: _kept(plain, found), plain)
    if plain.upper() == plain:
        return plain
    return _SHOUTED.sub(lambda found: _kept(plain, found), plain)


def _kept(text: str, found: re.Match[str]) -> str:
    is_place = found[0] in _KNOWN or _PLACES.search(text, 0, found.start())
    return found[0] if is_place else "…"
