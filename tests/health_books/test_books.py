"""Checkups that several doctors sign, and the summary of a book under a hospital's seal."""

from collections.abc import Awaitable, Callable
from typing import Any, Final
from uuid import uuid4

import msgspec
import pytest
from fhir.resources.R4B.bundle import Bundle

from backend.testing import Caller, Client
from modules.documents.scopes import READ as READ_DOCUMENTS
from modules.documents.scopes import SIGN
from modules.health_books.demo import SAMPLE
from tests.documents.conftest import DOCUMENTS, Phone
from tests.health_books.conftest import ASTHMA, HEALTH_BOOKS, HIV, MENTAL, TELLING

Issue = Callable[..., Awaitable[list[str]]]
Tick = Callable[..., Awaitable[None]]
Verdict = Callable[[str], Awaitable[dict[str, Any]]]
EYES: Final = {"specialty": "Mắt", "result": "Thị lực 10/10 hai mắt", "health_class": "I"}
HEART: Final = {"specialty": "Nội khoa", "result": "Hen ổn định", "health_class": "II"}
NERVES: Final = {
    "specialty": "Tâm thần", "result": "Trầm cảm nhẹ", "health_class": "II",
    "sensitivity": ["mental"],
}  # fmt: skip


def checkup(**changed: Any) -> dict[str, Any]:
    """A checkup that can be signed."""
    sample = msgspec.to_builtins(SAMPLE)
    return {
        "encounter_id": "KSK-2026-000001",
        "patient": sample["patient"],
        "facility": sample["facility"],
        "concluding_doctor": "Lê Thị Hoa",
        "start": "2026-11-10",
        "end": "2026-11-10",
        "specialists": [
            {"doctor": "Hoàng Thị Thu Thủy", "findings": [EYES]},
            {"doctor": "Trần Văn Nam", "findings": [HEART]},
        ],
        "diagnoses": [ASTHMA],
        "tests": sample["tests"],
        "family": [{"relation": "PARENT", "name": "Tăng huyết áp"}],
        "checkup": {
            "form": 3,
            "group": "Người lao động",
            "funding": "EMPLOYER",
            "health_class": "II",
            "conclusion": "Đủ sức khỏe làm việc.",
        },
        **changed,
    }


@pytest.fixture
async def doctors(as_citizen: Callable[..., Caller]) -> list[Phone]:
    phones = [Phone(as_citizen(SIGN, READ_DOCUMENTS)) for _ in range(3)]
    for each in phones:
        await each.enrol()
    return phones


@pytest.fixture
def file_checkup(
    clinician: Caller, doctors: list[Phone], patient: Phone
) -> Callable[..., Awaitable[Any]]:
    """Files a checkup of the patient by three doctors, the last of whom concludes."""

    async def filed(**changed: Any) -> Any:
        *specialists, concluding = [each.person_id for each in doctors]
        return await clinician.post(
            f"{HEALTH_BOOKS}/checkups",
            json={
                "person_id": patient.person_id,
                "specialist_ids": specialists,
                "concluding_doctor_id": concluding,
                "checkup": checkup(**changed),
            },
        )

    return filed


@pytest.fixture
def issue_checkup(
    file_checkup: Callable[..., Awaitable[Any]], doctors: list[Phone], tick: Tick
) -> Callable[..., Awaitable[str]]:
    async def issued(**changed: Any) -> str:
        answer = await file_checkup(**changed)
        assert answer.status_code == 201, answer.text
        document = answer.json()["documents"][0]["document_id"]
        for each in (doctors[1], doctors[0], doctors[2]):
            await each.sign(document)
        await tick()
        await tick()
        return document

    return issued


async def test_specialists_sign_in_any_order_and_who_concludes_signs_last(
    file_checkup: Callable[..., Awaitable[Any]],
    doctors: list[Phone],
    patient: Phone,
    tick: Tick,
    bundle_of: Callable[..., Awaitable[str]],
    verdict: Verdict,
    client: Client,
) -> None:
    filed = await file_checkup()
    document = filed.json()["documents"][0]["document_id"]

    await doctors[1].sign(document)
    early = await doctors[2].prepare(document)
    await doctors[0].sign(document)
    await doctors[2].sign(document)
    await tick()
    await tick()
    said = await verdict(await bundle_of(patient, document))
    printed = await patient.caller.get(f"{DOCUMENTS}/{document}/original.pdf")
    paper = await client.post(
        f"{DOCUMENTS}/verifications/files",
        content=printed.content,
        headers={"Content-Type": "application/pdf"},
    )

    assert (early.status_code, early.json()["type"].rsplit("/", 1)[-1]) == (409, "not-your-turn")
    assert (said["verdict"], paper.json()["verdict"]) == ("VALID", "VALID")
    assert [each["role"] for each in said["signatures"]] == [
        "specialist_1", "specialist_2", "concluding_doctor", "facility",
    ]  # fmt: skip


async def test_a_checkup_stands_in_the_book_as_fhir(
    issue_checkup: Callable[..., Awaitable[str]], patient: Phone
) -> None:
    document = await issue_checkup()

    exported = await patient.caller.get(f"{HEALTH_BOOKS}/me/fhir")
    (line,) = (await patient.caller.get(f"{HEALTH_BOOKS}/me")).json()["items"]

    Bundle.model_validate_json(exported.content)
    found = [each["resource"] for each in exported.json()["entry"]]
    assert [each["resourceType"] for each in found].count("FamilyMemberHistory") == 1
    assert {
        each["valueString"] for each in found if "Kết luận" in each.get("code", {}).get("text", "")
    } == {"Loại II: Đủ sức khỏe làm việc."}
    assert "Thị lực 10/10 hai mắt (loại I)" in exported.text
    assert (line["document_id"], line["kind"]) == (document, "health.checkup")


async def test_what_a_checkup_cannot_say_is_refused(
    file_checkup: Callable[..., Awaitable[Any]], issue: Issue
) -> None:
    better = {**checkup()["checkup"], "health_class": "I"}
    named = {"code": "X", "name": "Test nhanh Hiv", "value": "Âm tính", "taken_on": "2026-11-10"}
    worded = {**checkup()["checkup"], "conclusion": "Đã xét nghiệm hiv."}
    own = [{"doctor": "Trần Văn Nam", "findings": [HEART]}]
    await issue(encounter_id="KSK-1")

    answers = [
        await file_checkup(checkup=better),
        await file_checkup(diagnoses=[ASTHMA, HIV], tests=[]),
        await file_checkup(tests=[named]),
        await file_checkup(checkup=worded),
        await file_checkup(family=[{"relation": "PARENT", "name": "Nhiễm HIV"}]),
        await file_checkup(specialists=own),
        await file_checkup(encounter_id="KSK-1"),
    ]

    assert [each.status_code for each in answers] == [422] * 7
    assert [
        (one["pointer"], one["code"]) for each in answers for one in each.json()["defects"]
    ] == [
        ("/checkup/health_class", "result-mismatch"),
        ("/diagnoses/1", "restricted"),
        ("/tests/0", "restricted"),
        ("/checkup/conclusion", "restricted"),
        ("/family/0/name", "restricted"),
        ("/specialists", "people"),
        ("/encounter_id", "another-kind"),
    ]


async def test_a_sensitive_finding_closes_the_words_of_the_conclusion(
    issue_checkup: Callable[..., Awaitable[str]], patient: Phone
) -> None:
    document = await issue_checkup(
        specialists=[
            {"doctor": "Hoàng Thị Thu Thủy", "findings": [EYES]},
            {"doctor": "Trần Văn Nam", "findings": [NERVES]},
        ]
    )
    order = {"purpose": "Xin việc", "recipient": "Công ty", "hours": 1}

    plain = await patient.caller.get(f"{HEALTH_BOOKS}/me/fhir")
    named = await patient.caller.get(f"{HEALTH_BOOKS}/me/fhir?include=mental")
    shares = [
        await patient.caller.post(
            f"{DOCUMENTS}/{document}/shares", json={**order, "fields": [field]}
        )
        for field in ("health_class", "mental", "conclusion")
    ]

    for word in ("Trầm cảm", "Đủ sức khỏe"):
        assert word not in plain.text
        assert word in named.text
    assert "Thị lực" in plain.text
    assert [each.status_code for each in shares] == [201, 201, 422]


async def test_a_test_that_names_hiv_is_restricted_whatever_was_marked(
    issue: Issue, patient: Phone, clinician: Caller, doctor: Phone
) -> None:
    tested = {"code": "HIVAG", "name": "Kháng nguyên", "value": "Âm tính", "taken_on": "2026-11-10"}
    opened, restricted = await issue(tests=[tested])
    summary = {**msgspec.to_builtins(SAMPLE.summary), "advice": "Hẹn lấy thuốc ARV"}

    exported = await patient.caller.get(f"{HEALTH_BOOKS}/me/fhir?include=mental")
    content = await patient.caller.get(f"{DOCUMENTS}/{opened}/content.json")
    worded = await clinician.post(
        f"{HEALTH_BOOKS}/visits",
        json={
            "person_id": patient.person_id,
            "doctor_id": doctor.person_id,
            "visit": {**msgspec.to_builtins(SAMPLE), "encounter_id": "E-3", "summary": summary},
        },
    )

    for answer in (exported, content):
        assert "HIVAG" not in answer.text
        assert "Kháng nguyên" not in answer.text
        assert restricted not in answer.text
    (defect,) = worded.json()["defects"]
    assert (defect["pointer"], defect["code"]) == ("/summary/advice", "restricted")


async def test_a_hospital_seals_the_book_of_whoever_has_come_and_nothing_sensitive_with_it(
    issue: Issue,
    issue_checkup: Callable[..., Awaitable[str]],
    patient: Phone,
    as_staff: Callable[..., Caller],
    tick: Tick,
    bundle_of: Callable[..., Awaitable[str]],
    verdict: Verdict,
) -> None:
    visit, restricted = await issue(
        diagnoses=[ASTHMA, MENTAL, HIV], start="2026-11-01", end="2026-11-12"
    )
    examined = await issue_checkup()
    elsewhere = as_staff("clinician")
    where = f"{HEALTH_BOOKS}/patients/{patient.person_id}"
    facility = {"facility": {"code": "38020", "name": "Trạm y tế phường Sầm Sơn (mẫu)"}}
    glass = {"reason": "Bệnh nhân hôn mê, cần biết dị ứng thuốc."}

    before = await elsewhere.post(f"{where}/book", json=facility)
    await elsewhere.post(f"{where}/break-glass", json=glass)
    broken = await elsewhere.post(f"{where}/book", json=facility)
    here = {"agency_id": str(elsewhere.agency_id)}
    await patient.caller.post(f"{HEALTH_BOOKS}/me/check-ins", json=here)
    nobody = await elsewhere.post(f"{HEALTH_BOOKS}/patients/{uuid4()}/book", json=facility)
    ordered = [await elsewhere.post(f"{where}/book", json=facility)]
    for _ in range(2):
        await tick()
        await tick()
        ordered.append(await elsewhere.post(f"{where}/book", json=facility))
    listed = (await patient.caller.get(DOCUMENTS)).json()["items"]
    (book,) = [each["document_id"] for each in listed if each["kind"] == "health.book"]
    said = await verdict(await bundle_of(patient, book))
    content = await patient.caller.get(f"{DOCUMENTS}/{book}/content.json")

    assert [each.status_code for each in (before, broken, nobody)] == [404] * 3
    assert [each.status_code for each in ordered] == [202] * 3
    assert said["verdict"] == "VALID"
    told = content.json()
    assert [each["doc_id"] for each in told["links"]] == [visit, examined]
    assert [each["encounter_id"] for each in told["data"]["visits"]] == [
        "38010-2026-000001", "KSK-2026-000001",
    ]  # fmt: skip
    assert [each["icd10"] for each in told["data"]["history"]["conditions"]] == ["J45.9"]
    assert told["data"]["history"]["family"] == [{"relation": "PARENT", "name": "Tăng huyết áp"}]
    for word in ('"F32.1"', *TELLING, restricted):
        assert word not in content.text


async def test_a_share_of_a_sensitive_fact_is_a_decision_of_its_own(
    issue: Issue, patient: Phone, client: Client
) -> None:
    (document,) = await issue(diagnoses=[ASTHMA, MENTAL])
    order = {"purpose": "Khám chuyên khoa", "recipient": "Bệnh viện Sông Mã", "hours": 24}

    opened = []
    for field in ("diagnoses", "mental"):
        shared = await patient.caller.post(
            f"{DOCUMENTS}/{document}/shares", json={**order, "fields": [field]}
        )
        answer = await client.post(
            f"{DOCUMENTS}/shares/open", json={"token": shared.json()["token"]}
        )
        opened.append(answer.text)

    assert "F32.1" not in opened[0]
    assert "J45.9" in opened[0]
    assert "F32.1" in opened[1]
