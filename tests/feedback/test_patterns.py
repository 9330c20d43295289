"""Patterns of answers: a small language that is compared in time linear in the text."""

import pytest

from modules.feedback.model.setup.patterns import fits, parts


@pytest.mark.parametrize(
    ("pattern", "text", "fit"),
    [
        ("[0-9]{2}", "12", True),
        ("[0-9]{2}", "123", False),
        ("a*b+c?", "aab", True),
        ("a*b+c?", "aac", False),
        ("[A-ZĐ]{1,2}-\\d+", "Đ-7", True),
        ("a{2,}", "aaaa", True),
        ("a{0,2}a{0,2}", "aaaa", True),
        ("", "", True),
        (".*x.*x.*x.*x.*x", "x" * 4 + "y" * 400, False),
    ],
)
def test_a_pattern_is_compared_letter_by_letter(pattern: str, text: str, *, fit: bool) -> None:
    assert fits(pattern, text) is fit


@pytest.mark.parametrize("pattern", ["(a)", "a|b", "[z-a]", "a**", "\\1", "a{9,3}", "^a"])
def test_what_could_take_minutes_is_no_pattern(pattern: str) -> None:
    with pytest.raises(ValueError, match=r".*"):
        parts(pattern)
