"""What may stand in a document: everything that Vietnam writes, and nothing that only looks so."""

import unicodedata

import msgspec
import pytest

from contracts.documents import Code, Defect, PersonName, Text
from modules.documents.model.gate import defects


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A line of a sample document."""

    remark: Text | None = None
    mark: str = ""


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A sample document."""

    name: PersonName = "A"
    remark: Text = "a"
    number: Code = "1"
    lines: tuple[Line, ...] = ()


def found(**content: object) -> list[tuple[str, str, str, str]]:
    return [(d.pointer, d.code, d.code_point, d.suggestion) for d in defects(content, Sheet)]


@pytest.mark.parametrize(
    "name",
    [
        "Nguyễn Thị Hòa",
        "Nguyễn Thị Hoà",
        "Đặng Quốc Đạt",
        "Y Brơ̆ng Êñuôl",
        "H'Wĭt Niê Kđăm",
        "Lò Văn Pấng",
        "Anne-Marie Müller Jr.",
        "ƯƠNG ỨNG ƠN",
    ],
)
def test_names_of_our_people_pass(name: str) -> None:
    assert found(name=unicodedata.normalize("NFC", name)) == []


@pytest.mark.parametrize(
    ("name", "code", "code_point", "suggestion"),
    [
        ("Nguyê\u0303n", "not-composed", "U+00EA", "ễ"),
        ("Ðặng", "not-allowed", "U+00D0", "Đ"),
        ("Ɖặng", "not-allowed", "U+0189", "Đ"),
        ("Hоa", "not-allowed", "U+043E", "o"),
        ("Hoa\u200b", "invisible", "U+200B", ""),
        ("\u202eaoH", "invisible", "U+202E", ""),
        ("\ufeffHoa", "invisible", "U+FEFF", ""),
        ("Hoa\u00a0Lan", "not-allowed", "U+00A0", " "),
        ("Hoa 2", "not-allowed", "U+0032", ""),
        ("Hoa\n", "invisible", "U+000A", ""),
        ("Hoa\ufe0f", "invisible", "U+FE0F", ""),
        ("Ｈoa", "not-allowed", "U+FF28", ""),
        ("\u0306Hoa", "not-allowed", "U+0306", ""),
        ("Hoa\ue000", "invisible", "U+E000", ""),
    ],
)
def test_what_only_looks_right_is_named(
    name: str, code: str, code_point: str, suggestion: str
) -> None:
    assert found(name=name) == [("/name", code, code_point, suggestion)]


def test_all_defects_are_told_at_once() -> None:
    told = found(
        name="Ðặng 1",
        remark="tốt \u200d",
        number="Đ-1",
        lines=[{"remark": "ổn", "mark": "8.6"}, {"remark": "о", "mark": "٨"}],
    )

    assert [(pointer, code_point) for pointer, _, code_point, _ in told] == [
        ("/name", "U+00D0"),
        ("/name", "U+0031"),
        ("/remark", "U+200D"),
        ("/number", "U+0110"),
        ("/lines/1/remark", "U+043E"),
        ("/lines/1/mark", "U+0668"),
    ]


def test_a_content_that_nobody_has_kept_yet_is_looked_at_as_deeply() -> None:
    content = Sheet(lines=(Line(remark="о"), Line(mark="٨")))

    told = defects(msgspec.to_builtins(content), Sheet)

    assert [each.pointer for each in told] == ["/lines/0/remark", "/lines/1/mark"]


def test_a_remark_has_digits_lines_and_measures() -> None:
    assert found(remark="Sốt 38,5 °C; ≥ 2 lần/ngày\n– nghỉ “3” ngày (5 µg ± 1)") == []


def test_a_member_that_no_schema_knows_is_looked_at_too() -> None:
    assert defects({"stranger": "о"}, Sheet) == [
        Defect(pointer="/stranger", code="not-allowed", code_point="U+043E", suggestion="o")
    ]
