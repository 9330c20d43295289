"""A party of a document takes it along: the words that were signed, and the finished PDF."""

import json
from collections.abc import Callable

import pytest

from backend.privacy.scopes import ASK, TAKE_OUT
from backend.testing import Caller
from modules.documents.scopes import READ, SIGN
from tests.documents.conftest import DOCUMENTS, Phone
from tests.privacy.conftest import Drain
from tests.privacy.test_export import archive_of


@pytest.fixture
async def employee(as_citizen: Callable[..., Caller]) -> Phone:
    phone = Phone(as_citizen(SIGN, READ, ASK, TAKE_OUT))
    await phone.enrol()
    return phone


async def test_documents_are_in_the_archive_byte_for_byte(
    issued: str, employee: Phone, drain: Drain
) -> None:
    signed = await employee.caller.get(f"{DOCUMENTS}/{issued}/original.pdf")

    archive = await archive_of(employee.caller, drain)

    (row,) = json.loads(archive["data/documents.document.json"])["rows"]
    assert archive[f"files/documents.document/{row['code']}.pdf"] == signed.content
    words = json.loads(archive[f"files/documents.document/{row['code']}.json"])
    assert words["code"] == row["code"]
