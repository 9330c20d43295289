"""Six files are dropped on `/verify` in real Chromium; nobody could take one answer for another."""

import io
import os
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from PIL import Image
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.sign.signers import PdfSignatureMetadata, PdfSigner, SimpleSigner
from pyhanko_certvalidator.registry import SimpleCertificateStore

from backend.local.roles import DatabaseUrls
from backend.testing import Caller
from backend.testing.callers import BASE_URL
from tests.documents.conftest import CONTRACTS, DOCUMENTS, Phone, Read, contract
from tests.identity.chromium import PROGRAM, Browser, Page, chromium
from tests.identity.test_node_clients import running

UNASKED = ("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown")
LOOK = """(() => {
  const box = document.querySelector('.verdict:not([hidden])'), band = box.querySelector('.ruling')
  const { backgroundColor, color } = getComputedStyle(band)
  return { word: box.querySelector('h2').innerText, text: document.body.innerText,
    sign: box.querySelector('.disc').innerHTML, ink: backgroundColor + color, tone: box.className }
})()"""
"""What somebody sees of an answer: its word, its sign and its colours."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if "PAGES" not in os.environ:
        pytest.skip("the pages of verdicts are looked at by `make pages` alone")
    if not PROGRAM.exists():
        pytest.skip(f"{PROGRAM} was absent: no verdict was looked at")
    with chromium() as found:
        yield found


@pytest.fixture
def house(database: DatabaseUrls, data_dir: Path, browser: Browser) -> Iterator[str]:
    """The house under test once more, served as itself: it knows what the tests have issued."""
    same = {"TINHS_DATA_DIR": str(data_dir), "TINHS_BASE_URL": BASE_URL}
    with running(database, **same) as url:
        yield url


async def foreign() -> bytes:
    """A PDF that another authority has signed, with a certificate of its own."""
    key, now = generate_private_key(SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Bộ Tư pháp (mẫu)")])
    paper = (
        x509.CertificateBuilder(name, name, key.public_key(), 7, now, now + timedelta(days=9))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    raw = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    signer = SimpleSigner(
        signing_cert=asn1_x509.Certificate.load(paper.public_bytes(Encoding.DER)),
        signing_key=asn1_keys.PrivateKeyInfo.load(raw),
        cert_registry=SimpleCertificateStore(),
    )
    page = io.BytesIO()
    Image.new("RGB", (300, 200), "#fff").save(page, format="PDF")
    made = await PdfSigner(PdfSignatureMetadata(field_name="Seal"), signer=signer).async_sign_pdf(
        IncrementalPdfFileWriter(page, strict=False)
    )
    return made.getvalue()


Tick = Callable[..., Awaitable[None]]
Draft = Callable[..., Awaitable[str]]


@pytest.fixture
async def files(
    draft: Draft,
    employer: Phone,
    employee: Phone,
    tick: Tick,
    read: Read,
    as_staff: Callable[..., Caller],
    browser: Browser,
) -> dict[str, bytes]:
    """What six people bring: each is a PDF with a signature in it, or looks like one."""

    async def signed(document: str) -> bytes:
        await employer.caller.post(f"{CONTRACTS}/{document}/submission")
        await employee.sign(document)
        await employer.sign(document)
        await tick()
        return await read(employee, document, "original.pdf")

    documents = [await draft(contract_no=f"0{number}/2026/HDLD") for number in (1, 2, 3)]
    genuine, superseded, revoked = [await signed(each) for each in documents]
    order = {"status": "revoked", "reason": "Ký nhầm người"}
    for registrar in (as_staff("registrar"), as_staff("registrar")):
        await registrar.post(f"{DOCUMENTS}/{documents[2]}/status", json=order)
    await amend(employer, employee, documents[1])
    await signed(documents[1])
    middle = len(genuine) // 2
    return {
        "genuine": genuine,
        "tampered": genuine[:middle] + bytes([genuine[middle] ^ 1]) + genuine[middle + 1 :],
        "superseded": superseded,
        "revoked": revoked,
        "foreign": await foreign(),
        "hostile": b"%PDF-1.7\n1 0 obj " + b"[" * 500_000 + b"\nstartxref\n9\n%%EOF",
    }


async def amend(employer: Phone, employee: Phone, document: str) -> None:
    people = {
        "employer_signatory_id": employer.person_id,
        "employee_id": employee.person_id,
    }
    changed = contract(contract_no="02/2026/HDLD", job="Tổ trưởng")
    body = {"contract": changed, **people, "reason": "Bổ nhiệm tổ trưởng"}
    amended = await employer.caller.put(f"{CONTRACTS}/{document}", json=body)
    assert amended.status_code == 200, amended.text


WORDS = {
    "genuine": "CÒN HIỆU LỰC",
    "tampered": "KHÔNG HỢP LỆ",
    "superseded": "ĐÃ CÓ BẢN MỚI",
    "revoked": "ĐÃ THU HỒI",
    "foreign": "KHÔNG PHẢI CỦA HỆ THỐNG NÀY",
    "hostile": "KHÔNG HỢP LỆ",
}
SENTENCES = {
    "genuine": "Văn bản là thật và còn nguyên vẹn. Có thể tin nội dung này.",
    "tampered": "Đừng tin văn bản này.",
    "superseded": "Văn bản là thật nhưng đã được thay bằng bản mới hơn.",
    "revoked": "Văn bản đã bị thu hồi.",
    "foreign": "không do hệ thống này phát hành",
    "hostile": "Tệp bị hỏng hoặc không phải văn bản đã ký.",
}


def dropped(page: Page, house: str, file: Path) -> dict[str, Any]:
    """Drop a file, ask by its fingerprint, then send it; return what is seen each time."""
    page.open(f"{house}/verify")
    page.heard.clear()
    root = page.send("DOM.getDocument")["root"]["nodeId"]
    node = page.send("DOM.querySelector", nodeId=root, selector="#file")["nodeId"]
    page.send("DOM.setFileInputFiles", nodeId=node, files=[str(file)])
    page.wait_for("document.querySelector('#found .verdict')")
    first = page.evaluate(LOOK)
    sent = [one["params"] for one in page.heard if one["method"] == "Network.requestWillBeSent"]
    assert not any(file.name in str(one["request"].get("postData")) for one in sent)
    page.evaluate("here = true; document.querySelector('form[data-verify]').requestSubmit()")
    page.wait_for("!('here' in window) && document.querySelector('.verdict:not([hidden])')")
    messages = [one["params"] for one in page.heard if one["method"] in UNASKED]
    return {**page.evaluate(LOOK), "first": first, "messages": messages}


async def test_six_files_have_answers_that_nobody_takes_for_one_another(
    files: dict[str, bytes], house: str, browser: Browser, tmp_path: Path
) -> None:
    page = browser.stranger()
    for domain in ("Log", "Runtime"):
        page.send(f"{domain}.enable")
    seen = {}
    for name, raw in files.items():
        file = tmp_path / f"{name}.pdf"
        file.write_bytes(raw)
        seen[name] = dropped(page, house, file)

    for name, each in seen.items():
        assert each["word"] == WORDS[name]
        assert SENTENCES[name] in each["text"]
        assert each["messages"] == []
        assert ("good" in each["tone"].split()) is (name == "genuine")
    looks = {(each["word"], each["sign"], each["ink"]) for each in seen.values()}
    assert len(looks) == len(files) - 1  # what was altered and what is hostile: both are not valid
    assert seen["tampered"]["text"] != seen["hostile"]["text"]
    signers = ("Lê Thị Hòa", "Hà Văn Đạt")
    assert all(each in seen["genuine"]["text"] for each in signers)


async def test_a_fingerprint_says_how_a_document_stands_and_neither_more_nor_green(
    files: dict[str, bytes], house: str, browser: Browser, tmp_path: Path
) -> None:
    page = browser.stranger()
    seen = {}
    for name in ("genuine", "tampered", "revoked"):
        file = tmp_path / f"{name}.pdf"
        file.write_bytes(files[name])
        seen[name] = dropped(page, house, file)["first"]

    assert seen["genuine"]["word"] == "ĐÃ PHÁT HÀNH, CHƯA XÉT CHỮ KÝ"
    assert "đang còn hiệu lực" in seen["genuine"]["text"]
    assert "Hà Văn Đạt" not in seen["genuine"]["text"]
    assert seen["tampered"]["word"] == "KHÔNG TÌM THẤY"
    assert seen["revoked"]["word"] == "ĐÃ THU HỒI"
    assert all("good" not in each["tone"].split() for each in seen.values())
