"""The kind `health.checkup`: specialists in any order, the concluding doctor, then the facility.

Thông tư 32/2023/TT-BYT, with its forms, and QĐ 1332/QĐ-BYT.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

from contracts.documents import Code, Defect, Part, PartyRule, PersonName, Text
from modules.health_books.model import sensitive
from modules.health_books.model.book import Family
from modules.health_books.model.content import (
    Decimal,
    Diagnosis,
    Facility,
    Item,
    Patient,
    Sensitivity,
    Test,
)

HealthClass: TypeAlias = Literal["I", "II", "III", "IV", "V"]


class Finding(Item, frozen=True, kw_only=True):
    """What a specialist has found, and the class of health that it makes."""

    specialty: Text
    result: Text
    health_class: HealthClass


class Specialist(Part, frozen=True, kw_only=True):
    """A doctor who signs for findings of their own."""

    doctor: PersonName
    findings: Annotated[tuple[Finding, ...], Meta(min_length=1, max_length=10)]


class Conclusion(Part, frozen=True, kw_only=True):
    """Kết luận: on which form (mẫu), for which group of people, paid by whom, and what it says."""

    form: Annotated[int, Meta(ge=1, le=17)]
    group: Text
    funding: Literal["STATE", "EMPLOYER", "INSURANCE", "SELF"]
    health_class: HealthClass
    conclusion: Text


class Checkup(Part, frozen=True, kw_only=True):
    """A checkup (khám sức khỏe): one signed document."""

    encounter_id: Code
    patient: Patient
    facility: Facility
    concluding_doctor: PersonName
    start: date
    end: date
    height_cm: Decimal | None = None
    weight_kg: Decimal | None = None
    specialists: Annotated[tuple[Specialist, ...], Meta(min_length=1, max_length=20)]
    diagnoses: Annotated[tuple[Diagnosis, ...], Meta(max_length=50)] = ()
    tests: Annotated[tuple[Test, ...], Meta(max_length=200)] = ()
    family: Annotated[tuple[Family, ...], Meta(max_length=50)] = ()
    checkup: Conclusion
    amended_because: Text | None = None


class CheckupKind:
    """Answers `DocumentKind`. What has to do with HIV is a visit's, where it is taken apart."""

    name: str = "health.checkup"
    module: str = "health_books"
    prefix: str = "KS"
    title: str = "GIẤY KHÁM SỨC KHỎE"
    template: Traversable = files("modules.health_books") / "checkup.typ"
    evidence: Literal["LT", "LTA"] = "LTA"
    schemas: Mapping[str, type[Part]] = {"health.checkup/1": Checkup}
    deadline: timedelta = timedelta(days=3)

    SPECIALIST: ClassVar[str] = "specialist"
    CONCLUDING: ClassVar[str] = "concluding_doctor"
    FACILITY: ClassVar[str] = "facility"
    roles: Sequence[str] = (SPECIALIST, CONCLUDING, FACILITY)
    facts: Sequence[str] = (
        *("full_name", "birth_date", "form", "health_class", "examined_on", "conclusion"),
        *("findings", "diagnoses", "tests", *sensitive.MIXES),
        *("patient", "born"),
    )

    @classmethod
    def specialist(cls, place: int) -> str:
        """Return the role of the specialist at that place, from 0."""
        return f"{cls.SPECIALIST}_{place + 1}"

    def parties(self, content: Checkup) -> Sequence[PartyRule]:
        """Return the specialists in any order, then who concludes, then the facility."""
        specialists = [
            PartyRule(role=self.specialist(place), name=each.doctor, order=1, assurance="L3")
            for place, each in enumerate(content.specialists)
        ]
        return (
            *specialists,
            PartyRule(
                role=self.CONCLUDING, name=content.concluding_doctor, order=2, assurance="L3"
            ),
            PartyRule(
                role=self.FACILITY,
                name=content.facility.name,
                order=3,
                assurance="L3",
                organisation=True,
            ),
        )

    def defects(self, content: Checkup) -> Sequence[Defect]:
        """Return what cannot be, what is better than its worst finding, and what is restricted."""
        return [*_of_times(content), *_of_class(content), *_of_items(content)]

    def claims(self, content: Checkup) -> Mapping[str, Any]:
        """Return the conclusion, and each sensitive kind of entry under a name of its own."""
        facts: dict[str, Any] = {
            "full_name": content.patient.full_name,
            "birth_date": content.patient.birth_date.isoformat(),
            "form": content.checkup.form,
            "health_class": content.checkup.health_class,
            "examined_on": content.end.isoformat(),
        }
        if not any(each.sensitivity for _, each in items(content)):
            facts["conclusion"] = content.checkup.conclusion
        for pointer, each in items(content):
            name = "_".join(sorted(each.sensitivity)) or pointer.split("/")[1]
            facts.setdefault(name, []).append(msgspec.to_builtins(each))
        return facts

    def printed(self, content: Checkup) -> Mapping[str, str]:
        """Return whose it is. Nothing of what was found."""
        return {
            "patient": content.patient.full_name,
            "born": content.patient.birth_date.isoformat(),
        }


CHECKUP: Final = CheckupKind()
_CLASSES: Final = ("I", "II", "III", "IV", "V")


def marked(checkup: Checkup) -> Checkup:
    """Return the checkup with every mark that the codes of its diagnoses call for.

    A test that nobody marked takes the marks of them all, as in a visit.
    """
    diagnoses = tuple(sensitive.marked_diagnosis(each) for each in checkup.diagnoses)
    some: set[Sensitivity] = {mark for each in diagnoses for mark in each.sensitivity}
    tests = tuple(
        sensitive.more(each, sensitive.spoken_of(each))
        if each.sensitivity
        else sensitive.more(each, some | sensitive.spoken_of(each))
        for each in checkup.tests
    )
    return msgspec.structs.replace(checkup, diagnoses=diagnoses, tests=tests)


def items(checkup: Checkup) -> Iterator[tuple[str, Item]]:
    """Return every entry that may be sensitive, with its place."""
    for outer, specialist in enumerate(checkup.specialists):
        for place, each in enumerate(specialist.findings):
            yield f"/findings/{outer}/{place}", each
    for place, each in enumerate(checkup.diagnoses):
        yield f"/diagnoses/{place}", each
    for place, each in enumerate(checkup.tests):
        yield f"/tests/{place}", each


def _of_times(content: Checkup) -> Iterator[Defect]:
    if content.end < content.start:
        yield Defect(pointer="/end", code="before-start")
    if content.patient.birth_date > content.start:
        yield Defect(pointer="/patient/birth_date", code="date")
    for place, each in enumerate(content.tests):
        if each.taken_on > content.end:
            yield Defect(pointer=f"/tests/{place}/taken_on", code="date")


def _of_class(content: Checkup) -> Iterator[Defect]:
    """The class of health is that of the worst finding (Thông tư 32/2023/TT-BYT)."""
    found = [each.health_class for one in content.specialists for each in one.findings]
    worst = max(found, key=_CLASSES.index)
    if content.checkup.health_class != worst:
        yield Defect(pointer="/checkup/health_class", code="result-mismatch", suggestion=worst)


def _of_items(content: Checkup) -> Iterator[Defect]:
    for pointer, each in items(marked(content)):
        place = pointer
        if pointer.startswith("/findings/"):
            _, _, outer, inner = pointer.split("/")
            place = f"/specialists/{outer}/findings/{inner}"
        if {sensitive.RESTRICTED} & {*each.sensitivity, *sensitive.spoken_of(each)}:
            yield Defect(pointer=place, code="restricted")
        if each.source != "facility":
            yield Defect(pointer=place, code="not-the-facilitys")
    for place, relative in enumerate(content.family):
        if sensitive.names(relative.name):
            yield Defect(pointer=f"/family/{place}/name", code="restricted")
    if sensitive.names(content.checkup.conclusion):
        yield Defect(pointer="/checkup/conclusion", code="restricted")
