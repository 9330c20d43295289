"""A school: its clerk, its teachers, two people with phones, and a pupil."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
import pytest

from backend.testing import Caller
from modules.documents.scopes import READ, SHARE, SIGN
from modules.transcripts.demo import SAMPLE
from tests.documents.conftest import (
    Phone,
    bundle_of,
    data_dir,
    shop,
    tick,
    verdict,
)

__all__ = ["bundle_of", "data_dir", "shop", "tick", "verdict"]

TRANSCRIPTS: Final = "/v1/transcripts"
YEAR: Final = "2025-2026"


def year(**changed: Any) -> dict[str, Any]:
    """A year that adds up."""
    return {**msgspec.to_builtins(SAMPLE), **changed}


@pytest.fixture
def clerk(as_staff: Callable[..., Caller]) -> Caller:
    return as_staff("school_clerk")


@pytest.fixture
def colleague(as_staff: Callable[..., Caller], clerk: Caller) -> Caller:
    """A teacher of the clerk's school, at a console."""
    return as_staff("teacher", agency_id=clerk.agency_id)


@pytest.fixture
async def teacher(as_citizen: Callable[..., Caller]) -> Phone:
    phone = Phone(as_citizen(SIGN, READ))
    await phone.enrol()
    return phone


@pytest.fixture
async def principal(as_citizen: Callable[..., Caller]) -> Phone:
    phone = Phone(as_citizen(SIGN, READ))
    await phone.enrol()
    return phone


@pytest.fixture
def pupil(as_citizen: Callable[..., Caller]) -> Phone:
    return Phone(as_citizen(READ, SHARE))


@pytest.fixture
def write(clerk: Caller, pupil: Phone) -> Callable[..., Awaitable[dict[str, Any]]]:
    """Writes the pupil's year, changed as told."""

    async def written(**changed: Any) -> dict[str, Any]:
        where = f"{TRANSCRIPTS}/records/{pupil.person_id}/{YEAR}"
        answer = await clerk.put(where, json=year(**changed))
        assert answer.status_code == 200, answer.text
        return answer.json()

    return written


@pytest.fixture
def confirm(colleague: Caller) -> Callable[..., Awaitable[dict[str, Any]]]:
    """Lets a teacher stand by every subject, or by those that are named."""

    async def confirmed(sheet: dict[str, Any], *codes: str) -> dict[str, Any]:
        every = [each["code"] for each in sheet["content"]["subjects"]]
        answer = await colleague.post(
            f"{TRANSCRIPTS}/records/{sheet['id']}/confirmations",
            json={"subjects": list(codes) or every},
        )
        assert answer.status_code == 201, answer.text
        return answer.json()

    return confirmed


@pytest.fixture
def signers(teacher: Phone, principal: Phone) -> dict[str, str]:
    return {"homeroom_teacher_id": teacher.person_id, "principal_id": principal.person_id}


@pytest.fixture
async def submitted(
    clerk: Caller,
    write: Callable[..., Awaitable[dict[str, Any]]],
    confirm: Callable[..., Awaitable[dict[str, Any]]],
    signers: dict[str, str],
) -> str:
    """A record that waits for the teacher, and then for the principal."""
    sheet = await write()
    await confirm(sheet)
    answer = await clerk.post(f"{TRANSCRIPTS}/records/{sheet['id']}/issue", json=signers)
    assert answer.status_code == 201, answer.text
    return answer.json()["document_id"]


@pytest.fixture
async def issued(
    submitted: str, teacher: Phone, principal: Phone, tick: Callable[..., Awaitable[None]]
) -> str:
    """A record that both have signed, the school has sealed and the log holds."""
    await teacher.sign(submitted)
    await principal.sign(submitted)
    await tick()
    return submitted
