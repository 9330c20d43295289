"""School records of the demo province: one that is signed, and a class issued by a run."""

from datetime import date, timedelta
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Job, Later, Principal, Transaction
from contracts.demo import SAM_SON, DemoPhones, demo_id
from contracts.documents import Documents, Reader
from contracts.issuance import Bulk, Run
from modules.transcripts.model.content import (
    Absences,
    Commented,
    Conduct,
    Pupil,
    Residence,
    School,
    Scored,
    SecondaryYear,
    Semester,
)
from modules.transcripts.model.kind import SchoolRecord
from modules.transcripts.repository import years as repository
from modules.transcripts.service import years

_FIRST: Final = Semester(
    regular=("8.0", "9.0", "8.5", "9.0"), mid="8.5", final="8.8", average="8.7"
)
_SECOND: Final = Semester(
    regular=("9.0", "8.5", "9.0", "9.5"), mid="8.8", final="9.0", average="9.0"
)
_SCORED: Final = {
    "toan": "Toán",
    "ngu_van": "Ngữ văn",
    "ngoai_ngu_1": "Ngoại ngữ 1 (Tiếng Anh)",
    "khoa_hoc_tu_nhien": "Khoa học tự nhiên",
    "lich_su_dia_ly": "Lịch sử và Địa lí",
    "tin_hoc": "Tin học",
}
_COMMENTED: Final = {"giao_duc_the_chat": "Giáo dục thể chất", "nghe_thuat": "Nghệ thuật"}
_CONFIRMED: Final = date(2026, 5, 25)
_TEACHER: Final = "Phạm Thị Ngọc Lan"
_SOON: Final = timedelta(seconds=3)

SAMPLE: Final = SecondaryYear(
    school_year="2025-2026",
    class_name="8A",
    grade=8,
    pupil=Pupil(
        full_name="Lê Hoàng Bảo An",
        birth_date=date(2012, 3, 14),
        sex="FEMALE",
        personal_id="038312000003",
        ethnicity="Kinh",
        nationality="Việt Nam",
        birth_place="Tỉnh Thanh Hóa",
        residence=Residence(commune=SAM_SON, as_of=date(2026, 5, 20)),
        guardians=("Lê Văn Minh",),
    ),
    school=School(
        code="38500001",
        name="Trường Trung học cơ sở Bắc Sơn (mẫu)",
        commune=SAM_SON,
        ownership="PUBLIC",
    ),
    homeroom_teacher=_TEACHER,
    principal="Nguyễn Văn Hùng",
    subjects=(
        *(
            Scored(
                code=code,
                name=name,
                teacher=_TEACHER,
                comment="Nắm vững kiến thức, chủ động trong giờ học.",
                confirmed_on=_CONFIRMED,
                periods=140,
                first=_FIRST,
                second=_SECOND,
                average="8.9",
            )
            for code, name in _SCORED.items()
        ),
        *(
            Commented(
                code=code,
                name=name,
                teacher=_TEACHER,
                confirmed_on=_CONFIRMED,
                first="DAT",
                second="DAT",
                year="DAT",
            )
            for code, name in _COMMENTED.items()
        ),
    ),
    conduct=Conduct(first="TOT", second="TOT", year="TOT"),
    study="TOT",
    title="GIOI",
    outcome="PROMOTED",
    absences=Absences(excused=2, unexcused=0),
    homeroom_comment="Chăm ngoan, hòa đồng, có trách nhiệm với lớp.",
)


CLASS: Final = "7A"
_CLASS_TEACHER: Final = demo_id("person", "demo-class-teacher")
_DEPUTY: Final = demo_id("person", "demo-deputy-principal")
"""Whose phones sign the class; those of the samples would show it as one."""
_PUPILS: Final = {
    "Cao Thị Mai Anh": ("FEMALE", date(2013, 2, 9)),
    "Đỗ Gia Khánh": ("MALE", date(2013, 4, 21)),
    "Lê Thị Hồng Nhung": ("FEMALE", date(2013, 7, 2)),
    "Nguyễn Đức Minh": ("MALE", date(2013, 9, 15)),
    "Trịnh Bảo Ngọc": ("FEMALE", date(2013, 11, 30)),
}


class Awaited(msgspec.Struct, frozen=True, kw_only=True):
    """The document that is to be issued before the class is handed in."""

    document_id: UUID


class Begun(msgspec.Struct, frozen=True, kw_only=True):
    """A run of the class."""

    run_id: UUID


async def seed(tx: Transaction) -> None:
    """Write the sample and ask for its signatures, once, as the demo school's clerk would."""
    house, school = tx.principal, demo_id("agency", "school")
    tx.principal = Principal(kind="job")
    documents = tx.ask(Documents)
    standing = await documents.draft(
        SchoolRecord.name,
        SAMPLE,
        {
            SchoolRecord.HOMEROOM: demo_id("person", "demo-teacher"),
            SchoolRecord.PRINCIPAL: demo_id("person", "demo-principal"),
            SchoolRecord.SCHOOL: school,
        },
        readers=[
            Reader(person_id=demo_id("person", "citizen-verified-child"), relation="holder"),
            Reader(person_id=demo_id("person", "citizen-verified"), relation="representative"),
        ],
        agency_id=school,
        key="demo-1",
    )
    if standing.state == "draft":
        await documents.freeze(standing.document_id)
    tx.principal = house
    await tx.enqueue(HAND_IN_CLASS, Awaited(document_id=standing.document_id), key=CLASS)


async def _hand_in(tx: Transaction, awaited: Awaited) -> None:
    """Begin a run of a class in which one result is wrong, so that it is refused."""
    sample = await tx.ask(Documents).standing(awaited.document_id)
    if sample is None or sample.state in {"draft", "frozen", "signing", "sealed"}:
        raise Later(_SOON)
    rows = _class()
    at = (demo_id("agency", "school"), SAMPLE.school_year)
    if not await tx.all(repository.KNOWN, *at, [each.pupil_id for each in rows]):
        wrong = msgspec.structs.replace(rows[2].record, title="XUAT_SAC")
        rows[2] = msgspec.structs.replace(rows[2], record=wrong)
        await tx.enqueue(CORRECT_CLASS, await _begun(tx, rows))


async def _correct(tx: Transaction, begun: Begun) -> None:
    """Write the class anew and begin a second run, once the first has said what is wrong."""
    if (await _run(tx, begun)).state in {"gathering", "looking"}:
        raise Later(_SOON)
    await tx.enqueue(SIGN_CLASS, await _begun(tx, _class()))


async def _sign(tx: Transaction, begun: Begun) -> None:
    """Let teacher and deputy sign, once every record is frozen; the school's seal follows."""
    if (await _run(tx, begun)).counts != {"frozen": len(_PUPILS)}:
        raise Later(_SOON)
    await tx.ask(DemoPhones).sign([_CLASS_TEACHER, _DEPUTY])


async def _begun(tx: Transaction, rows: list[years.Row]) -> Begun:
    """Write the class, stand by it and begin a run, as clerk and teacher of the school."""
    house, school = tx.principal, demo_id("agency", "school")
    staff_id = demo_id("staff", "school-clerk")
    tx.principal = Principal(
        kind="staff", staff_id=staff_id, agency_id=school, agencies=frozenset({school})
    )
    await years.write(tx, SAMPLE.school_year, rows)
    codes = [each.code for each in SAMPLE.subjects]
    await years.confirm(tx, SAMPLE.school_year, CLASS, codes)
    wish = years.Wish(
        agency_id=school,
        school_year=SAMPLE.school_year,
        class_name=CLASS,
        principal_id=_DEPUTY,
        homeroom_teacher_ids={CLASS: _CLASS_TEACHER},
    )
    run = await years.issue(tx, wish)
    tx.principal = house
    return Begun(run_id=run.id)


async def _run(tx: Transaction, begun: Begun) -> Run:
    run = await tx.ask(Bulk).progress(begun.run_id)
    if run is None:
        raise LookupError(begun.run_id)
    return run


def _class() -> list[years.Row]:
    """Return the class as it should be."""
    return [
        years.Row(
            pupil_id=demo_id("person", f"demo-{CLASS}-{number}"),
            record=msgspec.structs.replace(
                SAMPLE,
                class_name=CLASS,
                grade=7,
                homeroom_teacher="Hà Thị Thu Trang",
                principal="Lê Xuân Thành",
                pupil=msgspec.structs.replace(
                    SAMPLE.pupil,
                    full_name=name,
                    sex=sex,
                    birth_date=birth_date,
                    personal_id=None,
                    guardians=(),
                ),
            ),
        )
        for number, (name, (sex, birth_date)) in enumerate(_PUPILS.items(), start=1)
    ]


HAND_IN_CLASS: Final = Job(name="transcripts.hand-in-class", run=_hand_in, payload=Awaited)
"""Hands in the demo class after the samples; enqueued by the seed alone."""

CORRECT_CLASS: Final = Job(name="transcripts.correct-class", run=_correct, payload=Begun)
"""Corrects the demo class and begins its second run."""

SIGN_CLASS: Final = Job(name="transcripts.sign-class", run=_sign, payload=Begun)
"""Lets the demo class be signed."""
