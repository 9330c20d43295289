"""What a year comes to, by hand and by the house."""

from typing import Any

import msgspec
import pytest

from modules.transcripts.demo import SAMPLE
from modules.transcripts.model.content import (
    Commented,
    Level,
    PrimaryYear,
    Scored,
    SecondaryYear,
    Semester,
    Traits,
)
from modules.transcripts.model.profiles import primary, secondary
from modules.transcripts.model.reckoning import (
    average,
    conduct,
    is_promoted,
    mismatches,
    primary_result,
    study,
    title,
    year_average,
)

_MARKS: Semester = Semester(regular=("8.0", "8.0"), mid="8.0", final="8.0", average="8.0")


def scored(*averages: str) -> list[Scored | Commented]:
    return [
        Scored(
            code=f"mon_{place}", name="Môn", teacher="A", periods=35, first=_MARKS, second=_MARKS,
            average=each,
        )
        for place, each in enumerate(averages)
    ]  # fmt: skip


def commented(year: str) -> Commented:
    told = {"code": "nhac", "name": "Âm nhạc", "teacher": "A", "first": "DAT", "second": year}
    return msgspec.convert({**told, "year": year, "assessment": "COMMENT"}, Commented)


@pytest.mark.parametrize(
    ("regular", "mid", "final", "comes_to"),
    [
        (("8.0", "9.0"), "7.0", "8.0", "7.9"),  # 55.0 / 7 = 7.857
        (("7.0", "7.0", "7.0"), "7.0", "7.4", "7.2"),  # 57.2 / 8 = 7.15, a half goes up
        (("0.0", "0.0"), "0.0", "0.0", "0.0"),
        (("10.0", "10.0", "10.0", "10.0"), "10.0", "10.0", "10.0"),
        (("6.5", "6.5"), "6.5", "6.4", "6.5"),  # 45.2 / 7 = 6.457
    ],
)
def test_a_semester_counts_the_final_three_times(
    regular: tuple[str, ...], mid: str, final: str, comes_to: str
) -> None:
    semester = Semester(regular=regular, mid=mid, final=final, average="0.0")

    assert average(semester, secondary()) == comes_to


@pytest.mark.parametrize(
    ("first", "second", "comes_to"),
    [("7.0", "8.0", "7.7"), ("8.0", "7.9", "7.9"), ("6.4", "6.5", "6.5"), ("0.0", "0.1", "0.1")],
)
def test_the_second_semester_counts_twice(first: str, second: str, comes_to: str) -> None:
    assert year_average(first, second, secondary()) == comes_to


@pytest.mark.parametrize(
    ("subjects", "level"),
    [
        ([*scored(*["8.0"] * 6, "6.5"), commented("DAT")], "TOT"),
        ([*scored(*["8.0"] * 5, "7.9", "6.5"), commented("DAT")], "KHA"),
        ([*scored(*["8.0"] * 6, "6.4"), commented("DAT")], "KHA"),
        ([*scored(*["6.5"] * 6, "5.0"), commented("DAT")], "KHA"),
        ([*scored(*["5.0"] * 6, "3.5"), commented("CHUA_DAT")], "DAT"),
        ([*scored(*["5.0"] * 6, "3.5"), commented("CHUA_DAT"), commented("CHUA_DAT")], "CHUA_DAT"),
        ([*scored(*["5.0"] * 6, "3.4")], "CHUA_DAT"),
        ([*scored(*["5.0"] * 5, "4.9")], "CHUA_DAT"),
    ],
)
def test_a_level_takes_every_mark_and_six_good_ones(
    subjects: list[Scored | Commented], level: Level
) -> None:
    assert study(subjects, secondary()) == level


@pytest.mark.parametrize(
    ("subjects", "level"),
    [
        ([*scored(*["8.0"] * 6, "3.4")], "DAT"),  # alone from TOT to CHUA_DAT: one level back
        ([*scored(*["8.0"] * 6, "4.9")], "KHA"),  # alone from TOT to DAT
        ([*scored(*["8.0"] * 6), commented("CHUA_DAT")], "KHA"),
        ([*scored(*["8.0"] * 6, "4.9", "4.9")], "DAT"),  # two subjects are no accident
        ([*scored(*["6.5"] * 6, "3.4")], "DAT"),
    ],
)
def test_one_subject_alone_does_not_cost_two_levels(
    subjects: list[Scored | Commented], level: Level
) -> None:
    assert study(subjects, secondary()) == level


@pytest.mark.parametrize(
    ("first", "second", "year"),
    [
        ("KHA", "TOT", "TOT"), ("TOT", "TOT", "TOT"), ("DAT", "TOT", "KHA"),
        ("CHUA_DAT", "TOT", "KHA"), ("DAT", "KHA", "KHA"), ("TOT", "KHA", "KHA"),
        ("CHUA_DAT", "KHA", "DAT"), ("TOT", "DAT", "KHA"), ("KHA", "DAT", "DAT"),
        ("CHUA_DAT", "DAT", "DAT"), ("TOT", "CHUA_DAT", "CHUA_DAT"),
    ],
)  # fmt: skip
def test_conduct_follows_the_second_semester(first: Level, second: Level, year: Level) -> None:
    assert conduct(first, second, secondary()) == year


def changed(**members: Any) -> SecondaryYear:
    return msgspec.structs.replace(SAMPLE, **members)


def test_titles_are_for_both_levels_at_their_best() -> None:
    excellent = changed(subjects=tuple(scored(*["9.0"] * 6)))
    half = msgspec.structs.replace(SAMPLE.conduct, year="KHA")

    assert title(SAMPLE, secondary()) == "GIOI"
    assert title(excellent, secondary()) == "XUAT_SAC"
    assert title(changed(conduct=half), secondary()) is None


@pytest.mark.parametrize(("excused", "goes_up"), [(45, True), (46, False)])
def test_more_than_45_days_away_is_a_year_again(*, excused: int, goes_up: bool) -> None:
    away = msgspec.structs.replace(SAMPLE.absences, excused=excused)

    assert is_promoted(changed(absences=away), secondary()) is goes_up


def test_the_number_of_regular_marks_follows_the_periods() -> None:
    fewer = msgspec.structs.replace(SAMPLE.subjects[0], periods=70)  # pyright: ignore[reportCallIssue]

    told = mismatches(changed(subjects=(fewer, *SAMPLE.subjects[1:])))

    assert [(each.pointer, each.code, each.suggestion) for each in told] == [
        ("/subjects/0/first/regular", "marks-count", "3"),
        ("/subjects/0/second/regular", "marks-count", "3"),
    ]


def pupil_of_ten(trait: str = "TOT", level: str = "HTT", test: int = 9) -> PrimaryYear:
    told = msgspec.to_builtins(SAMPLE)
    for name in ("conduct", "study", "title", "profile"):
        del told[name]
    traits = dict.fromkeys(Traits.__struct_fields__, "TOT")
    subjects = [
        {"code": "toan", "name": "Toán", "teacher": "Lê Thị Hoa", "level": level, "test": test},
        {"code": "dao_duc", "name": "Đạo đức", "teacher": "Lê Thị Hoa", "level": "HTT"},
    ]
    return msgspec.convert(
        {
            **told, "profile": "TT27-2020", "grade": 4, "subjects": subjects, "result": "HT",
            "traits": {**traits, "honesty": trait},
        },
        PrimaryYear,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("year", "result"),
    [
        (pupil_of_ten(), "HT_XUAT_SAC"),
        (pupil_of_ten(test=8), "HT_TOT"),
        (pupil_of_ten(test=6), "HT"),
        (pupil_of_ten(test=4), "CHT"),
        (pupil_of_ten(trait="DAT"), "HT"),
        (pupil_of_ten(trait="CAN_CO_GANG"), "CHT"),
        (pupil_of_ten(level="HT"), "HT"),
        (pupil_of_ten(level="CHT"), "CHT"),
    ],
)
def test_primary_school_looks_at_everything_at_once(year: PrimaryYear, result: str) -> None:
    assert primary_result(year, primary()) == result


def test_the_sample_adds_up() -> None:
    assert mismatches(SAMPLE) == []
    assert [each.pointer for each in mismatches(pupil_of_ten())] == ["/result"]
