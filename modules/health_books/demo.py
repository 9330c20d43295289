"""A visit and a checkup of the demo province, filed and asked to be signed; and then their book."""

from datetime import date, timedelta
from typing import Final

from backend.kernel import Job, Later, Transaction
from contracts.demo import SAM_SON, demo_id
from modules.health_books.model.book import Family
from modules.health_books.model.checkup import Checkup, Conclusion, Finding, Specialist
from modules.health_books.model.content import (
    Allergy,
    Diagnosis,
    Facility,
    Immunization,
    Medication,
    Patient,
    Residence,
    Summary,
    Test,
    Visit,
)
from modules.health_books.model.kinds import VisitKind
from modules.health_books.repository import visits
from modules.health_books.service import checkups, filing
from modules.health_books.service.summing import SUM_UP, BookWish

_SOON: Final = timedelta(seconds=3)
_PAPERS: Final = 2

SAMPLE: Final = Visit(
    encounter_id="38010-2026-000001",
    patient=Patient(
        full_name="Lê Văn Minh",
        birth_date=date(1998, 2, 28),
        sex="MALE",
        personal_id="038000000002",
        insurance_no="GD4383800000002",
        residence=Residence(commune=SAM_SON, as_of=date(2026, 11, 10)),
    ),
    facility=Facility(code="38010", name="Bệnh viện đa khoa Sầm Sơn (mẫu)"),
    doctor="Hoàng Thị Thu Thủy",
    start=date(2026, 11, 10),
    end=date(2026, 11, 10),
    mode="OUTPATIENT",
    outcome="IMPROVED",
    reason="Ho, khó thở về đêm",
    blood_group="O+",
    height_cm="168",
    weight_kg="61.5",
    diagnoses=(Diagnosis(icd10="J45.9", name="Hen, không đặc hiệu", since=date(2020, 5, 1)),),
    allergies=(Allergy(agent="Penicillin", severity="SEVERE", noted_on=date(2015, 6, 1)),),
    immunizations=(
        Immunization(vaccine="Vắc xin cúm mùa", dose=1, given_on=date(2026, 10, 2), lot="CM2610A"),
    ),
    tests=(
        Test(
            code="SPO2",
            name="Độ bão hòa oxy",
            value="97",
            unit="%",
            taken_on=date(2026, 11, 10),
        ),
    ),
    medications=(
        Medication(
            name="Salbutamol",
            strength="100 µg/liều",
            usage="Hít 2 liều khi khó thở",
            quantity="1",
        ),
    ),
    summary=Summary(
        course="Ho khan về đêm, không sốt.",
        treatment="Thuốc giãn phế quản dạng hít.",
        advice="Tránh khói thuốc, mang thuốc theo người.",
        revisit_on=date(2026, 12, 10),
    ),
)


EXAMINED: Final = Checkup(
    encounter_id="38010-2026-KSK-000001",
    patient=SAMPLE.patient,
    facility=SAMPLE.facility,
    concluding_doctor="Nguyễn Thị Thanh Hà",
    start=date(2026, 11, 16),
    end=date(2026, 11, 16),
    height_cm="168",
    weight_kg="61.5",
    specialists=(
        Specialist(
            doctor=SAMPLE.doctor,
            findings=(
                Finding(
                    specialty="Nội khoa",
                    result="Hen ổn định, phổi không ran.",
                    health_class="II",
                ),
                Finding(
                    specialty="Mắt", result="Thị lực không kính 10/10 hai mắt.", health_class="I"
                ),
            ),
        ),
    ),
    diagnoses=SAMPLE.diagnoses,
    tests=(
        Test(
            code="GLU",
            name="Đường huyết lúc đói",
            value="5,2",
            unit="mmol/L",
            taken_on=date(2026, 11, 16),
        ),
    ),
    family=(Family(relation="PARENT", name="Tăng huyết áp"),),
    checkup=Conclusion(
        form=3,
        group="Người lao động",
        funding="EMPLOYER",
        health_class="II",
        conclusion="Đủ sức khỏe làm việc; mang theo thuốc xịt khi lao động nặng.",
    ),
)


async def seed(tx: Transaction) -> None:
    """File the samples, ask for their signatures and then for the sum of them, once."""
    doctor, hospital = demo_id("person", "demo-doctor"), demo_id("agency", "hospital")
    who = demo_id("person", "citizen-verified")
    if await tx.maybe(visits.OF_ENCOUNTER, hospital, SAMPLE.encounter_id) is None:
        wish = BookWish(person_id=who, agency_id=hospital, facility=SAMPLE.facility)
        await tx.enqueue(SUM_UP_SAMPLE, wish)
    people = {VisitKind.DOCTOR: doctor, VisitKind.FACILITY: hospital}
    await filing.file_once(tx, who, people, SAMPLE)
    head = demo_id("person", "demo-head-doctor")
    await checkups.file_once(tx, hospital, who, ([doctor], head), EXAMINED)


async def _sum_up(tx: Transaction, wish: BookWish) -> None:
    """Sum the book up when both samples are signed, as if the patient had come to the hospital."""
    rows = await tx.all(visits.SEEN, wish.person_id, [])
    if len({each.visit_id for each in rows}) < _PAPERS:
        raise Later(_SOON)
    await tx.enqueue(SUM_UP, wish)


SUM_UP_SAMPLE: Final = Job(name="health_books.sum-up-sample", run=_sum_up, payload=BookWish)
"""Orders the summary of the demo patient's book; enqueued by the seed alone."""
