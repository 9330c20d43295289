"""The kinds `health.visit` and `health.restricted`: the doctor signs, then the facility's seal."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, ClassVar, Final, Literal

import msgspec

from contracts.documents import Defect, Part, PartyRule
from modules.health_books.model.content import Visit
from modules.health_books.model.sensitive import MIXES, items, names
from modules.health_books.model.sensitive import RESTRICTED as HIV

_SHARED: Final = ("allergies", "immunizations", "diagnoses", "medications")


class VisitKind:
    """Answers `DocumentKind`: a visit, or what of one a closed list of people may know."""

    module: str = "health_books"
    prefix: str = "SK"
    title: str = "SỔ SỨC KHỎE ĐIỆN TỬ"
    template: Traversable = files("modules.health_books") / "visit.typ"
    evidence: Literal["LT", "LTA"] = "LTA"
    deadline: timedelta = timedelta(days=3)

    DOCTOR: ClassVar[str] = "doctor"
    FACILITY: ClassVar[str] = "facility"
    roles: Sequence[str] = (DOCTOR, FACILITY)
    facts: Sequence[str] = (
        *("full_name", "birth_date", "blood_group", *_SHARED, *MIXES),
        *("patient", "born"),
    )

    def __init__(self, name: str, *, is_restricted: bool) -> None:
        self.name = name
        self.schemas: Mapping[str, type[Part]] = {f"{name}/1": Visit}
        self._is_restricted = is_restricted

    def parties(self, content: Visit) -> Sequence[PartyRule]:
        """Return the doctor, and then the facility."""
        return (
            PartyRule(role=self.DOCTOR, name=content.doctor, order=1, assurance="L3"),
            PartyRule(
                role=self.FACILITY,
                name=content.facility.name,
                order=2,
                assurance="L3",
                organisation=True,
            ),
        )

    def defects(self, content: Visit) -> Sequence[Defect]:
        """Return what cannot be, and what must not stand here."""
        return [*_of_times(content), *_of_sources(content), *self._misplaced(content)]

    def _misplaced(self, content: Visit) -> Iterator[Defect]:
        found = [name for name, item in items(content) if HIV in item.sensitivity]
        if self._is_restricted and not found:
            yield Defect(pointer="", code="not-restricted")
        if self._is_restricted:
            return
        yield from (Defect(pointer=f"/{name}", code="restricted") for name in found)
        for pointer, text in _words(content):
            if names(text):  # whose entry that is, the doctor has to say
                yield Defect(pointer=pointer, code="restricted")

    def claims(self, content: Visit) -> Mapping[str, Any]:
        """Return the facts that a patient shows one by one.

        What is sensitive is a fact of its own name, so that showing it is a decision of its own.
        Of what is restricted there is none.
        """
        if self._is_restricted:
            return {}
        facts: dict[str, Any] = {
            "full_name": content.patient.full_name,
            "birth_date": content.patient.birth_date.isoformat(),
        }
        if content.blood_group is not None:
            facts["blood_group"] = content.blood_group
        for name, item in items(content):
            told = msgspec.to_builtins(item)
            if item.sensitivity:
                facts.setdefault("_".join(sorted(item.sensitivity)), []).append({name: told})
            elif name in _SHARED:
                facts.setdefault(name, []).append(told)
        return facts

    def printed(self, content: Visit) -> Mapping[str, str]:
        """Return whose it is. Nothing of what was found."""
        return {
            "patient": content.patient.full_name,
            "born": content.patient.birth_date.isoformat(),
        }


OPEN: Final = VisitKind("health.visit", is_restricted=False)
"""What may stand in the health book."""
RESTRICTED: Final = VisitKind("health.restricted", is_restricted=True)
"""What nothing leads to, and no part of which is shared."""


def _words(content: Visit) -> Iterator[tuple[str, str]]:
    """Return what a doctor says in words of their own, with its place."""
    if content.reason is not None:
        yield "/reason", content.reason
    if content.amended_because is not None:
        yield "/amended_because", content.amended_because
    if content.summary is not None:
        for name in ("course", "treatment", "advice"):
            yield f"/summary/{name}", getattr(content.summary, name)


def _of_times(content: Visit) -> Iterator[Defect]:
    if content.end < content.start:
        yield Defect(pointer="/end", code="before-start")
    if content.patient.birth_date > content.start:
        yield Defect(pointer="/patient/birth_date", code="date")
    for place, each in enumerate(content.immunizations):
        if each.given_on > content.end:
            yield Defect(pointer=f"/immunizations/{place}/given_on", code="date")
    for place, each in enumerate(content.tests):
        if each.taken_on > content.end:
            yield Defect(pointer=f"/tests/{place}/taken_on", code="date")


def _of_sources(content: Visit) -> Iterator[Defect]:
    """A facility signs what it found, not what somebody has told it."""
    for name, item in items(content):
        if item.source != "facility":
            yield Defect(pointer=f"/{name}", code="not-the-facilitys")
