"""A printed page, and what a phone without a network says of its code."""

import json
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest
import segno
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from backend.testing import Caller, Client, Clock
from backend.testing.callers import BASE_URL
from backend.work import Workshop
from modules.documents.commands import verify
from modules.documents.model import code_verdict, paper
from modules.documents.model.canonical import accepted_as
from modules.documents.model.envelope import Envelope
from modules.documents.model.jws import Jwk
from modules.documents.model.paper import CodeClaims
from modules.documents.model.words import OF_CODES
from modules.documents.scopes import READ
from modules.documents.service import keys
from tests.documents.conftest import DOCUMENTS, Phone

Tick = Callable[..., Awaitable[None]]


@pytest.fixture
async def copy(issued: str, employee: Phone) -> bytes:
    """A paper copy, as it goes to a printer."""
    printed = await employee.caller.post(f"{DOCUMENTS}/{issued}/paper-copies")
    assert printed.status_code == 200, printed.text
    assert printed.content.startswith(b"%PDF-")
    return printed.content


@pytest.fixture
def address(copy: bytes) -> str:
    """What a camera reads from a paper copy, where it is a link as well."""
    found = paper.linked(copy, BASE_URL)
    assert found is not None
    return found


@pytest.fixture
def ask(client: Client) -> Callable[[str], Awaitable[dict[str, Any]]]:
    async def asked(text: str) -> dict[str, Any]:
        answer = await client.post(f"{DOCUMENTS}/verifications", json={"qr": text})
        assert answer.status_code == 200, answer.text
        return answer.json()

    return asked


Ask = Callable[[str], Awaitable[dict[str, Any]]]


async def test_a_printed_code_says_what_the_paper_shows(address: str, ask: Ask) -> None:
    said = await ask(address)

    assert said["verdict"] == "VALID"
    assert said["content"]["says"]["employee"] == "Hà Văn Đạt"
    assert "wage" not in str(said["content"])
    assert len(address) < 1000


async def test_a_code_is_not_said_to_prove_the_words_around_it(
    address: str, ask: Ask, client: Client
) -> None:
    other = address[:-2] + ("AA" if address[-2:] != "AA" else "BB")

    said, false = await ask(address), await ask(other)
    shown = await client.post("/verify", data={"qr": address}, headers={"Accept-Language": "vi"})

    assert said["message"].startswith(OF_CODES["VALID"])
    assert false["message"].startswith(OF_CODES["FORMAT_FAILURE"])
    assert OF_CODES["VALID"] in shown.text
    assert "còn nguyên vẹn" not in shown.text.partition("<pre>")[0]


async def test_a_code_fits_on_paper_however_long_names_are(
    issued: str, employee: Phone, shop: Workshop
) -> None:
    content = (await employee.caller.get(f"{DOCUMENTS}/{issued}/content.json")).content
    envelope = accepted_as(content, Envelope)
    letters = Random(20261122)  # noqa: S311 - letters that no deflating makes fewer
    facts = ["".join(map(chr, letters.choices(range(0x1EA0, 0x1EF9), k=4000))) for _ in range(6)]
    async with shop.transaction() as tx:
        key = await keys.signing(tx, "qr")

    said = paper.claims(envelope, "0" * 64, {f"fact_{n}": fact for n, fact in enumerate(facts)})

    assert segno.make(paper.signed(said, envelope.issuer, key), error="m", micro=False)
    assert all(fact.startswith(said.says[f"fact_{n}"][:-1]) for n, fact in enumerate(facts))
    assert all(each.endswith("…") for each in said.says.values())


async def test_a_changed_code_is_none(address: str, client: Client) -> None:
    published = (await client.get(f"{DOCUMENTS}/trust/jwks.json")).json()["keys"]
    known = {each["kid"]: msgspec.convert(each, Jwk) for each in published}
    assert paper.opened(address, BASE_URL, known).rev == 1

    for place in range(address.index("#") + 1, len(address)):
        other = "A" if address[place] != "A" else "B"
        with pytest.raises(paper.NotGenuine):
            paper.opened(address[:place] + other + address[place + 1 :], BASE_URL, known)


async def test_another_hosts_code_is_none(address: str, ask: Ask) -> None:
    token = address.partition("#")[2]

    for host in ("https://elsewhere.example", "http://testserver.local.evil", ""):
        assert (await ask(f"{host}/v#{token}"))["verdict"] == "INVALID"


def test_a_strangers_key_signs_no_code() -> None:
    key = generate_private_key(SECP256R1())
    said = CodeClaims(
        code="X", kind="x", rev=1, issued_on=date(2026, 1, 1), content_sha256="0" * 64,
        status_uri="u", status_idx=0, says={},
    )  # fmt: skip
    with pytest.raises(paper.NotGenuine):
        paper.opened(paper.signed(said, BASE_URL, key), BASE_URL, {})


async def test_a_code_verifies_with_the_network_off(
    address: str, copy: bytes, client: Client, tmp_path: Path, tick: Tick
) -> None:
    await tick()
    kit, code, printed = (tmp_path / name for name in ("kit.zip", "code.txt", "print.pdf"))
    kit.write_bytes((await client.get(f"{DOCUMENTS}/trust/kit")).content)
    code.write_text(address + "\n")
    printed.write_bytes(copy)

    of_code, of_print = (
        json.loads(CliRunner().invoke(verify, [str(file), "--kit", str(kit)]).stdout)
        for file in (code, printed)
    )

    assert of_code["verdict"] in {"VALID", "INDETERMINATE"}
    assert (of_print["verdict"], of_print["subindication"]) == ("INDETERMINATE", "PAPER_COPY")
    assert of_code["content"] == of_print["content"]
    assert of_code["content"]["says"]["employee"] == "Hà Văn Đạt"


@pytest.fixture
def drop(client: Client) -> Callable[..., Awaitable[str]]:
    """Drops a file on the page, as anybody may, and reads what the page says."""

    async def dropped(raw: bytes, language: str = "vi") -> str:
        file, spoken = ("print.pdf", raw, "application/pdf"), {"Accept-Language": language}
        shown = await client.post("/verify", files={"file": file}, headers=spoken)
        assert shown.status_code == 200
        return shown.text

    return dropped


@pytest.fixture
def judge(client: Client) -> Callable[[bytes], Awaitable[dict[str, Any]]]:
    async def judged(raw: bytes) -> dict[str, Any]:
        kind = {"Content-Type": "application/pdf"}
        where = f"{DOCUMENTS}/verifications/files"
        return (await client.post(where, content=raw, headers=kind)).json()

    return judged


Judge = Callable[[bytes], Awaitable[dict[str, Any]]]


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("vi", ("BẢN IN, PHẢI SO VỚI MÃ", "không có chữ ký số", "Người lao động", "so từng dòng")),
        ("en", ("A PRINT: COMPARE IT WITH ITS CODE", "no signature", "Employee", "compare every")),
    ],
)
async def test_a_print_that_is_dropped_is_judged_by_its_code(
    copy: bytes, drop: Callable[..., Awaitable[str]], judge: Judge, language: str, words: Any
) -> None:
    said, shown = await judge(copy), await drop(copy, language)

    assert (said["verdict"], said["subindication"]) == ("INDETERMINATE", "PAPER_COPY")
    assert said["content"]["says"]["employee"] == "Hà Văn Đạt"
    assert said["document"]["status"] == "VALID"
    assert all(each in shown for each in (*words, "Hà Văn Đạt", '<dd lang="vi">01/12/2026</dd>'))
    assert 'class="verdict good"' not in shown


async def test_the_look_of_a_print_counts_for_nothing(
    copy: bytes, original: bytes, address: str, judge: Judge
) -> None:
    other = address[:-1] + ("A" if address[-1] != "A" else "B")
    fakes = {
        "another text around a genuine code": b"%%PDF-1.7\n9 0 obj /URI(%b)" % address.encode(),
        "a code that was changed": copy.replace(address.encode(), other.encode()),
        "two codes": copy + b"/URI(%b)" % other.encode(),
        "a link in one that is signed": original + b"/URI(%b)" % address.encode(),
    }

    said = {name: await judge(raw) for name, raw in fakes.items()}

    assert {name: (each["verdict"], each["subindication"]) for name, each in said.items()} == {
        "another text around a genuine code": ("INDETERMINATE", "PAPER_COPY"),
        "a code that was changed": ("INVALID", "FORMAT_FAILURE"),
        "two codes": ("INVALID", "FORMAT_FAILURE"),
        "a link in one that is signed": ("INVALID", "NOT_AS_SIGNED"),
    }


async def test_a_print_tells_how_its_document_stands_today(
    issued: str,
    copy: bytes,
    judge: Judge,
    drop: Callable[..., Awaitable[str]],
    as_staff: Callable[..., Caller],
) -> None:
    order = {"status": "suspended", "reason": "Chờ đối chiếu"}
    stopped = await as_staff("registrar").post(f"{DOCUMENTS}/{issued}/status", json=order)
    assert stopped.status_code == 200, stopped.text

    said = await judge(copy)

    assert (said["verdict"], said["subindication"]) == ("INDETERMINATE", "PAPER_COPY")
    assert said["document"]["status"] == "SUSPENDED"
    assert "đang tạm đình chỉ" in await drop(copy)


async def test_a_print_whose_document_may_be_revoked_by_now_is_not_left_to_a_comparison(
    address: str, client: Client, clock: Clock
) -> None:
    published = (await client.get(f"{DOCUMENTS}/trust/jwks.json")).json()["keys"]
    known = {each["kid"]: msgspec.convert(each, Jwk) for each in published}
    judging = address, BASE_URL, known, lambda *_: None, clock.now

    said = code_verdict.judged(*judging, code_verdict.PRINT)

    assert (said.verdict, said.subindication) == ("INDETERMINATE", "TRY_LATER")
    assert said.content is not None


@pytest.mark.parametrize("raw", [b"%PDF-1.7\n1 0 obj<</Type/Page>>endobj", b"%PDF-"])
async def test_of_a_scan_it_is_said_that_a_camera_reads_its_code(
    drop: Callable[..., Awaitable[str]], raw: bytes
) -> None:
    shown = await drop(raw)

    assert "KHÔNG HỢP LỆ" in shown
    assert "hãy quét mã QR trên đó bằng máy ảnh" in shown
    assert "hãy quét mã QR trên đó" not in await drop(raw + b"<</Type/Sig/ByteRange[0 1 2 3]>>")


async def test_a_stranger_gets_no_copy(issued: str, as_citizen: Callable[..., Caller]) -> None:
    answer = await as_citizen(READ).post(f"{DOCUMENTS}/{issued}/paper-copies")

    assert answer.status_code == 404
