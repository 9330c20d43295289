"""What is masked in a text, and what is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from modules.feedback.model.masks import MARK, masked, spans


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("gọi 0912345678 nhé", "phone"),
        ("gọi 0912 345 678 nhé", "phone"),
        ("gọi 09.12.34.56.78 nhé", "phone"),
        ("gọi +84 (912) 345-678 nhé", "phone"),
        ("gọi 0084912345678 nhé", "phone"),
        ("gọi 0237 3852 246 nhé", "phone"),
        ("gọi 0 9 1 2 3 4 5 6 7 8 nhé", "phone"),
        ("thư a.b-c@mail.example.vn nhé", "email"),
        ("thư hoa (at) example . vn nhé", "email"),
        ("CCCD 038095001234 nhé", "identity"),
        ("CCCD 038 095 001 234 nhé", "identity"),
        ("CMND 172345678 nhé", "identity"),
        ("thẻ 4111 1111 1111 1111 nhé", "card"),
        ("STK 19034567890123 nhé", "account"),
        ("số tài khoản: 1234567 nhé", "account"),
        ("xe 36A-123.45 nhé", "plate"),
        ("xe 36B1 123.45 nhé", "plate"),
        ("xe 29-H1 1234 nhé", "plate"),
        ("xe 80-NG-123-45 nhé", "plate"),
    ],
)
def test_what_names_a_person_is_masked(text: str, reason: str) -> None:
    (span,) = spans(text)

    assert span.reason == reason
    shown = masked(text)
    assert MARK in shown
    assert shown.endswith(" nhé")
    assert not any(letter.isdigit() for letter in shown)


@pytest.mark.parametrize(
    "text",
    [
        "Quốc lộ 47, km 12+500, trước số nhà 36/2 ngõ 12",
        "từ 7h30 đến 10h ngày 20-11-2025, lúc 14:30 ngày 9/12/2025",
        "đường dây nóng 19001806",
        "dự án 15.000.000.000 đồng, đợt 1 là 5.000.000.000 đ",
        "cột đèn số 14, 15 và 16 hỏng từ năm 2024",
    ],
)
def test_what_says_where_and_when_stays(text: str) -> None:
    assert masked(text) == text


def test_every_occurrence_is_masked() -> None:
    text = "Gọi 0912345678, bận thì 0987 654 321 hoặc hoa@example.vn; xe 36A-123.45."

    assert masked(text) == f"Gọi {MARK}, bận thì {MARK} hoặc {MARK}; xe {MARK}."


@given(st.text(alphabet="0123456789 .-()+@ađbếx\n", max_size=120))
def test_no_long_number_survives(text: str) -> None:
    digits = 0
    for letter in masked(text):
        digits = digits + 1 if letter.isdigit() else 0
        assert digits < 9


@given(st.text(max_size=200))
def test_masking_twice_is_masking_once(text: str) -> None:
    shown = masked(text)

    assert masked(shown) == shown
