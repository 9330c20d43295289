"""The kind `health.book`: what a facility sums up of a patient's book, under its seal."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta

from contracts.documents import Code, Defect, Part, PartyRule, Text
from modules.health_books.model.content import (
    Allergy,
    Diagnosis,
    Facility,
    Immunization,
    Item,
    Patient,
)


class Family(Part, frozen=True, kw_only=True):
    """Tiền sử gia đình: what a near relative has, as the patient has told at a checkup."""

    relation: Literal["PARENT", "SIBLING", "CHILD", "GRANDPARENT"]
    name: Text


class History(Part, frozen=True, kw_only=True):
    """Tiền sử."""

    allergies: Annotated[tuple[Allergy, ...], Meta(max_length=100)] = ()
    conditions: Annotated[tuple[Diagnosis, ...], Meta(max_length=200)] = ()
    immunizations: Annotated[tuple[Immunization, ...], Meta(max_length=200)] = ()
    family: Annotated[tuple[Family, ...], Meta(max_length=50)] = ()


class VisitLine(Part, frozen=True, kw_only=True):
    """A visit, and the code of its signed document; its hash stands in the links, in order."""

    encounter_id: Code
    facility: Facility
    start: date
    end: date
    mode: Literal["OUTPATIENT", "INPATIENT", "EMERGENCY", "HOME"]
    code: Code | None = None


class Told(Part, frozen=True, kw_only=True):
    """A book in few words: who, what is to be known about them, and where they were."""

    patient: Patient
    history: History
    visits: Annotated[tuple[VisitLine, ...], Meta(max_length=500)]


class Book(Told, frozen=True, kw_only=True):
    """The data of a summary that a facility seals."""

    facility: Facility


class BookKind:
    """Answers `DocumentKind`: each visit was signed by a doctor, so the facility's seal is enough.

    Nothing sensitive stands in it: a sealed file cannot be blackened afterwards.
    """

    name: str = "health.book"
    module: str = "health_books"
    prefix: str = "ST"
    title: str = "TÓM TẮT SỔ SỨC KHỎE"
    template: Traversable = files("modules.health_books") / "book.typ"
    evidence: Literal["LT", "LTA"] = "LTA"
    schemas: Mapping[str, type[Part]] = {"health.book/1": Book}
    deadline: timedelta = timedelta(days=3)

    FACILITY: ClassVar[str] = "facility"
    roles: Sequence[str] = (FACILITY,)
    facts: Sequence[str] = (
        *("full_name", "birth_date", *History.__struct_fields__),
        *("patient", "born", "facility"),
    )

    def parties(self, content: Book) -> Sequence[PartyRule]:
        """Return the managing facility."""
        seal = PartyRule(
            role=self.FACILITY, name=content.facility.name, assurance="L3", organisation=True
        )
        return (seal,)

    def defects(self, content: Book) -> Sequence[Defect]:
        """Return what is sensitive, visits that are no document, and an order that is none."""
        return [*_of_history(content.history), *_of_visits(content.visits)]

    def claims(self, content: Book) -> Mapping[str, Any]:
        """Return the facts that a patient shows one by one."""
        history = msgspec.to_builtins(content.history)
        facts: dict[str, Any] = {
            "full_name": content.patient.full_name,
            "birth_date": content.patient.birth_date.isoformat(),
        }
        return {**facts, **{name: told for name, told in history.items() if told}}

    def printed(self, content: Book) -> Mapping[str, str]:
        """Return whose it is. Nothing of what was found."""
        return {
            "patient": content.patient.full_name,
            "born": content.patient.birth_date.isoformat(),
            "facility": content.facility.name,
        }


BOOK: Final = BookKind()
_HEAD: Final = ("encounter_id", "facility", "start", "end", "mode")


Entries: TypeAlias = Sequence[tuple[UUID, str, Mapping[str, Any]]]
"""Entries of a book: each of a visit, of a kind, and what it says."""


def told(entries: Entries) -> Told | None:
    """Return entries as a book; None where there is no patient.

    Of a condition that was found again counts what was said last; a dose is told once.
    """
    found: dict[str, list[Mapping[str, Any]]] = {}
    for _, kind, body in entries:
        found.setdefault(kind, []).append(body)
    if "patient" not in found:
        return None
    return Told(
        patient=msgspec.convert(found["patient"][-1], Patient),
        history=History(
            allergies=_last(found, "allergies", Allergy, "agent"),
            conditions=_last(found, "diagnoses", Diagnosis, "icd10"),
            immunizations=_last(found, "immunizations", Immunization, "vaccine", "given_on"),
            family=_last(found, "family", Family, "relation", "name"),
        ),
        visits=tuple(line for _, line in lines(entries)),
    )


def lines(entries: Entries) -> list[tuple[UUID, VisitLine]]:
    """Return the visits of a book, the oldest first."""
    found = [
        (visit_id, msgspec.convert({name: body[name] for name in _HEAD}, VisitLine))
        for visit_id, kind, body in entries
        if kind == "encounter"
    ]
    return sorted(found, key=lambda each: (each[1].start, each[1].encounter_id))


def _last(
    found: Mapping[str, Sequence[Mapping[str, Any]]], kind: str, shape: type[Any], *by: str
) -> tuple[Any, ...]:
    known = {tuple(str(each[name]) for name in by): each for each in found.get(kind, ())}
    return tuple(msgspec.convert(each, shape) for each in known.values())


def _of_history(history: History) -> Iterator[Defect]:
    for name in ("allergies", "conditions", "immunizations"):
        entries: tuple[Item, ...] = getattr(history, name)
        for place, each in enumerate(entries):
            if each.sensitivity:
                yield Defect(pointer=f"/history/{name}/{place}", code="sensitive")
            if each.source != "facility":
                yield Defect(pointer=f"/history/{name}/{place}", code="not-the-facilitys")


def _of_visits(visits: Sequence[VisitLine]) -> Iterator[Defect]:
    for place, each in enumerate(visits):
        if each.code is None:
            yield Defect(pointer=f"/visits/{place}/code", code="missing")
        if place and each.start < visits[place - 1].start:
            yield Defect(pointer=f"/visits/{place}/start", code="order")
