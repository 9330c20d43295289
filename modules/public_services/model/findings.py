"""What is wrong with a file, one finding a fault: where, and why."""

import re
from hashlib import sha256
from typing import Final, Literal

import msgspec

Severity = Literal["error", "warning"]

VALUE_MAX: Final = 80
TITLE_MAX: Final = 2_000
TEXT_MAX: Final = 60_000

WARNINGS: Final = frozenset(
    {
        "duration-without-unit",
        "fee-set-by-province",
        "unknown-channel",
        "unknown-audience",
        "unknown-level",
        "not-in-force",
        "amount-not-a-number",
    }
)
"""Findings that a file may have and still be applied."""


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One fault. `place` is a row of a table or a pointer (RFC 6901) into a package."""

    code: str
    file: str = ""
    place: str = ""
    column_name: str = ""
    value: str = ""
    procedure_code: str = ""

    @property
    def severity(self) -> Severity:
        return "warning" if self.code in WARNINGS else "error"


class Raised(Exception):
    """A fault that ends the reading of a file or a record."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


def found(code: str, place: str, *, column: str = "", value: object = "") -> Finding:
    """Return a finding; of the value as much is kept as tells which one it is."""
    text = "".join(each for each in str(value) if each.isprintable())
    return Finding(code=code, place=place, column_name=column, value=text[:VALUE_MAX])


_SPREADSHEET: Final = re.compile(r"^\s*([=@\t\r]|[+-](\d|\(|[A-Za-z]+[\d(!]))")


def is_formula(cell: str) -> bool:
    """Tell whether a spreadsheet would run the cell. A list that begins with `- ` is a text."""
    return bool(_SPREADSHEET.match(cell))


class Keys:
    """Gives each item of a list a key that is stable while its words are, and its own."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def of(self, *words: str | None) -> str:
        text = "\0".join(word or "" for word in words)
        stem = key = sha256(text.encode()).hexdigest()[:10]
        number = 2
        while key in self._given:
            key, number = f"{stem}-{number}", number + 1
        self._given.add(key)
        return key
