"""The data of a school record of one year, as the school writes it and signs it."""

from datetime import date
from typing import Annotated, Literal, TypeAlias

from msgspec import Meta

from contracts.documents import Code, CommuneCode, Part, PersonalId, PersonName, Text

Mark = Annotated[str, Meta(pattern=r"^(10\.0|[0-9]\.[0-9])$", examples=["8.6"])]
"""A mark with one decimal, as text: marks are compared to the tenth."""

Level = Literal["TOT", "KHA", "DAT", "CHUA_DAT"]
"""Tốt, khá, đạt, chưa đạt, the best first."""
Comment = Literal["DAT", "CHUA_DAT"]
Trait = Literal["TOT", "DAT", "CAN_CO_GANG"]
SchoolYear = Annotated[str, Meta(pattern=r"^20[0-9]{2}-20[0-9]{2}$", examples=["2025-2026"])]
SubjectCode = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,31}$", examples=["ngu_van"])]


class Residence(Part, frozen=True, kw_only=True):
    """Where the pupil lived, on which day: communes are merged and renamed."""

    commune: CommuneCode
    as_of: date


class Pupil(Part, frozen=True, kw_only=True):
    """Học sinh."""

    full_name: PersonName
    birth_date: date
    sex: Literal["FEMALE", "MALE"]
    personal_id: PersonalId | None
    ethnicity: Text
    nationality: Text
    birth_place: Text
    residence: Residence
    lifelong_record_no: Code | None = None
    guardians: Annotated[tuple[PersonName, ...], Meta(max_length=3)] = ()


class School(Part, frozen=True, kw_only=True):
    """Cơ sở giáo dục, by its number in the ministry's register."""

    code: Code
    name: Text
    commune: CommuneCode
    ownership: Literal["PUBLIC", "PRIVATE"]


class Subject(Part, frozen=True, kw_only=True):
    """What every subject says. `confirmed_on` is the day on which its teacher stood by it; the
    school does not write it, the house does.
    """

    code: SubjectCode
    name: Text
    teacher: PersonName
    comment: Text | None = None
    confirmed_on: date | None = None


class Semester(Part, frozen=True, kw_only=True):
    """Điểm thường xuyên, giữa kỳ, cuối kỳ, trung bình of one semester."""

    regular: Annotated[tuple[Mark, ...], Meta(min_length=2, max_length=4)]
    mid: Mark
    final: Mark
    average: Mark


class Scored(Subject, frozen=True, kw_only=True, tag_field="assessment", tag="SCORE"):
    """A subject with marks; `periods` a year say how many regular marks a semester has."""

    periods: Annotated[int, Meta(ge=1, le=400)]
    first: Semester
    second: Semester
    average: Mark


class Commented(Subject, frozen=True, kw_only=True, tag_field="assessment", tag="COMMENT"):
    """A subject that is judged in words; its year is its second semester, never an average."""

    first: Comment
    second: Comment
    year: Comment


class Conduct(Part, frozen=True, kw_only=True):
    """Kết quả rèn luyện."""

    first: Level
    second: Level
    year: Level


class Absences(Part, frozen=True, kw_only=True):
    """Days (buổi nghỉ) with and without leave."""

    excused: Annotated[int, Meta(ge=0, le=400)]
    unexcused: Annotated[int, Meta(ge=0, le=400)]


class Departure(Part, frozen=True, kw_only=True):
    """A result of an old record that is not what is reckoned today, and stays as it was written.

    `path` is a pointer into the record. It is printed.
    """

    path: Code
    reason: Text
    approved_by: PersonName


class Year(Part, frozen=True, kw_only=True):
    """What a year says at every level of school."""

    school_year: SchoolYear
    class_name: Text
    pupil: Pupil
    school: School
    homeroom_teacher: PersonName
    principal: PersonName
    absences: Absences
    homeroom_comment: Text
    principal_note: Text | None = None
    awards: Annotated[tuple[Text, ...], Meta(max_length=20)] = ()
    certificates: Annotated[tuple[Text, ...], Meta(max_length=20)] = ()
    amended_because: Text | None = None
    exceptions: Annotated[tuple[Departure, ...], Meta(max_length=50)] = ()


class SecondaryYear(Year, frozen=True, kw_only=True, tag_field="profile", tag="TT22-2021"):
    """A year at lower or upper secondary school (Thông tư 22/2021/TT-BGDĐT)."""

    grade: Annotated[int, Meta(ge=6, le=12)]
    subjects: Annotated[tuple[Scored | Commented, ...], Meta(min_length=1, max_length=30)]
    conduct: Conduct
    study: Level
    title: Literal["XUAT_SAC", "GIOI"] | None
    outcome: Literal["PROMOTED", "RETEST", "SUMMER_TRAINING", "REPEAT"]


class PrimarySubject(Subject, frozen=True, kw_only=True):
    """A subject at primary school: hoàn thành tốt, hoàn thành, chưa hoàn thành; a test or none."""

    level: Literal["HTT", "HT", "CHT"]
    test: Annotated[int, Meta(ge=0, le=10)] | None = None


class Traits(Part, frozen=True, kw_only=True):
    """Five qualities and ten competences (Chương trình giáo dục phổ thông 2018)."""

    patriotism: Trait
    kindness: Trait
    diligence: Trait
    honesty: Trait
    responsibility: Trait
    self_reliance: Trait
    communication: Trait
    problem_solving: Trait
    language: Trait
    calculation: Trait
    science: Trait
    technology: Trait
    informatics: Trait
    aesthetics: Trait
    physique: Trait


class PrimaryYear(Year, frozen=True, kw_only=True, tag_field="profile", tag="TT27-2020"):
    """A year at primary school (Thông tư 27/2020/TT-BGDĐT)."""

    grade: Annotated[int, Meta(ge=1, le=5)]
    subjects: Annotated[tuple[PrimarySubject, ...], Meta(min_length=1, max_length=30)]
    traits: Traits
    result: Literal["HT_XUAT_SAC", "HT_TOT", "HT", "CHT"]
    outcome: Literal["PROMOTED", "REPEAT"]


AnyYear: TypeAlias = SecondaryYear | PrimaryYear
"""A record of one year; `profile` says by which circular it is reckoned."""
