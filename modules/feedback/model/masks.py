"""What must not be read by everybody: telephone numbers, addresses, numbers of people.

Found by their form alone, every occurrence, and rather once too often: whoever reads a public
report can do without a number that was none. Spans count code points of composed text (NFC).
"""

import re
from collections.abc import Container, Iterable, Iterator
from typing import Final, Literal, TypeAlias

import msgspec

MARK: Final = "█████"
"""Stands for what was masked; always as long, so that it tells nothing."""

Reason = Literal["phone", "email", "identity", "card", "account", "plate"]


Edges: TypeAlias = tuple[int, int]
"""From where to before where, in code points."""


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a text that is masked: from `start` to before `end`."""

    start: int
    end: int
    reason: Reason


# What people put between digits so that a number is read more easily, or found less easily.
_GAP: Final = r"[\s.,\-–—_·/\\()]{0,3}"

_EMAIL: Final = re.compile(
    r"(?<![\w.+%-])[\w.+%-]+\s?(?:@|＠|\(at\)|\[at\]|\(a còng\))\s?[\w-]+(?:\s?\.\s?[\w-]+)+",
    re.IGNORECASE,
)
_DATE: Final = re.compile(r"(?<!\d)\d{1,2}\s?[-/.]\s?\d{1,2}\s?[-/.]\s?(?:19|20)\d\d(?!\d)")
# +84, 84, 0084 or 0, then nine digits (mobile) or ten (landline with its area).
_PHONE: Final = re.compile(rf"(?<!\d)(?:(?:\+|00){_GAP}84|84|0)(?:{_GAP}\d){{9,10}}(?!\d)")
_NUMBER: Final = re.compile(r"(?<!\d)\d+(?:[\s.\-]\d{3,})*(?!\d)")
_MONEY: Final = re.compile(r"\d{1,3}(?:\.\d{3})+(?=\s?(?:đồng|đ|vnđ|vnd|₫)(?!\w))", re.IGNORECASE)
_NAMED_ACCOUNT: Final = re.compile(
    r"(?:stk|số\s+tài\s+khoản|tài\s+khoản|account)\D{0,15}(\d(?:[\s.\-]?\d){5,18})(?!\d)",
    re.IGNORECASE,
)
# 36A-123.45, 36-B1 123.45, 29 H1 1234, 80-NG-123-45: province, series, four or five digits.
_PLATE: Final = re.compile(
    r"(?<![\w])\d{2}[\s.\-]?(?:[A-ZĐ]{1,2}\d?)[\s.\-]{0,2}\d{3}[.\s\-]?\d{1,2}(?![\w])",
    re.IGNORECASE,
)


def spans(text: str) -> tuple[Span, ...]:
    """Return every piece of the text that is to be masked, in order, none over another."""
    found: list[Span] = []
    for span in sorted(_all(text), key=lambda span: (span.start, -span.end)):
        if found and span.start < found[-1].end:
            last = found[-1]
            found[-1] = msgspec.structs.replace(last, end=max(last.end, span.end))
        else:
            found.append(span)
    return tuple(found)


def masked(text: str) -> str:
    """Return the text with every found piece replaced by `MARK`."""
    parts: list[str] = []
    done = 0
    for span in spans(text):
        parts += (text[done : span.start], MARK)
        done = span.end
    return "".join((*parts, text[done:]))


def redacted(text: str, decided: Iterable[Edges], left: Container[Edges] = ()) -> str:
    """Return the text with what was decided masked, and every suggestion that was not left."""
    found = ((span.start, span.end) for span in spans(text))
    parts: list[str] = []
    done = 0
    for start, end in sorted((*(edges for edges in found if edges not in left), *decided)):
        if start >= len(text) or end <= done:
            continue
        if start >= done:
            parts += (text[done:start], MARK)
        done = min(end, len(text))
    return "".join((*parts, text[done:]))


def _all(text: str) -> Iterator[Span]:
    dates = [match.span() for match in _DATE.finditer(text)]
    for match in _EMAIL.finditer(text):
        yield _span(match, "email")
    for match in _PHONE.finditer(text):
        if not any(start <= match.start() < end for start, end in dates):
            yield _span(match, "phone")
    for match in _NUMBER.finditer(text):
        reason = _numbered(re.sub(r"\D", "", match[0]))
        if reason is not None and not _is_money(text, match):
            yield _span(match, reason)
    for match in _NAMED_ACCOUNT.finditer(text):
        yield Span(start=match.start(1), end=match.end(1), reason="account")
    for match in _PLATE.finditer(text):
        yield _span(match, "plate")


def _span(match: re.Match[str], reason: Reason) -> Span:
    return Span(start=match.start(), end=match.end(), reason=reason)


def _is_money(text: str, number: re.Match[str]) -> bool:
    found = _MONEY.match(text, number.start())
    return found is not None and found.end() == number.end()


def _numbered(digits: str) -> Reason | None:
    """Say what a run of digits may be: identity numbers have 9 or 12, cards pass Luhn's test."""
    if len(digits) in {9, 12}:
        return "identity"
    if 13 <= len(digits) <= 19 and _luhn(digits):
        return "card"
    return "account" if len(digits) > 9 else None


def _luhn(digits: str) -> bool:
    doubled = (int(digit) * (2 if place % 2 else 1) for place, digit in enumerate(reversed(digits)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0
