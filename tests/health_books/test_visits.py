"""A visit from the clinician's console to a verdict, to FHIR, and to nobody else."""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from fhir.resources.R4B.bundle import Bundle

from backend.testing import Caller, Client, Clock
from modules.documents.jobs import EXPIRE
from modules.documents.model import jws
from modules.health_books.scopes import PARTNER
from tests.documents.conftest import DOCUMENTS, Phone
from tests.health_books.conftest import ASTHMA, HEALTH_BOOKS, HIV, MENTAL, PILLS, TELLING, visit

File = Callable[..., Awaitable[list[dict[str, Any]]]]
Issue = Callable[..., Awaitable[list[str]]]
Tick = Callable[..., Awaitable[None]]
FHIR = f"{HEALTH_BOOKS}/me/fhir"


def slug(answer: Any) -> str:
    return answer.json()["type"].rsplit("/", 1)[-1]


def kinds(exported: Any) -> list[str]:
    return [each["resource"]["resourceType"] for each in exported.json()["entry"]]


async def state(phone: Phone, document: str) -> str:
    return (await phone.caller.get(f"{DOCUMENTS}/{document}")).json()["state"]


async def test_doctor_and_hospital_have_signed(
    issue: Issue,
    patient: Phone,
    bundle_of: Callable[..., Awaitable[str]],
    verdict: Callable[[str], Awaitable[dict[str, Any]]],
) -> None:
    (document,) = await issue()

    said = await verdict(await bundle_of(patient, document))

    assert (said["verdict"], said["indication"]) == ("VALID", "TOTAL-PASSED")
    assert [each["role"] for each in said["signatures"]] == ["doctor", "facility"]


async def test_the_printed_visit_is_as_good_as_its_data(
    issue: Issue, patient: Phone, client: Client
) -> None:
    (document,) = await issue()
    printed = await patient.caller.get(f"{DOCUMENTS}/{document}/original.pdf")

    said = await client.post(
        f"{DOCUMENTS}/verifications/files",
        content=printed.content,
        headers={"Content-Type": "application/pdf"},
    )

    assert said.json()["verdict"] == "VALID"


async def test_the_export_is_fhir(issue: Issue, patient: Phone) -> None:
    await issue(procedures=[{"name": "Khí dung", "done_on": "2026-11-10"}])

    exported = await patient.caller.get(FHIR)

    assert exported.headers["content-type"] == "application/fhir+json"
    bundle = Bundle.model_validate_json(exported.content)
    assert bundle.type == "document"
    assert sorted(kinds(exported)) == sorted(
        ["Composition", "Patient", "Encounter", "Condition", "AllergyIntolerance", "Immunization",
         "Observation", "MedicationStatement", "Procedure"]
    )  # fmt: skip


async def test_every_reference_of_the_export_leads_somewhere(issue: Issue, patient: Phone) -> None:
    await issue()
    exported = await patient.caller.get(FHIR)

    known = {each["fullUrl"] for each in exported.json()["entry"]}
    named = {part.split('"')[0] for part in exported.text.split('"reference":"')[1:]}

    assert named <= known
    assert len(named) > 5


async def test_a_validator_that_finds_everything_right_would_be_no_validator(
    issue: Issue, patient: Phone
) -> None:
    await issue()
    exported = (await patient.caller.get(FHIR)).json()

    for name in ("status", "code"):
        broken = json.loads(json.dumps(exported))
        seen = next(
            each["resource"]
            for each in broken["entry"]
            if each["resource"]["resourceType"] == "Observation"
        )
        del seen[name]
        with pytest.raises(ValueError, match=name):
            Bundle.model_validate(broken)


async def test_nothing_is_shown_before_everybody_has_signed(file: File, patient: Phone) -> None:
    await file()

    assert (await patient.caller.get(FHIR)).status_code == 404
    assert (await patient.caller.get(f"{HEALTH_BOOKS}/me")).json()["items"] == []


async def test_sensitive_entries_come_only_when_they_are_named(
    issue: Issue, patient: Phone
) -> None:
    await issue(diagnoses=[ASTHMA, MENTAL], medications=[PILLS])

    plain = await patient.caller.get(FHIR)
    named = await patient.caller.get(f"{FHIR}?include=mental")
    another = await patient.caller.get(f"{FHIR}?include=reproductive")

    for exported in (plain, another):
        assert "trầm cảm" not in exported.text
        assert "Sertraline" not in exported.text  # nobody marked it: it takes the visit's marks
        assert "J45.9" in exported.text
    assert "trầm cảm" in named.text
    assert "Sertraline" in named.text


async def test_having_been_to_a_psychiatrist_is_sensitive_itself(
    issue: Issue, patient: Phone
) -> None:
    await issue(diagnoses=[MENTAL])

    plain = await patient.caller.get(FHIR)
    named = await patient.caller.get(f"{FHIR}?include=mental")

    assert kinds(plain) == ["Composition", "Patient"]
    assert "Encounter" in kinds(named)
    Bundle.model_validate_json(plain.content)


async def test_hiv_becomes_a_document_that_nothing_leads_to(
    issue: Issue, patient: Phone, connection: Any
) -> None:
    opened, restricted = await issue(diagnoses=[ASTHMA, HIV], medications=[PILLS])

    exported = [
        await patient.caller.get(FHIR),
        await patient.caller.get(f"{FHIR}?include=mental&include=substance&include=reproductive"),
        await patient.caller.get(f"{HEALTH_BOOKS}/me"),
        await patient.caller.get(f"{DOCUMENTS}/{opened}/content.json"),
    ]
    for each in exported:
        for word in (*TELLING, "Sertraline", restricted, "khó thở"):
            assert word not in each.text
    held = await patient.caller.get(f"{DOCUMENTS}/{restricted}/content.json")
    assert [held.json()["data"]["diagnoses"][0]["icd10"], held.json()["links"]] == ["B20", []]
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    both = "select v::text, i::text from health_books.visit v join health_books.item i"
    of = f"{both} on visit_id = v.id where v.person_id = $1"
    rows = str(await connection.fetch(of, UUID(patient.person_id)))
    assert opened in rows
    assert restricted not in rows


async def test_hiv_is_in_no_share_and_no_list_of_the_hospital(
    issue: Issue, patient: Phone, clinician: Caller, as_staff: Callable[..., Caller]
) -> None:
    opened, restricted = await issue(diagnoses=[ASTHMA, HIV])
    registrar = as_staff("registrar", agency_id=clinician.agency_id)
    order = {"purpose": "Bảo hiểm", "recipient": "Công ty bảo hiểm", "hours": 1}

    shared = [
        await patient.caller.post(
            f"{DOCUMENTS}/{document}/shares", json={**order, "fields": [field]}
        )
        for document, field in (
            (restricted, "diagnoses"),
            (restricted, "full_name"),
            (opened, "hiv"),
        )
    ]
    credentials = [
        await patient.caller.post(f"{DOCUMENTS}/{document}/credentials", json={"proof": "none"})
        for document in (restricted, opened)
    ]
    listed = (await registrar.get(DOCUMENTS)).json()["items"]

    assert [each.status_code for each in shared] == [422] * 3
    assert [each.status_code for each in credentials] == [404, 422]
    assert [each["document_id"] for each in listed] == [opened]


async def test_a_visit_for_hiv_alone_leaves_no_trace_in_the_book(
    issue: Issue, patient: Phone
) -> None:
    documents = await issue(diagnoses=[HIV])

    assert len(documents) == 1
    assert (await patient.caller.get(FHIR)).status_code == 404
    assert (await patient.caller.get(f"{HEALTH_BOOKS}/me")).json()["items"] == []


async def _agreed(
    purpose: str, patient: Phone, as_staff: Callable[..., Caller], as_partner: Callable[..., Caller]
) -> tuple[Caller, str]:
    """A partner whom the patient lets read for this purpose, and the id of the consent."""
    partner = as_partner(PARTNER, purpose=purpose)
    assert (await partner.get(f"{HEALTH_BOOKS}/people/{uuid4()}/fhir")).status_code == 404
    words = {"purpose": purpose, "vi": f"Tôi đồng ý {uuid4()}.", "en": f"I agree {uuid4()}."}
    text = await as_staff("privacy").post("/v1/admin/consent-texts", json=words)
    given = await patient.caller.post(
        "/v1/account/consents",
        json={"text_id": text.json()["items"][0]["id"], "recipient": partner.client_id},
    )
    assert given.status_code == 201, given.text
    return partner, given.json()["id"]


async def test_a_partner_reads_what_was_agreed_to_and_nothing_sensitive_with_it(
    issue: Issue,
    patient: Phone,
    as_staff: Callable[..., Caller],
    as_partner: Callable[..., Caller],
) -> None:
    await issue(diagnoses=[ASTHMA, MENTAL], medications=[PILLS])
    where = f"{HEALTH_BOOKS}/people/{patient.person_id}/fhir"
    stranger = as_partner(PARTNER, purpose="health_books.care")

    before = await stranger.get(where)
    care, _ = await _agreed("health_books.care", patient, as_staff, as_partner)
    mental, _ = await _agreed("health_books.mental", patient, as_staff, as_partner)
    common, sensitive = await care.get(where), await mental.get(where)

    assert before.status_code == 404
    assert "J45.9" in common.text
    assert "F32.1" not in common.text
    assert "Sertraline" not in common.text
    assert "F32.1" in sensitive.text
    assert "J45.9" not in sensitive.text
    Bundle.model_validate_json(common.content)
    Bundle.model_validate_json(sensitive.content)


async def test_after_withdrawal_a_partner_finds_nothing(
    issue: Issue,
    patient: Phone,
    as_staff: Callable[..., Caller],
    as_partner: Callable[..., Caller],
    connection: Any,
) -> None:
    await issue()
    where = f"{HEALTH_BOOKS}/people/{patient.person_id}/fhir"
    partner, consent = await _agreed("health_books.care", patient, as_staff, as_partner)

    during = await partner.get(where)
    await patient.caller.delete(f"/v1/account/consents/{consent}")
    after = await partner.get(where)
    looks = await connection.fetchval(
        "select count(*) from audit.event where person_id = $1 and actor_client = $2",
        patient.person_id,
        partner.client_id,
    )

    assert (during.status_code, after.status_code) == (200, 404)
    assert looks == 1


async def test_what_cannot_be_is_refused(clinician: Caller, doctor: Phone, patient: Phone) -> None:
    wrong = visit(
        end="2026-11-09",
        reason="Hо",  # the о is Cyrillic
        tests=[{"code": "X", "name": "Máu", "value": "1", "taken_on": "2026-12-31"}],
        allergies=[
            {
                "agent": "Tôm",
                "severity": "MILD",
                "noted_on": "2020-01-01",
                "source": "self_declared",
            }
        ],
    )

    answer = await clinician.post(
        f"{HEALTH_BOOKS}/visits",
        json={"person_id": patient.person_id, "doctor_id": doctor.person_id, "visit": wrong},
    )

    assert (answer.status_code, slug(answer)) == (422, "visit-refused")
    assert {(each["pointer"], each["code"]) for each in answer.json()["defects"]} == {
        ("/end", "before-start"),
        ("/reason", "not-allowed"),
        ("/tests/0/taken_on", "date"),
        ("/allergies", "not-the-facilitys"),
    }


async def test_an_addendum_says_why_and_takes_the_old_ones_place(
    issue: Issue, clinician: Caller, doctor: Phone, patient: Phone, tick: Tick
) -> None:
    (document,) = await issue()
    silent = await clinician.post(
        f"{HEALTH_BOOKS}/visits",
        json={
            "person_id": patient.person_id,
            "doctor_id": doctor.person_id,
            "visit": visit(medications=[]),
        },
    )
    before = await patient.caller.get(FHIR)
    (again,) = await issue(medications=[], amended_because="Ghi nhầm thuốc")
    after = await patient.caller.get(FHIR)

    (missing,) = silent.json()["defects"]
    assert (missing["pointer"], missing["detail"]) == ("/amended_because", "Thiếu lý do sửa đổi.")
    assert again == document
    assert ("Salbutamol" in before.text, "Salbutamol" in after.text) == (True, False)


async def test_a_visit_that_is_being_signed_is_not_filed_again(
    file: File, clinician: Caller, doctor: Phone, patient: Phone
) -> None:
    await file()
    again = await clinician.post(
        f"{HEALTH_BOOKS}/visits",
        json={"person_id": patient.person_id, "doctor_id": doctor.person_id, "visit": visit()},
    )
    theirs = await clinician.post(
        f"{HEALTH_BOOKS}/visits",
        json={"person_id": str(uuid4()), "doctor_id": doctor.person_id, "visit": visit()},
    )

    assert (again.status_code, slug(again)) == (409, "being-signed")
    (defect,) = theirs.json()["defects"]
    assert (defect["pointer"], defect["code"]) == ("/patient", "another-patient")


async def test_a_doctor_who_declines_ends_it_and_the_hospital_files_anew(
    file: File, doctor: Phone
) -> None:
    ((first,), reason) = (await file(), {"reason": "Sai chẩn đoán"})
    said = await doctor.caller.post(f"{DOCUMENTS}/{first['document_id']}/decline", json=reason)

    (second,) = await file()

    assert said.status_code == 204
    assert (second["document_id"], second["rev"]) == (first["document_id"], 2)


async def test_after_three_days_nobody_signs_any_more(
    file: File, doctor: Phone, clock: Clock, tick: Tick
) -> None:
    (filed,) = await file()
    clock.advance(days=3)

    late = await doctor.prepare(filed["document_id"])
    await tick(EXPIRE)

    assert (late.status_code, slug(late)) == (409, "not-waiting")
    assert await state(doctor, filed["document_id"]) == "expired"


async def test_a_byte_changed_between_prepare_and_sign_is_refused(
    file: File, doctor: Phone
) -> None:
    (filed,) = await file()
    session = (await doctor.prepare(filed["document_id"])).json()
    (prepared,) = session["documents"]
    given = doctor.handed_in(prepared)

    for which, each in enumerate(prepared["to_be_signed"]):
        message = bytearray(jws.decoded(each["tbs"]))
        message[-1] ^= 1
        wrong = [*given]
        wrong[which] = {**given[which], "value": doctor.raw(jws.encoded(bytes(message)))}
        answer = await doctor.finalise(session["id"], *wrong)
        assert (answer.status_code, slug(answer)) == (422, "signature-invalid")
