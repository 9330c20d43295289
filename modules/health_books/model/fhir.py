"""A health book as a FHIR R4 document (https://hl7.org/fhir/R4): what the caller may see of it.

Rows that the caller may not see never come here; nothing is filtered away in this file.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias
from uuid import UUID, uuid5

import msgspec

from modules.health_books.model import content
from modules.health_books.model.sensitive import Group

Shelf: TypeAlias = Group | Literal["findings", "conclusion", "family"]
"""What an entry is: of a visit, or of a checkup."""
MEDIA_TYPE: Final = "application/fhir+json"
_NAMES: Final = UUID("6a2f7f2e-5f3e-5d0b-9a3c-3c6f0a5a1d11")
_TERMS: Final = "http://terminology.hl7.org/CodeSystem"
_CLASSES: Final = {"OUTPATIENT": "AMB", "INPATIENT": "IMP", "EMERGENCY": "EMER", "HOME": "HH"}
_GENDERS: Final = {"FEMALE": "female", "MALE": "male"}
_SECTIONS: Final[dict[Shelf, str]] = {
    "diagnoses": "Chẩn đoán",
    "allergies": "Dị ứng",
    "immunizations": "Tiêm chủng",
    "tests": "Xét nghiệm",
    "medications": "Thuốc",
    "procedures": "Thủ thuật",
    "findings": "Khám chuyên khoa",
    "conclusion": "Kết luận khám sức khỏe",
    "family": "Tiền sử gia đình",
}
_RELATIVES: Final = {"PARENT": "PRN", "SIBLING": "SIB", "CHILD": "CHILD", "GRANDPARENT": "GRPRN"}

_NUMBER: Final = re.compile(r"(0|[1-9][0-9]{0,9})(\.[0-9]{1,6})?\Z")

Resource = dict[str, Any]


class Encounter(msgspec.Struct, frozen=True, kw_only=True):
    """A visit as the export needs it: who, where and when."""

    encounter_id: str
    patient: content.Patient
    facility: content.Facility
    start: str
    end: str
    mode: str


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """An entry that the caller may see; `encounter_id` is None where the visit itself is hidden."""

    id: UUID
    group: Shelf
    body: Mapping[str, Any]
    encounter_id: UUID | None


def document(
    person_id: UUID,
    patient: content.Patient,
    encounters: Mapping[UUID, Encounter],
    entries: Sequence[Shown],
    made_at: datetime,
    base_url: str,
) -> bytes:
    """Return a Bundle of type `document`: a Composition, the patient, visits and entries."""
    who = _url(person_id)
    resources: list[tuple[str, Resource]] = [(who, _patient(patient, base_url))]
    for visit_id, each in encounters.items():
        resources.append((_url(visit_id), _encounter(each, who)))
    sections: dict[str, list[Resource]] = {}
    for each in entries:
        visit = None if each.encounter_id is None else {"reference": _url(each.encounter_id)}
        made = _MAKERS[each.group](each.body, {"reference": who}, visit)
        resources.append((_url(each.id), made))
        sections.setdefault(_SECTIONS[each.group], []).append({"reference": _url(each.id)})
    head = _composition(who, sections, made_at)
    every = [(_url(uuid5(_NAMES, f"{person_id}/{made_at.isoformat()}")), head), *resources]
    bundle = {
        "resourceType": "Bundle",
        "identifier": {"system": f"{base_url}/fhir/bundle", "value": every[0][0]},
        "type": "document",
        "timestamp": made_at.isoformat(),
        "entry": [{"fullUrl": url, "resource": resource} for url, resource in every],
    }
    return msgspec.json.encode(bundle)


def _url(known: UUID) -> str:
    return f"urn:uuid:{uuid5(_NAMES, str(known))}"


def _composition(who: str, sections: Mapping[str, Sequence[Resource]], at: datetime) -> Resource:
    return {
        "resourceType": "Composition",
        "status": "final",
        "type": {"coding": [{"system": "http://loinc.org", "code": "60591-5"}]},
        "subject": {"reference": who},
        "date": at.isoformat(),
        "author": [{"display": "Sổ sức khỏe điện tử"}],
        "title": "Sổ sức khỏe điện tử",
        "section": [{"title": title, "entry": entry} for title, entry in sections.items()],
    }


def _patient(patient: content.Patient, base_url: str) -> Resource:
    numbers = {"personal-id": patient.personal_id, "insurance-no": patient.insurance_no}
    return {
        "resourceType": "Patient",
        "identifier": [
            {"system": f"{base_url}/fhir/{name}", "value": number}
            for name, number in numbers.items()
            if number is not None
        ],
        "name": [{"use": "official", "text": patient.full_name}],
        "gender": _GENDERS[patient.sex],
        "birthDate": patient.birth_date.isoformat(),
    }


def _encounter(each: Encounter, who: str) -> Resource:
    return {
        "resourceType": "Encounter",
        "identifier": [{"value": each.encounter_id}],
        "status": "finished",
        "class": {"system": f"{_TERMS}/v3-ActCode", "code": _CLASSES[each.mode]},
        "subject": {"reference": who},
        "period": {"start": each.start, "end": each.end},
        "serviceProvider": {
            "identifier": {"value": each.facility.code},
            "display": each.facility.name,
        },
    }


def _status(name: str, code: str) -> Resource:
    return {"coding": [{"system": f"{_TERMS}/{name}", "code": code}]}


def _made(kind: str, *parts: Resource) -> Resource:
    """Put a resource together; what is not known is left out."""
    made: Resource = {"resourceType": kind}
    for part in parts:
        made |= {name: value for name, value in part.items() if value is not None}
    return made


def _condition(body: Mapping[str, Any], who: Resource, visit: Resource | None) -> Resource:
    coding = {"system": "http://hl7.org/fhir/sid/icd-10", "code": body["icd10"]}
    return _made(
        "Condition",
        {
            "clinicalStatus": _status("condition-clinical", "active"),
            "verificationStatus": _status("condition-ver-status", "confirmed"),
            "code": {"coding": [coding], "text": body["name"]},
            "subject": who,
            "encounter": visit,
            "onsetDateTime": body.get("since"),
        },
    )


def _allergy(body: Mapping[str, Any], who: Resource, visit: Resource | None) -> Resource:
    return _made(
        "AllergyIntolerance",
        {
            "clinicalStatus": _status("allergyintolerance-clinical", "active"),
            "verificationStatus": _status("allergyintolerance-verification", "confirmed"),
            "criticality": "high" if body["severity"] == "SEVERE" else "low",
            "code": {"text": body["agent"]},
            "patient": who,
            "encounter": visit,
            "recordedDate": body["noted_on"],
        },
    )


def _immunization(body: Mapping[str, Any], who: Resource, visit: Resource | None) -> Resource:
    return _made(
        "Immunization",
        {
            "status": "completed",
            "vaccineCode": {"text": body["vaccine"]},
            "patient": who,
            "encounter": visit,
            "occurrenceDateTime": body["given_on"],
            "lotNumber": body.get("lot"),
            "protocolApplied": [{"doseNumberPositiveInt": body["dose"]}],
        },
    )


def _observation(body: Mapping[str, Any], who: Resource, visit: Resource | None) -> Resource:
    return _made(
        "Observation",
        {
            "status": "final",
            "code": {"coding": [{"code": body["code"]}], "text": body["name"]},
            "subject": who,
            "encounter": visit,
            "effectiveDateTime": body["taken_on"],
        },
        _value(body["value"], body.get("unit")),
    )


def _value(value: str, unit: str | None) -> Resource:
    """Return a quantity where there is a number with a unit, and the words as they are if not."""
    number = value.replace(",", ".")
    if unit is None or not _NUMBER.match(number):
        return {"valueString": value}
    # As written: the zeros at the end say how exactly somebody has measured.
    exact = msgspec.Raw(number.encode())
    return {
        "valueQuantity": {
            "value": exact,
            "unit": unit,
            "system": "http://unitsofmeasure.org",
            "code": unit,
        }
    }


def _medication(body: Mapping[str, Any], who: Resource, visit: Resource | None) -> Resource:
    return _made(
        "MedicationStatement",
        {
            "status": "completed",
            "medicationCodeableConcept": {"text": f"{body['name']} {body['strength']}"},
            "subject": who,
            "context": visit,
            "dosage": [{"text": body["usage"]}],
        },
    )


def _procedure(body: Mapping[str, Any], who: Resource, visit: Resource | None) -> Resource:
    return _made(
        "Procedure",
        {
            "status": "completed",
            "code": {"text": body["name"]},
            "subject": who,
            "encounter": visit,
            "performedDateTime": body["done_on"],
        },
    )


def _finding(body: Mapping[str, Any], who: Resource, visit: Resource | None) -> Resource:
    return _made(
        "Observation",
        {
            "status": "final",
            "code": {"text": body["specialty"]},
            "subject": who,
            "encounter": visit,
            "effectiveDateTime": body["found_on"],
            "valueString": f"{body['result']} (loại {body['health_class']})",
        },
    )


def _conclusion(body: Mapping[str, Any], who: Resource, visit: Resource | None) -> Resource:
    return _made(
        "Observation",
        {
            "status": "final",
            "code": {"text": f"Kết luận khám sức khỏe, mẫu {body['form']}"},
            "subject": who,
            "encounter": visit,
            "effectiveDateTime": body["found_on"],
            "valueString": f"Loại {body['health_class']}: {body['conclusion']}",
        },
    )


def _relative(body: Mapping[str, Any], who: Resource, _: Resource | None) -> Resource:
    relation = {"system": f"{_TERMS}/v3-RoleCode", "code": _RELATIVES[body["relation"]]}
    return _made(
        "FamilyMemberHistory",
        {
            "status": "completed",
            "patient": who,
            "relationship": {"coding": [relation]},
            "condition": [{"code": {"text": body["name"]}}],
        },
    )


_MAKERS: Final[dict[Shelf, Callable[[Mapping[str, Any], Resource, Resource | None], Resource]]] = {
    "diagnoses": _condition,
    "allergies": _allergy,
    "immunizations": _immunization,
    "tests": _observation,
    "medications": _medication,
    "procedures": _procedure,
    "findings": _finding,
    "conclusion": _conclusion,
    "family": _relative,
}
