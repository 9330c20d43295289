"""Files that are read whole, and applied whole or not at all."""

import io
import zipfile

import pytest

from backend.kernel import Transaction
from modules.public_services.errors import ImportHasErrors
from modules.public_services.model.engine import Filters
from modules.public_services.service import catalogue, imports
from tests.public_services.conftest import (
    BIRTH,
    brought,
    channel,
    fee,
    options,
    package,
    raw,
)

HEADER = "code,title,levels,field,audiences\n"
GOOD_ROW = "1.000001,Cấp bản sao trích lục hộ tịch,commune,Hộ tịch,citizen\n"


async def findings(tx: Transaction, content: bytes, name: str) -> list[tuple[str, str, str]]:
    """The errors of a file, as (code, place, column)."""
    read = await brought(tx, content, options(), name)
    found = await imports.first_findings(tx, read.id, 100)
    assert read.state == ("rejected" if read.errors else "ready")
    return [(f.code, f.place, f.column_name) for f in found if f.severity == "error"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ((HEADER + ",Không mã,commune,Hộ tịch,citizen\n").encode(), ("missing-code", "2", "code")),
        ((HEADER + "abc,Tên,commune,Hộ tịch,citizen\n").encode(), ("bad-code", "2", "code")),
        ((HEADER + GOOD_ROW + GOOD_ROW).encode(), ("duplicate-in-file", "3", "")),
        ((HEADER + GOOD_ROW).encode("utf-16-le"), ("not-utf8", "2", "")),
        (
            (HEADER + '1.000002,"=HYPERLINK(""x"")",commune,Hộ tịch,citizen\n').encode(),
            ("formula-in-cell", "2", "title"),
        ),
        (
            (HEADER + "1.000002,+84(1),commune,x,citizen\n").encode(),
            ("formula-in-cell", "2", "title"),
        ),
        (b"code,title\n1.000001,A\n", ("missing-column", "1", "levels")),
        ((HEADER + "1.000001,A\n").encode(), ("wrong-number-of-cells", "2", "")),
        (b"", ("missing-column", "1", "code")),
    ],
)
async def test_a_bad_table_says_which_row_and_why(
    tx: Transaction, content: bytes, expected: tuple[str, str, str]
) -> None:
    assert expected in await findings(tx, content, "procedures.csv")


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (package(raw(code="")), ("missing-code", "/result/0/MaTTHC", "MaTTHC")),
        (package(raw(), raw()), ("duplicate-in-file", "/result/1", "")),
        (package(raw(title="dài" * 1000)), ("text-too-long", "/result/0/TENTTHC", "TENTTHC")),
        (b'[{"MaTTHC": ', ("not-json", "/0", "")),
        (b"[1]", ("not-a-record", "/0", "")),
        (b"[" * 5000, ("too-deep", "/0", "")),
        (b"PK\x03\x04broken", ("damaged-archive", "", "")),
        (b" ", ("nothing-in-it", "", "")),
        (package(raw(YEUCAU="a\0b")), ("control-character", "/result/0", "")),
        (b'[{"MaTTHC": "1.000001", "TENTTHC": "\\ud800"}]', ("control-character", "/0", "")),
    ],
)
async def test_a_bad_package_says_where_and_why(
    tx: Transaction, content: bytes, expected: tuple[str, str, str]
) -> None:
    assert expected in await findings(tx, content, "a.json")


async def test_every_shape_of_a_package_is_read(tx: Transaction) -> None:
    one, two = package(raw())[12:-2], package(raw("1.000002"))[12:-2]
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("x/a.json", b"[" + one + b"," + two + b"]")

    shapes = [
        await brought(tx, content, options(), "a.json")
        for content in (one, b"[" + one + b"]", one + b"\n" + two, archive.getvalue())
    ]

    assert [(each.state, each.records) for each in shapes] == [
        ("ready", 1),
        ("ready", 1),
        ("ready", 2),
        ("ready", 2),
    ]


async def test_three_bad_rows_of_ten_thousand_change_nothing(tx: Transaction) -> None:
    rows = [f"1.{n:06d},Thủ tục số {n},commune,Hộ tịch,citizen\n" for n in range(10_000)]
    for bad in (10, 500, 9_000):
        rows[bad] = f"x.{bad},Sai mã,commune,Hộ tịch,citizen\n"

    read = await brought(tx, (HEADER + "".join(rows)).encode(), options(), "procedures.csv")
    found = await imports.first_findings(tx, read.id, 10)

    assert [(f.code, f.place, f.column_name) for f in found] == [
        ("bad-code", "12", "code"),
        ("bad-code", "502", "code"),
        ("bad-code", "9002", "code"),
    ]
    with pytest.raises(ImportHasErrors):
        await imports.apply(tx, read.id, ())
    assert (await catalogue.listed(tx, None, 5, Filters())).items == []


async def test_the_codes_at_fault_may_be_left_out_and_the_rest_applied(tx: Transaction) -> None:
    rows = GOOD_ROW + "1.000002,@x,commune,Hộ tịch,citizen\n"
    read = await brought(tx, (HEADER + rows).encode(), options(), "procedures.csv")

    applied = await imports.apply(tx, read.id, ["1.000002"])

    listed = await catalogue.listed(tx, None, 5, Filters())
    assert ([each.code for each in listed.items], applied.left_out) == (["1.000001"], ("1.000002",))


async def test_the_same_file_again_changes_nothing(tx: Transaction) -> None:
    first = await brought(tx, package(raw()), options())
    await imports.apply(tx, first.id, ())

    again = await brought(tx, package(raw()), options("2026-01-04", "QĐ khác"))

    assert [(each.change, each.count) for each in await imports.counts(tx, again.id)] == [
        ("unchanged", 1)
    ]


async def test_a_decision_says_one_thing_unless_it_is_corrected(tx: Transaction) -> None:
    first = await brought(tx, package(raw()), options())
    await imports.apply(tx, first.id, ())
    other = package(raw(title="Khác"))

    twice = await brought(tx, other, options())
    corrected = await brought(tx, other, options(correction=True))
    await imports.apply(tx, corrected.id, ())

    (finding,) = [f for f in await imports.first_findings(tx, twice.id, 9) if f.severity == "error"]
    assert (finding.code, finding.procedure_code) == ("same-decision-different-content", BIRTH)
    history = await catalogue.history(tx, BIRTH)
    assert [(v.revision, v.title) for v in history.versions] == [
        (1, "Đăng ký khai sinh"),
        (2, "Khác"),
    ]


async def test_an_older_decision_does_not_undo_a_newer_one(tx: Transaction) -> None:
    first = await brought(tx, package(raw()), options("2026-01-02"))
    await imports.apply(tx, first.id, ())

    late = await brought(tx, package(raw(title="Cũ")), options("2025-05-01", "QĐ 9/2025"))

    (finding, *_) = [
        f for f in await imports.first_findings(tx, late.id, 9) if f.severity == "error"
    ]
    assert finding.code == "version-older-than-current"


async def test_a_complete_file_abolishes_what_it_lacks(tx: Transaction) -> None:
    first = await brought(tx, package(raw(), raw("1.000002")), options())
    await imports.apply(tx, first.id, ())

    complete = await brought(tx, package(raw()), options("2026-01-03", "QĐ 2", complete=True))
    await imports.apply(tx, complete.id, ())

    gone = await catalogue.read(tx, "1.000002", tx.today)
    assert (gone.status, str(gone.abolished_on)) == ("abolished", "2026-01-03")


async def test_warnings_do_not_refuse(tx: Transaction) -> None:
    record = raw(CACHTHUCTHUCHIEN=[channel(9, 1, "", fee("")), channel(1, 5, "", fee("ít"))])

    read = await brought(tx, package(record), options())

    found = await imports.first_findings(tx, read.id, 9)
    assert read.state == "ready"
    assert [f.code for f in found] == [
        "unknown-channel",
        "duration-without-unit",
        "amount-not-a-number",
    ]
