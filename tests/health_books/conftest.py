"""A hospital: a clinician at a console, a doctor with a phone, and a patient."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
import pytest

from backend.identity.scopes import WRITE
from backend.testing import Caller
from modules.documents.scopes import READ as READ_DOCUMENTS
from modules.documents.scopes import SHARE, SIGN
from modules.health_books.demo import SAMPLE
from modules.health_books.scopes import READ
from tests.documents.conftest import Phone, bundle_of, data_dir, shop, tick, verdict

__all__ = ["bundle_of", "data_dir", "shop", "tick", "verdict"]

HEALTH_BOOKS: Final = "/v1/health-books"
MENTAL: Final = {"icd10": "F32.1", "name": "Giai đoạn trầm cảm vừa"}
HIV: Final = {"icd10": "B20", "name": "Bệnh do HIV"}
TELLING: Final = ('"B20"', "Bệnh do HIV", '"hiv"')
"""What tells of it in any answer, and what no random code or salt can be."""
ASTHMA: Final = {"icd10": "J45.9", "name": "Hen, không đặc hiệu"}
PILLS: Final = {
    "name": "Sertraline", "strength": "50 mg", "usage": "Sáng 1 viên", "quantity": "30",
}  # fmt: skip


def visit(**changed: Any) -> dict[str, Any]:
    """A visit that can be signed."""
    return {**msgspec.to_builtins(SAMPLE), **changed}


@pytest.fixture
def clinician(as_staff: Callable[..., Caller]) -> Caller:
    return as_staff("clinician")


@pytest.fixture
async def doctor(as_citizen: Callable[..., Caller]) -> Phone:
    phone = Phone(as_citizen(SIGN, READ_DOCUMENTS))
    await phone.enrol()
    return phone


@pytest.fixture
def patient(as_citizen: Callable[..., Caller]) -> Phone:
    return Phone(as_citizen(READ_DOCUMENTS, SHARE, READ, WRITE, ial=2))


@pytest.fixture
def file(
    clinician: Caller, doctor: Phone, patient: Phone
) -> Callable[..., Awaitable[list[dict[str, Any]]]]:
    """Files a visit of the patient, changed as told, and returns its documents."""

    async def filed(**changed: Any) -> list[dict[str, Any]]:
        answer = await clinician.post(
            f"{HEALTH_BOOKS}/visits",
            json={
                "person_id": patient.person_id,
                "doctor_id": doctor.person_id,
                "visit": visit(**changed),
            },
        )
        assert answer.status_code == 201, answer.text
        return answer.json()["documents"]

    return filed


@pytest.fixture
def issue(
    file: Callable[..., Awaitable[list[dict[str, Any]]]],
    doctor: Phone,
    tick: Callable[..., Awaitable[None]],
) -> Callable[..., Awaitable[list[str]]]:
    """Files a visit and has it signed, all of its documents."""

    async def issued(**changed: Any) -> list[str]:
        documents = [each["document_id"] for each in await file(**changed)]
        await doctor.sign(*documents)
        await tick()
        await tick()
        return documents

    return issued
