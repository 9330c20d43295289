"""Anybody pastes a document into a page and reads one word, one sentence and what to do."""

import tomllib
from collections.abc import Awaitable, Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from backend.testing import Client
from modules.documents.model.words import MESSAGES, OF_CODES
from tests.documents.conftest import DOCUMENTS, Phone

Fetch = Callable[[Phone, str], Awaitable[str]]
VIETNAMESE = {"Accept-Language": "vi"}


def words(language: str) -> dict[str, Any]:
    file = Path(__file__).parents[2] / "modules" / "documents" / "locales" / f"{language}.toml"
    return tomllib.loads(file.read_text())


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
    assert 'class="verdict bad"' in false.text


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


def test_the_sentences_on_the_page_are_those_that_programs_are_told() -> None:
    told = words("vi")["sentences"]

    assert {name: told[name] for name in MESSAGES if name != "NO_LEGAL_VALUE"} == {
        name: text for name, text in MESSAGES.items() if name != "NO_LEGAL_VALUE"
    }
    assert {name: told[f"CODE_{name}"] for name in OF_CODES} == OF_CODES


async def test_who_reads_english_is_told_in_english(client: Client) -> None:
    shown = await client.post("/verify", data={"bundle": "{}"}, headers={"Accept-Language": "en"})

    assert "The file is damaged, or is no signed document. Do not rely on it." in shown.text
    assert MESSAGES["FORMAT_FAILURE"] not in shown.text.partition("<pre>")[0]


@pytest.mark.parametrize(
    ("signature", "expected"),
    [
        (b"<</Type /Sig /ByteRange [0 10 20 30]>>", ("INDETERMINATE", "FOREIGN_FILE")),
        (b"<</Type /Sig>>", ("INVALID", "FORMAT_FAILURE")),
    ],
)
async def test_a_file_that_others_have_signed_is_not_called_false(
    client: Client, signature: bytes, expected: tuple[str, str]
) -> None:
    answer = await client.post(
        f"{DOCUMENTS}/verifications/files",
        content=b"%PDF-1.7\n" + signature,
        headers={"Content-Type": "application/pdf"},
    )

    told = answer.json()
    assert (told["verdict"], told["subindication"]) == expected


async def test_a_fingerprint_says_how_a_document_stands_and_nothing_that_is_in_it(
    client: Client, employee: Phone, issued: str
) -> None:
    file = (await employee.caller.get(f"{DOCUMENTS}/{issued}/content.json")).content
    known, unknown, nonsense = [
        await client.post("/verify", data={"sha256": each}, headers=VIETNAMESE)
        for each in (sha256(file).hexdigest(), "0" * 64, "abc")
    ]

    assert "ĐÃ PHÁT HÀNH, CHƯA XÉT CHỮ KÝ" in known.text
    assert "đang còn hiệu lực" in known.text
    assert "Hà Văn Đạt" not in known.text
    assert 'class="verdict good"' not in known.text
    assert "KHÔNG TÌM THẤY" in unknown.text
    assert "KHÔNG TÌM THẤY" in nonsense.text
