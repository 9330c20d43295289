"""A university asks about a thousand documents in one call."""

from collections.abc import Awaitable, Callable
from typing import Any

from backend.testing import Caller, Clock
from modules.documents.jobs import FORGET
from modules.documents.scopes import READ, VERIFY
from tests.documents.conftest import DOCUMENTS, Phone


async def test_each_question_is_answered_by_itself(
    issued: str,
    employee: Phone,
    bundle_of: Callable[..., Awaitable[str]],
    as_partner: Callable[..., Caller],
    connection: Any,
    clock: Clock,
    tick: Callable[..., Awaitable[None]],
) -> None:
    partner, bundle = as_partner(VERIFY), await bundle_of(employee, issued)
    questions = [
        {"jws": bundle},
        {"jws": bundle.replace('"payload":"e', '"payload":"f', 1)},
        {"document_id": issued},
        {"code": "HD-26-AAAAAAAAA-A"},
        {},
    ]

    answer = await partner.post(f"{DOCUMENTS}/verifications/bulk", json={"questions": questions})
    rulings = [(each["verdict"] or {}).get("verdict") for each in answer.json()["answers"]]
    count = "select count(*) from documents.verification"
    noted = await connection.fetchval(count)
    clock.advance(days=91)
    await tick(FORGET)

    assert rulings == ["VALID", "INVALID", "INDETERMINATE", None, None]
    assert noted == 5
    assert await connection.fetchval(count) == 0


async def test_it_is_for_partners(as_citizen: Callable[..., Caller]) -> None:
    answer = await as_citizen(READ).post(
        f"{DOCUMENTS}/verifications/bulk", json={"questions": [{}]}
    )

    assert answer.status_code == 403
