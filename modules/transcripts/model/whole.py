"""The kind `transcript.full`: all years that a school has issued, when a pupil leaves it."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from contracts.documents import Code, Defect, Part, PartyRule, Text
from modules.transcripts.model.content import AnyYear, PrimaryYear, Pupil, School, SchoolYear


class YearLine(Part, frozen=True, kw_only=True):
    """What a year came to, and the code of the signed record that says so.

    The record's hash stands in the document's links, in the same order.
    """

    school_year: SchoolYear
    grade: Annotated[int, Meta(ge=1, le=12)]
    class_name: Text
    result: Code
    outcome: Literal["PROMOTED", "RETEST", "SUMMER_TRAINING", "REPEAT"]
    code: Code


class WholeRecord(Part, frozen=True, kw_only=True):
    """The data of a full transcript."""

    pupil: Pupil
    school: School
    reason: Literal["TRANSFER", "GRADUATION"]
    to_school: Text | None = None
    years: Annotated[tuple[YearLine, ...], Meta(min_length=1, max_length=20)]
    amended_because: Text | None = None


class WholeTranscript:
    """Answers `DocumentKind`: people have signed each year, so the school's seal is enough."""

    name: str = "transcript.full"
    module: str = "transcripts"
    prefix: str = "HT"
    title: str = "HỌC BẠ TOÀN CẤP"
    template: Traversable = files("modules.transcripts") / "whole.typ"
    evidence: Literal["LT", "LTA"] = "LT"
    schemas: Mapping[str, type[Part]] = {"transcript.full/1": WholeRecord}
    deadline: timedelta = timedelta(days=30)

    SCHOOL: ClassVar[str] = "school"
    roles: Sequence[str] = (SCHOOL,)
    facts: Sequence[str] = ("full_name", "birth_date", "school", "year", "pupil", "born", "years")

    def parties(self, content: WholeRecord) -> Sequence[PartyRule]:
        """Return the school."""
        seal = PartyRule(
            role=self.SCHOOL, name=content.school.name, assurance="L3", organisation=True
        )
        return (seal,)

    def defects(self, content: WholeRecord) -> Sequence[Defect]:
        """Return years that are out of order or there twice, and a transfer to nowhere."""
        return [*_of_years(content.years), *_of_reason(content)]

    def claims(self, content: WholeRecord) -> Mapping[str, Any]:
        """Return who it is, and the outcome of each year apart from the others."""
        facts: dict[str, Any] = {
            "full_name": content.pupil.full_name,
            "birth_date": content.pupil.birth_date.isoformat(),
            "school": content.school.name,
        }
        for each in content.years:
            year = each.school_year.replace("-", "_")
            facts[f"year_{year}"] = {
                "grade": each.grade,
                "result": each.result,
                "outcome": each.outcome,
            }
        return facts

    def printed(self, content: WholeRecord) -> Mapping[str, str]:
        """Return whose it is, and which years."""
        first, last = content.years[0].school_year, content.years[-1].school_year
        return {
            "pupil": content.pupil.full_name,
            "born": content.pupil.birth_date.isoformat(),
            "school": content.school.name,
            "years": f"{first[:4]}-{last[5:]}",
        }


def line_of(year: AnyYear, code: str) -> YearLine:
    """Return what the full transcript says of an issued year."""
    is_primary = isinstance(year, PrimaryYear)
    return YearLine(
        school_year=year.school_year,
        grade=year.grade,
        class_name=year.class_name,
        result=year.result if is_primary else f"{year.study}/{year.conduct.year}",
        outcome=year.outcome,
        code=code,
    )


def _of_years(years: Sequence[YearLine]) -> Iterator[Defect]:
    for place in range(1, len(years)):
        if years[place].school_year <= years[place - 1].school_year:
            yield Defect(pointer=f"/years/{place}/school_year", code="order")


def _of_reason(content: WholeRecord) -> Iterator[Defect]:
    if content.reason == "TRANSFER" and content.to_school is None:
        yield Defect(pointer="/to_school", code="missing")
