"""Anybody pastes a document into a page and reads one word, one sentence and what to do."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from backend.testing import Client
from tests.documents.conftest import DOCUMENTS, Phone

Fetch = Callable[[Phone, str], Awaitable[str]]
VIETNAMESE = {"Accept-Language": "vi"}


async def test_a_genuine_document_is_told_from_an_altered_one(
    client: Client, employee: Phone, issued: str, bundle_of: Fetch
) -> None:
    bundle = await bundle_of(employee, issued)
    altered = bundle.replace('"payload":"ey', '"payload":"eY', 1)
    assert altered != bundle

    genuine = await client.post("/verify", data={"bundle": bundle}, headers=VIETNAMESE)
    false = await client.post("/verify", data={"bundle": altered}, headers=VIETNAMESE)

    assert "CÒN HIỆU LỰC" in genuine.text
    assert "KHÔNG CÓ GIÁ TRỊ PHÁP LÝ" in genuine.text
    assert genuine.headers["cache-control"] == "no-store"
    assert "KHÔNG HỢP LỆ" in false.text
    assert "CÒN HIỆU LỰC" not in false.text


@pytest.mark.parametrize("text", ["", "{}", "<script>", "không phải"])
async def test_whatever_is_pasted_there_is_a_verdict(client: Client, text: str) -> None:
    shown = await client.post("/verify", data={"bundle": text}, headers=VIETNAMESE)

    assert shown.status_code == 200
    assert "KHÔNG HỢP LỆ" in shown.text
    assert "CÒN HIỆU LỰC" not in shown.text
    assert "<script>" not in shown.text


async def test_the_form_is_there_without_a_question(client: Client) -> None:
    shown = await client.get("/verify")

    assert shown.status_code == 200
    assert 'name="bundle"' in shown.text


async def test_a_pdf_is_judged_and_one_changed_byte_is_seen(
    client: Client, employee: Phone, issued: str
) -> None:
    answer = await employee.caller.get(f"{DOCUMENTS}/{issued}/original.pdf")
    assert answer.status_code == 200
    file = answer.content
    middle = len(file) // 2
    altered = file[:middle] + bytes([file[middle] ^ 1]) + file[middle + 1 :]

    genuine = await upload(client, file)
    false = await upload(client, altered)

    assert "CÒN HIỆU LỰC" in genuine.text
    assert "CÒN HIỆU LỰC" not in false.text
    assert 'class="verdict bad"' in false.text or 'class="verdict wait"' in false.text


async def test_a_field_without_a_file_is_no_file(client: Client) -> None:
    shown = await client.post(
        "/verify",
        data={"bundle": ""},
        files={"file": ("", b"", "application/octet-stream")},
        headers=VIETNAMESE,
    )

    assert shown.status_code == 200
    assert "KHÔNG HỢP LỆ" in shown.text


async def upload(client: Client, file: bytes) -> Any:
    return await client.post(
        "/verify",
        data={"bundle": ""},
        files={"file": ("contract.pdf", file, "application/pdf")},
        headers=VIETNAMESE,
    )
