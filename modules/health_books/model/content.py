"""The data of one visit (đợt khám) in a health book, as the facility writes it and signs it."""

from datetime import date
from typing import Annotated, Literal

from msgspec import Meta

from contracts.documents import Code, CommuneCode, Part, PersonalId, PersonName, Text

Sensitivity = Literal["hiv", "mental", "substance", "reproductive"]
"""What takes a consent of its own; `hiv` leaves by none (Law 64/2006/QH11, article 30)."""
Icd10 = Annotated[str, Meta(pattern=r"^[A-Z][0-9]{2}(\.[0-9]{1,2})?$", examples=["J45.9"])]
"""Of fifteen signs, of ten digits, or the personal number."""
Decimal = Annotated[str, Meta(pattern=r"^[0-9]{1,4}(\.[0-9]{1,2})?$", examples=["36.6"])]


class Item(Part, frozen=True, kw_only=True):
    """An entry: who it comes from, and what about it is sensitive."""

    source: Literal["facility", "citizen_import", "self_declared"] = "facility"
    sensitivity: Annotated[tuple[Sensitivity, ...], Meta(max_length=4)] = ()


class Residence(Part, frozen=True, kw_only=True):
    """Where the patient lived, on which day: communes are merged and renamed."""

    commune: CommuneCode
    as_of: date


class Patient(Part, frozen=True, kw_only=True):
    """Hành chính: who it is about."""

    full_name: PersonName
    birth_date: date
    sex: Literal["FEMALE", "MALE"]
    personal_id: PersonalId | None = None
    insurance_no: (
        Annotated[str, Meta(pattern=r"^([A-Z]{2}[0-9]{13}|[0-9]{10}|[0-9]{12})$")] | None
    ) = None
    residence: Residence
    representative: PersonName | None = None


class Facility(Part, frozen=True, kw_only=True):
    """Cơ sở khám chữa bệnh: five characters of the insurance's list, or a number of thirteen."""

    code: Annotated[str, Meta(pattern=r"^([0-9]{5}|[0-9]{13})$")]
    name: Text


class Diagnosis(Item, frozen=True, kw_only=True):
    """Chẩn đoán; the first of a visit is the main one."""

    icd10: Icd10
    name: Text
    since: date | None = None


class Allergy(Item, frozen=True, kw_only=True):
    """Dị ứng."""

    agent: Text
    severity: Literal["MILD", "MODERATE", "SEVERE"]
    noted_on: date


class Immunization(Item, frozen=True, kw_only=True):
    """Tiêm chủng."""

    vaccine: Text
    dose: Annotated[int, Meta(ge=1, le=20)]
    given_on: date
    lot: Code | None = None


class Test(Item, frozen=True, kw_only=True):
    """Xét nghiệm, thăm dò: a value, with a unit (UCUM) where it is a number."""

    code: Code
    name: Text
    value: Text
    unit: Code | None = None
    taken_on: date


class Medication(Item, frozen=True, kw_only=True):
    """Thuốc."""

    name: Text
    strength: Text
    usage: Text
    quantity: Decimal


class Procedure(Item, frozen=True, kw_only=True):
    """Thủ thuật, phẫu thuật."""

    name: Text
    done_on: date


class Summary(Part, frozen=True, kw_only=True):
    """Tóm tắt: what the doctor says in words."""

    course: Text
    treatment: Text
    advice: Text
    revisit_on: date | None = None


class Visit(Part, frozen=True, kw_only=True):
    """A visit: one signed document. Words of the doctor go where the sensitive items go."""

    encounter_id: Code
    patient: Patient
    facility: Facility
    doctor: PersonName
    start: date
    end: date
    mode: Literal["OUTPATIENT", "INPATIENT", "EMERGENCY", "HOME"]
    outcome: Literal["RECOVERED", "IMPROVED", "UNCHANGED", "WORSE", "REFERRED", "DIED"]
    reason: Text | None = None
    blood_group: Literal["A+", "A-", "B+", "B-", "AB+", "AB-", "O+", "O-"] | None = None
    height_cm: Decimal | None = None
    weight_kg: Decimal | None = None
    diagnoses: Annotated[tuple[Diagnosis, ...], Meta(min_length=1, max_length=50)]
    allergies: Annotated[tuple[Allergy, ...], Meta(max_length=50)] = ()
    immunizations: Annotated[tuple[Immunization, ...], Meta(max_length=100)] = ()
    tests: Annotated[tuple[Test, ...], Meta(max_length=200)] = ()
    medications: Annotated[tuple[Medication, ...], Meta(max_length=100)] = ()
    procedures: Annotated[tuple[Procedure, ...], Meta(max_length=50)] = ()
    summary: Summary | None = None
    amended_because: Text | None = None
