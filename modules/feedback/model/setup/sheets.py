"""A category as a plain form holds it: flat fields, a row for each question."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

import msgspec

from modules.feedback.model.categories import Version
from modules.feedback.model.setup.questions import Question

QUESTIONS_MAX: Final = 15
"""As many questions as a form has room for; the interface takes 20."""
BLANK: Final = 2
"""Rows for questions that are new."""

_PLAIN: Final = (
    "group",
    "label_vi",
    "label_en",
    "help_vi",
    "help_en",
    "precision",
    "evidence",
    "deadline_class",
    "emergency_notice_vi",
    "emergency_notice_en",
    "valid_from",
    "reason",
)
_NEW: Final = ("valid_from", "reason")
_TICKED: Final = ("publishable", "anonymous")
_OF_QUESTION: Final = ("code", "label_vi", "label_en", "datatype", "min", "max", "pattern")

FIELDS: Final = (*_PLAIN, *_TICKED)
"""What a form says of a category, but for its questions."""


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """A question as the fields of a form hold it."""

    code: str = ""
    label_vi: str = ""
    label_en: str = ""
    datatype: str = "string"
    required: str = ""
    options: str = ""
    """A line for each: code, Vietnamese and English, with upright strokes between them."""
    min: str = ""
    max: str = ""
    pattern: str = ""
    show_if: str = ""
    """The question before it, a colon, and the options on which it is asked."""


def sheet_of(version: Version) -> Mapping[str, str]:
    """Return the fields of a form that begins with this version; its day and reason are new."""
    said = {name: getattr(version, name, None) for name in _PLAIN if name not in _NEW}
    filled = {name: str(value) for name, value in said.items() if value is not None}
    ticked = {name: "true" for name in _TICKED if getattr(version, name)}
    return {**filled, **ticked}


def rows_of(questions: Sequence[Question]) -> list[Row]:
    """Return the questions as rows, with some blank ones for more."""
    return [*map(_row, questions), *(Row() for _ in range(BLANK))]


def rows_in(text: Callable[[str], str]) -> list[Row]:
    """Return the rows of a form that was sent."""
    names = [field.name for field in msgspec.structs.fields(Row)]
    found = [
        Row(**{name: text(f"{name}-{n}").strip() for name in names})
        for n in range(QUESTIONS_MAX + BLANK)
    ]
    kept = [row for row in found if row.code or row.label_vi or row.label_en]
    return [*kept, *(Row() for _ in range(BLANK))]


def draft_in(text: Callable[[str], str]) -> dict[str, Any]:
    """Return what a form says as the interface takes it, unverified."""
    said: dict[str, Any] = {name: v for name in _PLAIN if (v := text(name).strip())}
    said |= {name: text(name) == "true" for name in _TICKED}
    said["questions"] = [_question(row) for row in rows_in(text)[:-BLANK]]
    return said


def _row(question: Question) -> Row:
    condition = question.show_if
    return Row(
        code=question.code,
        label_vi=question.label_vi,
        label_en=question.label_en,
        datatype=question.datatype,
        required="true" if question.required else "",
        options="\n".join(
            f"{option.code} | {option.label_vi} | {option.label_en}" for option in question.options
        ),
        min="" if question.min is None else f"{question.min:g}",
        max="" if question.max is None else f"{question.max:g}",
        pattern=question.pattern or "",
        show_if="" if condition is None else f"{condition.code}: {', '.join(condition.among)}",
    )


def _question(row: Row) -> dict[str, Any]:
    said: dict[str, Any] = {
        name: value for name in _OF_QUESTION if (value := getattr(row, name)) != ""
    }
    said["required"] = row.required == "true"
    said["options"] = list(_options(row.options))
    if row.show_if:
        code, _, among = row.show_if.partition(":")
        said["show_if"] = {
            "code": code.strip(),
            "in": [each.strip() for each in among.split(",") if each.strip()],
        }
    return said


def _options(text: str) -> Iterator[dict[str, str]]:
    for line in text.splitlines():
        parts = [part.strip() for part in line.split("|")]
        if any(parts):
            code, vi, en = (*parts, "", "")[:3]
            yield {"code": code, "label_vi": vi, "label_en": en}
