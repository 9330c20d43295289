"""What is sensitive, whatever was marked."""

import msgspec
import pytest

from modules.health_books.demo import SAMPLE
from modules.health_books.model.content import Diagnosis, Medication, Visit
from modules.health_books.model.sensitive import marked, of_visit, split

PILLS = Medication(name="Thuốc", strength="1 mg", usage="Sáng", quantity="1")


def found(*codes: str, pills: tuple[Medication, ...] = (PILLS,)) -> Visit:
    diagnoses = tuple(Diagnosis(icd10=code, name="Bệnh") for code in codes)
    return msgspec.structs.replace(SAMPLE, diagnoses=diagnoses, medications=pills)


@pytest.mark.parametrize(
    ("code", "marks"),
    [
        ("B20", ("hiv",)), ("Z21", ("hiv",)), ("O98.7", ("hiv",)), ("O80", ("reproductive",)),
        ("F10.2", ("substance",)), ("F17.2", ("mental",)), ("F32.1", ("mental",)), ("J45", ()),
        ("Z30.0", ("reproductive",)), ("Z38", ()),
    ],
)  # fmt: skip
def test_a_code_marks_itself(code: str, marks: tuple[str, ...]) -> None:
    assert marked(found(code)).diagnoses[0].sensitivity == marks


def test_what_was_given_for_it_takes_its_mark_unless_the_doctor_marked_it() -> None:
    own = msgspec.structs.replace(PILLS, sensitivity=("reproductive",))

    given = marked(found("J45", "F32.1", pills=(PILLS, own))).medications

    assert [each.sensitivity for each in given] == [("mental",), ("reproductive",)]


def test_a_visit_is_sensitive_where_every_diagnosis_is() -> None:
    assert of_visit(marked(found("F32.1", "O80"))) == {"mental", "reproductive"}
    assert of_visit(marked(found("F32.1", "J45"))) == set()


def test_hiv_is_taken_out_with_all_that_might_speak_of_it() -> None:
    opened, restricted = split(found("J45", "B20"))

    assert opened is not None
    assert restricted is not None
    assert [each.icd10 for each in opened.diagnoses] == ["J45"]
    assert (opened.medications, opened.reason, opened.summary) == ((), None, None)
    assert [each.icd10 for each in restricted.diagnoses] == ["B20"]
    assert restricted.summary == SAMPLE.summary
    assert "hiv" not in msgspec.json.encode(opened).decode()


def test_with_nothing_else_the_whole_visit_is_restricted() -> None:
    opened, restricted = split(found("B20", "Z21"))

    assert opened is None
    assert restricted is not None
    assert len(restricted.diagnoses) == 2


def test_without_any_nothing_is_split() -> None:
    opened, restricted = split(found("J45", "F32.1"))

    assert opened is not None
    assert restricted is None
    assert opened.reason == SAMPLE.reason
