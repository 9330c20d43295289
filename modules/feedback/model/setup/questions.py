"""Questions of a category, asked at filing, and what may be answered.

The data types are those of Open311 GeoReport v2, so that its programs ask the same.
"""

import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

from backend.kernel import Line, composed
from backend.kernel.locale import language
from backend.kernel.text import LINES
from contracts.problem import Fault, FaultCode
from modules.feedback.model.setup.patterns import LENGTH_MAX, fits, parts

QUESTIONS_MAX: Final = 20
STRING_MAX: Final = 500
TEXT_MAX: Final = 4000

QuestionCode = Annotated[str, Meta(max_length=40, pattern="^[a-z][a-z0-9_-]*$")]
Datatype = Literal[
    "string", "number", "datetime", "text", "singlevaluelist", "multivaluelist", "information"
]
"""`information` is read and not answered."""

_LISTS: Final = ("singlevaluelist", "multivaluelist")

Given: TypeAlias = (
    Annotated[str, Meta(max_length=TEXT_MAX, pattern=LINES)]
    | Annotated[float, Meta(ge=-1e12, le=1e12)]
    | Annotated[list[Annotated[str, Meta(max_length=200)]], Meta(max_length=50)]
)
"""An answer: text, a number, or the codes of options."""

Answers: TypeAlias = Annotated[Mapping[str, Given], Meta(max_length=50)]


class Option(msgspec.Struct, frozen=True, kw_only=True):
    """Something that may be chosen."""

    code: QuestionCode
    label_vi: Line
    label_en: Line

    def __post_init__(self) -> None:
        composed(self)


class ShowIf(msgspec.Struct, frozen=True, kw_only=True, rename={"among": "in"}):
    """The question is asked when an earlier one was answered by one of these options."""

    code: QuestionCode
    among: Annotated[tuple[QuestionCode, ...], Meta(min_length=1, max_length=50)]


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """Something to know of a report of this category; asked in the order in which they stand."""

    code: QuestionCode
    label_vi: Line
    label_en: Line
    datatype: Datatype
    required: bool = False
    options: Annotated[tuple[Option, ...], Meta(max_length=50)] = ()
    min: float | None = None
    """Of a number; of a text, how many characters."""
    max: float | None = None
    pattern: Annotated[str, Meta(min_length=1, max_length=LENGTH_MAX)] | None = None
    """Of a string: letters, classes and how often each, without groups and choices."""
    show_if: ShowIf | None = None

    def __post_init__(self) -> None:
        composed(self)
        codes = [option.code for option in self.options]
        if (self.datatype in _LISTS) != bool(codes) or len(set(codes)) < len(codes):
            raise ValueError("options")
        if self.required and self.datatype == "information":
            raise ValueError("required")
        if self.min is not None and self.max is not None and self.min > self.max:
            raise ValueError("max")
        if self.pattern is not None:
            if self.datatype != "string":
                raise ValueError("pattern")
            parts(self.pattern)

    @property
    def label(self) -> str:
        """The question in the language of the request."""
        return self.label_vi if language.get() == "vi" else self.label_en

    def shown(self) -> "ShownQuestion":
        """Return the question as it is asked."""
        is_vietnamese = language.get() == "vi"
        return ShownQuestion(
            code=self.code,
            label=self.label,
            datatype=self.datatype,
            required=self.required,
            options=[
                ShownOption(
                    code=option.code, label=option.label_vi if is_vietnamese else option.label_en
                )
                for option in self.options
            ],
            min=self.min,
            max=self.max,
            pattern=self.pattern,
            show_if=self.show_if,
        )


class ShownOption(msgspec.Struct, frozen=True, kw_only=True):
    """Something that may be chosen, in the language of the request."""

    code: str
    label: str


class ShownQuestion(msgspec.Struct, frozen=True, kw_only=True):
    """A question in the language of the request."""

    code: str
    label: str
    datatype: Datatype
    required: bool
    options: Sequence[ShownOption]
    min: float | None
    max: float | None
    pattern: str | None
    show_if: ShowIf | None


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """What was answered, with the words as they were shown then."""

    code: str
    datatype: Datatype
    label_vi: str
    label_en: str
    values: tuple[str, ...]
    words_vi: tuple[str, ...]
    words_en: tuple[str, ...]

    def shown(self, redact: Callable[[str, str], str] | None = None) -> "AnswerCard":
        """Return the answer in the language of the request; `redact(code, text)` what is free."""
        is_vietnamese = language.get() == "vi"
        words = self.words_vi if is_vietnamese else self.words_en
        if redact is not None and self.datatype not in _LISTS:
            words = tuple(redact(self.code, text) for text in words)
        return AnswerCard(
            code=self.code,
            label=self.label_vi if is_vietnamese else self.label_en,
            words=words,
        )


class AnswerCard(msgspec.Struct, frozen=True, kw_only=True):
    """A question of the category, and what was answered at filing."""

    code: str
    label: str
    words: Sequence[str]


def require_order(questions: Sequence[Question]) -> None:
    """Raise ValueError unless codes differ and each condition is about an option asked before."""
    asked: dict[str, frozenset[str]] = {}
    for question in questions:
        condition = question.show_if
        if condition is not None and not set(condition.among) <= asked.get(
            condition.code, frozenset()
        ):
            raise ValueError("show_if")
        if question.code in asked:
            raise ValueError("code")
        asked[question.code] = frozenset(option.code for option in question.options)


def answered(
    questions: Sequence[Question], given: Mapping[str, Given]
) -> tuple[Sequence[Answered], Sequence[Fault]]:
    """Return what was answered and everything that is wrong with it.

    A question whose condition is not met is not asked; answers to what is not asked are ignored.
    """
    kept: dict[str, Answered] = {}
    faults: list[Fault] = []
    for question in questions:
        if question.datatype == "information" or not _is_asked(question, kept):
            continue
        value = given.get(question.code)
        if value is None or value in ("", []):
            if question.required:
                faults.append(_fault(question, "required"))
            continue
        wrong = next(_wrong(question, value), None)
        if wrong is None:
            kept[question.code] = _kept(question, value)
        else:
            faults.append(_fault(question, wrong))
    return list(kept.values()), faults


def _is_asked(question: Question, kept: Mapping[str, Answered]) -> bool:
    if question.show_if is None:
        return True
    earlier = kept.get(question.show_if.code)
    return earlier is not None and not set(earlier.values).isdisjoint(question.show_if.among)


def _fault(question: Question, code: FaultCode) -> Fault:
    return Fault(pointer=f"/answers/{question.code}", code=code)


def _wrong(question: Question, value: Given) -> Iterator[FaultCode]:
    match question.datatype, value:
        case "number", int() | float():
            yield from _bounded(question, value, "too_small", "too_large")
        case "datetime", str():
            if not _is_moment(value):
                yield "format"
        case "string" | "text", str():
            most = STRING_MAX if question.datatype == "string" else TEXT_MAX
            if len(value) > most or (question.datatype == "string" and "\n" in value):
                yield "too_long" if len(value) > most else "pattern"
            yield from _bounded(question, len(value), "too_short", "too_long")
            if question.pattern is not None and not fits(question.pattern, value):
                yield "pattern"
        case "singlevaluelist", str():
            yield from _chosen(question, [value])
        case "multivaluelist", list():
            yield from _chosen(question, value)
        case _:
            yield "type"


def _bounded(
    question: Question, size: float, short: FaultCode, long: FaultCode
) -> Iterator[FaultCode]:
    if question.min is not None and size < question.min:
        yield short
    if question.max is not None and size > question.max:
        yield long


def _chosen(question: Question, codes: Collection[str]) -> Iterator[FaultCode]:
    known = {option.code for option in question.options}
    if not set(codes) <= known or len(set(codes)) < len(codes):
        yield "enum"


def _is_moment(text: str) -> bool:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return False
    return found.tzinfo is not None and 1900 <= found.year < 2200


def _kept(question: Question, value: Given) -> Answered:
    values = tuple(value) if isinstance(value, list) else (_written(value),)
    words: Mapping[str, Any] = {option.code: option for option in question.options}
    is_list = question.datatype in _LISTS
    return Answered(
        code=question.code,
        datatype=question.datatype,
        label_vi=question.label_vi,
        label_en=question.label_en,
        values=values,
        words_vi=tuple(words[code].label_vi for code in values) if is_list else values,
        words_en=tuple(words[code].label_en for code in values) if is_list else values,
    )


def _written(value: str | float) -> str:
    if isinstance(value, str):
        return unicodedata.normalize("NFC", value).strip()
    return str(int(value)) if float(value).is_integer() else repr(float(value))
