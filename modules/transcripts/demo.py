"""A school record of the demo province, written, confirmed and asked to be signed."""

from datetime import date
from typing import Final

from backend.kernel import Principal, Transaction
from contracts.demo import SAM_SON, demo_id
from contracts.documents import Documents, Reader
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
