"""The record of what feedback keeps of people, and why."""

from collections.abc import Sequence
from typing import Final, Literal

from contracts.personal_data import DataItem

_PURPOSE: Final = "feedback.handling"
_ASKED: Final = "consent"
_WHILE: Final = "P12M after the report is over"
_WORDS: Final = "P5Y after the report is over"

_KEPT: Final[Sequence[tuple[str, str, Literal["basic", "sensitive"], str]]] = (
    ("reporter", "person_id", "basic", _WHILE),
    ("reporter", "contact_id", "basic", _WHILE),
    ("reporter", "contact_name", "basic", _WHILE),
    ("reporter", "contact_phone", "basic", _WHILE),
    ("reporter", "contact_email", "basic", _WHILE),
    ("reporter", "device_mac", "basic", "P90D after the report is over"),
    ("reporter", "address_mac", "basic", "P90D after the report is over"),
    ("reporter", "name_marks", "basic", _WHILE),
    ("report", "lat", "sensitive", _WORDS),
    ("report", "lon", "sensitive", _WORDS),
    ("report", "xy", "sensitive", _WORDS),
    ("report", "address", "basic", _WORDS),
    ("report_text", "original", "basic", _WORDS),
    ("report_text", "answers", "basic", _WORDS),
    ("event_salt", "text", "basic", _WORDS),
    ("attachment", "taken_lat", "sensitive", _WORDS),
    ("attachment", "taken_lon", "sensitive", _WORDS),
    ("attachment", "file_id", "basic", _WORDS),
    ("message", "text", "basic", _WORDS),
    ("rating", "*", "basic", _WORDS),
    ("rating_past", "*", "basic", _WORDS),
    ("follower", "person_id", "basic", "until one stops following"),
    ("subscription", "*", "sensitive", "until one ends it"),
    ("objection", "*", "basic", _WORDS),
    ("block", "key_mac", "basic", "until the block ends"),
)

INVENTORY: Final = tuple(
    DataItem(
        table=f"feedback.{table}",
        column=column,
        kind=kind,
        purpose=_PURPOSE,
        basis=_ASKED,
        retention=retention,
    )
    for table, column, kind, retention in _KEPT
)
