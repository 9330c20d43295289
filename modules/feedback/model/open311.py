"""Open311 GeoReport v2: http://wiki.open311.org/GeoReport_v2, JSON and XML."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from math import isfinite
from typing import Annotated, Any, Final, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from backend.kernel import Line, Told, composed
from contracts.problem import Fault
from modules.feedback.model.categories import Version
from modules.feedback.model.markup import document, element, members
from modules.feedback.model.setup.questions import Given, Question, answered

Form = Literal["json", "xml"]
Params: TypeAlias = Mapping[str, str]

SPECIFICATION: Final = "http://wiki.open311.org/GeoReport_v2"
PRODUCTION: Final = "/open311/v2"
TEST: Final = "/open311-test/v2"

_MEDIA: Final[Mapping[Form, str]] = {
    "json": "application/json",
    "xml": "text/xml; charset=utf-8",
}
_ITEMS: Final[Mapping[str, str]] = {
    "services": "service",
    "service_requests": "request",
    "service_request_updates": "request_update",
    "attributes": "attribute",
    "values": "value",
    "endpoints": "endpoint",
    "formats": "format",
    "errors": "error",
}
"""List → what its elements are called in XML."""

_KEPT: Final = frozenset({400, 403, 404, 405, 413, 415, 429, 500, 503})
_KEY_SLUGS: Final = frozenset({"feedback/api-key-needed", "feedback/blocked"})
_UNKNOWN_SLUGS: Final = frozenset({"feedback/unknown-category", "feedback/category-closed"})


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """A program that may file reports, or answer for an agency."""

    id: UUID
    name: str
    contact: str
    agency_id: UUID | None
    made_at: datetime
    disabled_at: datetime | None


class NewKey(msgspec.Struct, frozen=True, kw_only=True):
    """A program that is to have a key."""

    name: Line
    contact: Line
    """How its operator is reached."""
    agency_id: UUID | None = None
    """The agency for which it may answer; none: it files alone."""

    def __post_init__(self) -> None:
        composed(self)


class MadeKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key that was just made. It is shown this once."""

    id: UUID
    key: Annotated[str, Meta(min_length=1)]


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """A form as it was posted."""

    params: Params
    attributes: Mapping[str, Sequence[str]]
    """What `attribute[code]` and `attribute[code][]` say, by code."""


def media_type(form: Form) -> str:
    """Return how a form is called."""
    return _MEDIA[form]


def form_of(path: str) -> Form:
    """Return in which form somebody asks, by how the path ends; XML is what all must know."""
    return "json" if path.endswith(".json") else "xml"


def listed(form: Form, name: str, items: Sequence[Mapping[str, Any]]) -> bytes:
    """Write a list: an array, or its elements inside one that is named."""
    if form == "json":
        return msgspec.json.encode(items)
    item = _ITEMS[name]
    return document(name, "".join(element(item, members(each, _ITEMS)) for each in items))


def single(form: Form, name: str, value: Mapping[str, Any]) -> bytes:
    """Write one object."""
    return msgspec.json.encode(value) if form == "json" else document(name, members(value, _ITEMS))


def told(refusal: Told) -> tuple[int, str, bytes]:
    """Write a refusal as the standard has it: all faults, a code, a description of each.

    404 for what is not there, 403 for the key, 400 for whatever else is wrong with a request.
    """
    status = refusal.status if refusal.status in _KEPT else 400
    if status == 403 and refusal.slug not in _KEY_SLUGS:
        status = 400
    if refusal.slug in _UNKNOWN_SLUGS:
        status = 404
    form = form_of(refusal.path)
    errors = [{"code": status, "description": each} for each in refusal.texts]
    return status, _MEDIA[form], listed(form, "errors", errors)


def word(value: str | None) -> str | None:
    """Return a parameter; an empty one is one that was left out."""
    return value.strip() or None if value is not None else None


def service_type(version: Version) -> str:
    """Say how its id is had: at once, or by a token where the report is nobody else's to see."""
    return "realtime" if version.publishable else "batch"


def attributes(
    questions: Sequence[Question], *, depends: Callable[[str, Sequence[str]], str]
) -> Sequence[Mapping[str, Any]]:
    """Return questions as the standard asks them; `depends(question, options)` says when.

    It knows no condition: what is asked after some answers alone is not required of all.
    """
    labels = {question.code: question.label for question in questions}
    names = {
        (question.code, option.code): option.label
        for question in questions
        for option in question.shown().options
    }
    found: list[Mapping[str, Any]] = []
    for order, question in enumerate(questions, start=1):
        condition = question.show_if
        is_read = question.datatype == "information"
        found.append(
            {
                "variable": not is_read,
                "code": question.code,
                "datatype": "text" if is_read else question.datatype,
                "required": question.required and condition is None,
                "datatype_description": None
                if condition is None
                else depends(
                    labels[condition.code],
                    [names[condition.code, option] for option in condition.among],
                ),
                "order": order,
                "description": question.label,
                "values": [
                    {"key": option.code, "name": option.label}
                    for option in question.shown().options
                ],
            }
        )
    return found


def answers(
    questions: Sequence[Question], sent: Mapping[str, Sequence[str]]
) -> Mapping[str, Given]:
    """Translate what a form says to each question; what cannot be read stays as it was said."""
    found: dict[str, Given] = {}
    for question in questions:
        said = [value for value in map(word, sent.get(question.code, ())) if value is not None]
        if question.datatype == "multivaluelist":
            found[question.code] = said
        elif said:
            found[question.code] = said[-1]
            with suppress(ValueError):
                if question.datatype == "number" and isfinite(number := float(said[-1])):
                    found[question.code] = number
    return found


def wrong_attributes(questions: Sequence[Question], given: Mapping[str, Given]) -> Sequence[Fault]:
    """Return everything that is wrong with the answers, in the names of the standard."""
    _, faults = answered(questions, given)
    return [
        Fault(parameter=f"attribute[{(fault.pointer or '').rpartition('/')[2]}]", code=fault.code)
        for fault in faults
    ]
