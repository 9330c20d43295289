"""Text of people is kept in one form, and found again however it was typed."""

import unicodedata

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.kernel import Line, Name, Prose, composed, folded

VIETNAMESE = (
    "aàáảãạăằắẳẵặâầấẩẫậbcdđeèéẻẽẹêềếểễệghiìíỉĩịklmnoòóỏõọôồốổỗộơờớởỡợpqrstuùúủũụưừứửữựvxyỳýỷỹỵ"
)
WORDS = st.text(st.sampled_from(VIETNAMESE + VIETNAMESE.upper() + " "), min_size=1)


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody sends."""

    to: Name
    subject: Line = "-"
    body: Prose = "-"
    stars: int = 5

    def __post_init__(self) -> None:
        composed(self)


def sent(**members: object) -> Letter:
    return msgspec.convert({"to": "Bà Triệu", **members}, Letter)


@pytest.mark.parametrize("form", ["NFC", "NFD", "NFKC", "NFKD"])
def test_what_a_phone_takes_apart_is_put_together(form: str) -> None:
    assert sent(to=unicodedata.normalize(form, "Phường Hạc Thành")).to == "Phường Hạc Thành"


def test_space_around_a_text_is_dropped_and_inside_it_stays() -> None:
    assert sent(body="  Đường  hỏng.\n\tĐèn tắt. \n").body == "Đường  hỏng.\n\tĐèn tắt."


@pytest.mark.parametrize("member", ["to", "subject", "body"])
def test_nothing_but_space_is_nothing(member: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        sent(**{member: " \u3000 "})


@pytest.mark.parametrize("member", ["to", "subject", "body"])
@pytest.mark.parametrize(
    "letter", ["\x00", "\x1b", "\x7f", "\x85", "\u202e", "\u2066", "\ufffe", "\uffff"]
)
def test_letters_that_nobody_sees_are_refused(member: str, letter: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        sent(**{member: f"a{letter}b"})


@pytest.mark.parametrize("letter", ["\n", "\r", "\t", "\u2028", "\u2029"])
def test_a_line_is_one_line(letter: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        sent(to=f"a{letter}b")


@pytest.mark.parametrize(("member", "longest"), [("to", 200), ("subject", 500), ("body", 4000)])
def test_a_text_has_a_length(member: str, longest: int) -> None:
    assert sent(**{member: "ế" * longest})
    for wrong in ("", "ế" * (longest + 1)):
        with pytest.raises(msgspec.ValidationError):
            sent(**{member: wrong})


def test_words_are_found_however_they_are_typed() -> None:
    assert folded("Phường Hạc  Thành") == "phuong hac thanh"
    assert folded(" ĐƯỜNG Đội Cấn\n") == "duong doi can"


@given(WORDS)
def test_a_vietnamese_text_folds_to_plain_letters(text: str) -> None:
    plain = folded(text)

    assert plain.isascii()
    assert plain == plain.lower() == " ".join(plain.split())
    assert folded(unicodedata.normalize("NFD", text)) == plain
    assert folded(text.upper()) == plain


@given(st.text())
def test_folding_twice_changes_nothing_more(text: str) -> None:
    assert folded(folded(text)) == folded(text)
