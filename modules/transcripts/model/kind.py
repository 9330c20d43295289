"""The kind `transcript.year`: who signs a school record, what it must be, what it may show."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, ClassVar, Literal

import msgspec

from contracts.documents import Defect, Part, PartyRule
from modules.transcripts.model.content import AnyYear, PrimaryYear, SecondaryYear
from modules.transcripts.model.reckoning import mismatches


class SchoolRecord:
    """Answers `DocumentKind`: the homeroom teacher, then the principal, then the school's seal."""

    name: str = "transcript.year"
    module: str = "transcripts"
    prefix: str = "HB"
    title: str = "HỌC BẠ"
    template: Traversable = files("modules.transcripts") / "transcript.typ"
    evidence: Literal["LT", "LTA"] = "LT"
    schemas: Mapping[str, type[Part]] = {
        "transcript.year/TT27-2020/1": PrimaryYear,
        "transcript.year/TT22-2021/1": SecondaryYear,
    }
    deadline: timedelta = timedelta(days=30)

    HOMEROOM: ClassVar[str] = "homeroom_teacher"
    PRINCIPAL: ClassVar[str] = "principal"
    SCHOOL: ClassVar[str] = "school"
    roles: Sequence[str] = (HOMEROOM, PRINCIPAL, SCHOOL)
    facts: Sequence[str] = (
        *("full_name", "birth_date", "school", "school_year", "grade", "outcome", "subject"),
        *("result", "study", "conduct", "title"),
        *("pupil", "born", "year", "results"),
    )

    def parties(self, content: AnyYear) -> Sequence[PartyRule]:
        """Return the three who sign, one after the other."""
        return (
            PartyRule(role=self.HOMEROOM, name=content.homeroom_teacher, order=1, assurance="L3"),
            PartyRule(role=self.PRINCIPAL, name=content.principal, order=2, assurance="L3"),
            PartyRule(
                role=self.SCHOOL,
                name=content.school.name,
                order=3,
                assurance="L3",
                organisation=True,
            ),
        )

    def defects(self, content: AnyYear) -> Sequence[Defect]:
        """Return what is wrong in itself, what no teacher stood by, and every false result."""
        return [*_of_itself(content), *mismatches(content)]

    def claims(self, content: AnyYear) -> Mapping[str, Any]:
        """Return the facts that a pupil shows one by one: each subject apart from the others."""
        facts: dict[str, Any] = {
            "full_name": content.pupil.full_name,
            "birth_date": content.pupil.birth_date.isoformat(),
            "school": content.school.name,
            "school_year": content.school_year,
            "grade": content.grade,
            "outcome": content.outcome,
        }
        for subject in content.subjects:
            facts[f"subject_{subject.code}"] = _shown(subject)
        if isinstance(content, PrimaryYear):
            return {**facts, "result": content.result}
        return {
            **facts,
            "study": content.study,
            "conduct": content.conduct.year,
            "title": content.title,
        }

    def printed(self, content: AnyYear) -> Mapping[str, str]:
        """Return whose record it is, of which year, and what it came to."""
        results = (
            content.result
            if isinstance(content, PrimaryYear)
            else f"{content.study}/{content.conduct.year}"
        )
        return {
            "pupil": content.pupil.full_name,
            "born": content.pupil.birth_date.isoformat(),
            "school": content.school.name,
            "year": content.school_year,
            "results": results,
        }


def _of_itself(content: AnyYear) -> Iterator[Defect]:
    begin, end = (int(each) for each in content.school_year.split("-"))
    if end != begin + 1:
        yield Defect(pointer="/school_year", code="no-school-year")
    if content.pupil.birth_date.year > begin - 5 or content.pupil.residence.as_of.year > end:
        yield Defect(pointer="/pupil/birth_date", code="date")
    codes = Counter(each.code for each in content.subjects)
    for place, subject in enumerate(content.subjects):
        if codes[subject.code] > 1:
            yield Defect(pointer=f"/subjects/{place}/code", code="twice")
        if subject.confirmed_on is None:
            yield Defect(pointer=f"/subjects/{place}/confirmed_on", code="not-confirmed")


def _shown(subject: Part) -> dict[str, Any]:
    """Return a subject as it is shown: its results, without its teacher."""
    told = msgspec.to_builtins(subject)
    return {name: told[name] for name in told if name not in {"teacher", "comment", "confirmed_on"}}
