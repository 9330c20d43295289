"""A contract as a PDF: what other programs say of it, and what nobody can do to it unseen."""

import random
import shutil
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from backend.testing import Caller, Client, Clock
from backend.work import Workshop
from modules.documents.model import cms, der, packages, pdf, printing
from modules.documents.model.printed_verdict import content_of
from modules.documents.model.task import Task, judged
from modules.documents.scopes import READ
from modules.documents.service import verification
from tests.documents.conftest import DOCUMENTS, Phone

_JUDGES: Final = ("openssl", "pdfsig")
Read = Callable[..., Awaitable[bytes]]


def judge(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(
            f"NOT TRIED: {program} is not installed (apt-get install poppler-utils openssl)"
        )
    return found


@pytest.fixture
def read(client: Client) -> Read:
    async def fetched(phone: Phone, document: str, name: str) -> bytes:
        answer = await phone.caller.get(f"{DOCUMENTS}/{document}/{name}")
        assert answer.status_code == 200, answer.text
        return answer.content

    return fetched


@pytest.fixture
def ask(client: Client) -> Callable[[bytes], Awaitable[dict[str, Any]]]:
    """Asks the house about a file, as anybody may."""

    async def asked(raw: bytes) -> dict[str, Any]:
        kind = "application/zip" if packages.is_package(raw) else "application/pdf"
        answer = await client.post(
            f"{DOCUMENTS}/verifications/files", content=raw, headers={"Content-Type": kind}
        )
        assert answer.status_code == 200, answer.text
        return answer.json()

    return asked


@pytest.fixture
async def original(issued: str, employee: Phone, read: Read) -> bytes:
    return await read(employee, issued, "original.pdf")


@pytest.fixture
async def task(original: bytes, shop: Workshop) -> Task:
    """The task of the confined process for a genuine file."""
    async with shop.transaction() as tx:
        content = content_of(original)
        assert content is not None
        evidence = await verification._logged(tx, content[0])
        return await verification._task(tx, original, evidence)


def short(said: dict[str, Any]) -> tuple[str, str, str | None]:
    return said["verdict"], said["indication"], said["subindication"]


def rule(task: Task, raw: bytes) -> tuple[str, str | None]:
    said = judged(Task(**{**{n: getattr(task, n) for n in task.__struct_fields__}, "raw": raw}))
    return said.verdict, said.subindication


async def test_what_both_have_signed_is_valid_for_anybody(
    original: bytes, ask: Callable[[bytes], Awaitable[dict[str, Any]]]
) -> None:
    said = await ask(original)

    assert short(said) == ("VALID", "TOTAL-PASSED", None)
    assert said["content_matches"] is True
    assert [each["signer"] for each in said["signatures"]] == ["Hà Văn Đạt", "Lê Thị Hòa"]
    assert said["log"]["witnesses"] == 1


async def test_without_the_short_way_the_verdict_is_the_same(task: Task, original: bytes) -> None:
    assert rule(task, original) == ("VALID", None)


async def test_poppler_finds_every_signature_valid(original: bytes, tmp_path: Path) -> None:
    program = judge("pdfsig")
    file = tmp_path / "original.pdf"
    file.write_bytes(original)

    said = _run([program, str(file)], tmp_path).stdout

    signatures = said.split("Signature #")[1:]
    persons = [each for each in signatures if "ETSI.CAdES.detached" in each]
    assert len(persons) == 2
    assert all("Signature Validation: Signature is Valid." in each for each in persons)
    assert all("S-" in each and "SHA-256" in each for each in persons)
    assert "Total document signed" in signatures[-1]


async def test_openssl_finds_signatures_and_timestamps_valid(
    original: bytes, task: Task, tmp_path: Path, clock: Clock
) -> None:
    program = judge("openssl")
    (anchor,) = task.trust.anchors
    paper = x509.load_der_x509_certificate(anchor).public_bytes(Encoding.PEM)
    (tmp_path / "ca.pem").write_bytes(paper)
    made = [each for each in _updates(original, task) if isinstance(each, pdf.Signature)]

    for number, each in enumerate(made):
        start = original.index(each.contents.hex().encode()) - 1
        room = 2 * pdf.CONTENTS_BYTES + 2
        end = _end_of_update(original, start + room)
        signed = original[:start] + original[start + room : end]
        (tmp_path / "signed").write_bytes(signed)
        (tmp_path / "signature").write_bytes(each.contents)
        if each.kind == "DocTimeStamp":
            token = each.contents
        else:
            _openssl(
                program, tmp_path, "cms -verify -binary -inform DER -in signature -content signed"
                " -CAfile ca.pem -purpose any -attime CLOCK -out /dev/null", clock
            )  # fmt: skip
            token = cms.read(each.contents).token or b""
            (tmp_path / "signed").write_bytes(cms.read(each.contents).value)
        (tmp_path / "token").write_bytes(token)
        _openssl(
            program, tmp_path, "ts -verify -token_in -in token -data signed -CAfile ca.pem"
            " -attime CLOCK", clock
        )  # fmt: skip
        assert number < 3


def _openssl(program: str, folder: Path, command: str, clock: Clock) -> None:
    command = command.replace("CLOCK", str(int(clock.now.timestamp()) + 1))
    done = _run([program, *command.split()], folder)
    assert done.returncode == 0, done.stderr


def _run(command: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def _end_of_update(raw: bytes, start: int) -> int:
    return raw.index(b"%%EOF\n", start) + len(b"%%EOF\n")


def _updates(raw: bytes, task: Task) -> list[pdf.Signature | pdf.Evidence]:
    content = content_of(raw)
    assert content is not None
    form = task.forms[content[1].renderer.template]
    _, shape = printing.based(*content, form)
    return list(pdf.updates(raw, shape))


async def test_the_same_content_is_the_same_print(task: Task, original: bytes) -> None:
    content = content_of(original)
    assert content is not None
    form = task.forms[content[1].renderer.template]

    printing._printed.cache_clear()
    first = printing.based(*content, form)
    printing._printed.cache_clear()

    assert first == printing.based(*content, form)
    assert original.startswith(first[0])


async def test_no_byte_of_it_can_be_changed(task: Task, original: bytes) -> None:
    dice = random.Random(20261122)  # noqa: S311 - positions, not keys

    genuine = []
    for _ in range(2000):
        place = dice.randrange(len(original))
        flipped = bytes((original[place] ^ dice.choice((1, 0x20, 0x80)),))
        verdict, _ = rule(task, original[:place] + flipped + original[place + 1 :])
        if verdict in {"VALID", "SUPERSEDED"}:
            genuine.append(place)

    assert genuine == []


def _more(raw: bytes, objects: bytes) -> bytes:
    """Add an update as any PDF program would."""
    return raw + objects + b"\nxref\n0 0\ntrailer\n<</Size 200/Root 1 0 R>>\nstartxref\n0\n%%EOF\n"


@pytest.mark.parametrize(
    ("attack", "said"),
    [
        (lambda raw: raw + b"\n", "NOT_AS_SIGNED"),
        (lambda raw: raw + b"% a remark\n", "NOT_AS_SIGNED"),
        (lambda raw: _more(raw, b"9 0 obj\n<</Type/Page>>\nendobj"), "NOT_AS_SIGNED"),
        (lambda raw: _more(raw, b"99 0 obj\n<</FT/Tx/T(x)/V(y)>>\nendobj"), "NOT_AS_SIGNED"),
        (lambda raw: raw[: raw.rindex(b"%%EOF")], "NOT_AS_SIGNED"),
        (lambda raw: raw[: _end_of_update(raw, 0)], None),
        (lambda raw: raw.replace(b"/F 132", b"/F 130", 1), "CONTENT_MISMATCH"),
        (lambda raw: raw.replace(b"0" * 64, b"1" * 64, 1), "NOT_AS_SIGNED"),
        (lambda raw: raw.replace(b"%PDF-1.7", b"%PDF-1.4", 1), "CONTENT_MISMATCH"),
    ],
    ids=[
        "line break",
        "remark",
        "page replaced",
        "field added",
        "end cut off",
        "signatures cut off",
        "field changed",
        "padding filled",
        "version changed",
    ],
)
async def test_what_is_added_or_replaced_is_seen(
    task: Task, original: bytes, attack: Callable[[bytes], bytes], said: str | None
) -> None:
    verdict, subindication = rule(task, attack(original))

    assert verdict in {"INVALID", "INDETERMINATE"}
    if said is not None:
        # The log is asked as well, and either reason would do.
        assert subindication in {said, "NOT_AS_ISSUED"}


async def test_a_signature_cannot_be_put_into_another_field(task: Task, original: bytes) -> None:
    first, second, *_ = (e for e in _updates(original, task) if isinstance(e, pdf.Signature))
    content = content_of(original)
    assert content is not None
    raw, shape = printing.based(*content, task.forms[content[1].renderer.template])
    for field in ("party-0", "party-1"):
        slot = pdf.prepared(raw, shape, field, first.claimed_at)
        raw, shape = pdf.filled(slot, first.contents), slot.shape

    assert rule(task, raw)[0] == "INVALID"
    assert second.contents != first.contents


async def test_another_attachment_is_not_believed(
    task: Task, original: bytes, issued: str, employee: Phone, read: Read
) -> None:
    content = await read(employee, issued, "content.json")
    assert b"9500000" in content
    other = content.replace(b"9500000", b"9900000")
    swapped = original.replace(b"%%EOF\n", b"%%EOF\n" + _attachment(other), 1)
    before = _attachment(other) + original

    for forged in (swapped, before):
        assert rule(task, forged)[0] == "INVALID"


def _attachment(content: bytes) -> bytes:
    head = b"<</Length %d/Type/EmbeddedFile/Subtype/application#2Fjson>>\nstream\n" % len(content)
    return b"1 0 obj\n" + head + content + b"\nendstream\nendobj\n"


async def test_a_package_verifies_and_its_halves_cannot_be_mixed(
    issued: str,
    employee: Phone,
    read: Read,
    ask: Callable[[bytes], Awaitable[dict[str, Any]]],
) -> None:
    package = await read(employee, issued, "package.zip")
    halves = packages.unpacked(package)
    assert halves is not None
    mixed = packages.packed(packages.Package(halves.original[:-1], halves.bundle))

    assert short(await ask(package))[0] == "VALID"
    assert (await ask(mixed))["verdict"] == "INVALID"
    assert (await ask(package + b"\n"))["verdict"] == "INVALID"


async def test_a_code_tells_how_it_stands_and_not_what_it_says(
    issued: str, original: bytes, client: Client, employee: Phone, read: Read
) -> None:
    content = content_of(original)
    assert content is not None

    said = [
        (await client.post(f"{DOCUMENTS}/verifications", json=question)).json()
        for question in ({"code": content[1].code}, {"document_id": issued})
    ]
    none = await client.post(f"{DOCUMENTS}/verifications", json={"code": "HD-26-AAAAAAAAA-A"})
    both = await client.post(
        f"{DOCUMENTS}/verifications", json={"code": content[1].code, "document_id": issued}
    )

    assert [each["document"]["status"] for each in said] == ["VALID"] * 2
    assert [each["verdict"] for each in said] == ["INDETERMINATE"] * 2
    assert "Hà Văn Đạt" not in str(said)
    assert (none.status_code, both.status_code) == (404, 422)


async def test_a_file_that_kills_its_judge_is_answered(
    original: bytes, ask: Callable[[bytes], Awaitable[dict[str, Any]]], client: Client
) -> None:
    content = content_of(original)
    assert content is not None
    text = "a " * 2000
    heavy = content[0].replace(b'"workplaces":[', b'"workplaces":[' + f'"{text}",'.encode() * 240)
    hostile = b"%PDF-1.7\n" + _attachment(heavy)
    assert content_of(hostile) is not None

    said = await ask(hostile)

    assert said["verdict"] == "INVALID"
    assert (await ask(original))["verdict"] == "VALID"


@pytest.mark.parametrize("raw", [b"%PDF-1.7\n", b"%PDF-" + b"0" * 100_000, b"PK\3\4", b"", b"\0"])
async def test_whatever_the_bytes_are_the_answer_is_a_verdict(
    raw: bytes, ask: Callable[[bytes], Awaitable[dict[str, Any]]]
) -> None:
    assert short(await ask(raw)) == ("INVALID", "TOTAL-FAILED", "FORMAT_FAILURE")


async def test_a_lost_phone_signs_nothing_more_and_what_it_signed_stands(
    issued: str,
    original: bytes,
    employee: Phone,
    clock: Clock,
    draft: Callable[..., Awaitable[str]],
    employer: Phone,
    client: Client,
    task: Task,
    tmp_path: Path,
    ask: Callable[[bytes], Awaitable[dict[str, Any]]],
) -> None:
    clock.advance(minutes=1)
    where = f"{DOCUMENTS}/signing/certificates/{employee.fingerprint}/revoke"

    gone = await employee.caller.post(where)
    another = await draft()
    await employer.caller.post(f"/v1/labour-contracts/{another}/submission")
    refused = await employee.prepare(another)
    listed = (await employee.caller.get(f"{DOCUMENTS}/signing/certificates")).json()["items"]
    crl = (await client.get(f"{DOCUMENTS}/pki/pilot.crl")).content

    assert gone.status_code == 204
    assert refused.status_code == 403
    assert [each["revoked_at"] is None for each in listed] == [False]
    assert len(list(x509.load_der_x509_crl(crl))) >= 1
    assert (await ask(original))["verdict"] == "VALID"


async def test_openssl_asks_after_a_certificate(
    original: bytes, task: Task, client: Client, tmp_path: Path, clock: Clock
) -> None:
    program = judge("openssl")
    made = next(each for each in _updates(original, task) if isinstance(each, pdf.Signature))
    signer = x509.load_der_x509_certificate(cms.read(made.contents).certificates[0])
    (anchor,) = task.trust.anchors
    (tmp_path / "ca.pem").write_bytes(
        x509.load_der_x509_certificate(anchor).public_bytes(Encoding.PEM)
    )
    (tmp_path / "paper.pem").write_bytes(signer.public_bytes(Encoding.PEM))
    _openssl(program, tmp_path, "ocsp -issuer ca.pem -cert paper.pem -reqout question", clock)

    answer = await client.post(
        f"{DOCUMENTS}/pki/ocsp",
        content=(tmp_path / "question").read_bytes(),
        headers={"Content-Type": "application/ocsp-request"},
    )
    (tmp_path / "answer").write_bytes(answer.content)

    _openssl(
        program, tmp_path, "ocsp -issuer ca.pem -cert paper.pem -respin answer -CAfile ca.pem"
        " -no_nonce -attime CLOCK -validity_period 31536000", clock
    )  # fmt: skip


async def test_openssl_gets_a_timestamp(
    client: Client, task: Task, tmp_path: Path, clock: Clock
) -> None:
    program = judge("openssl")
    (anchor,) = task.trust.anchors
    (tmp_path / "ca.pem").write_bytes(
        x509.load_der_x509_certificate(anchor).public_bytes(Encoding.PEM)
    )
    (tmp_path / "thing").write_bytes(b"a thing")
    _openssl(program, tmp_path, "ts -query -data thing -sha256 -cert -out question", clock)

    answer = await client.post(
        f"{DOCUMENTS}/tsa",
        content=(tmp_path / "question").read_bytes(),
        headers={"Content-Type": "application/timestamp-query"},
    )
    rubbish = await client.post(
        f"{DOCUMENTS}/tsa",
        content=b"rubbish",
        headers={"Content-Type": "application/timestamp-query"},
    )
    (tmp_path / "answer").write_bytes(answer.content)

    _openssl(
        program, tmp_path, "ts -verify -in answer -queryfile question -CAfile ca.pem"
        " -attime CLOCK", clock
    )  # fmt: skip
    assert der.read(rubbish.content).parts()[0].parts()[0].body == b"\2"


async def test_a_stranger_cannot_tell_a_pdf_from_nothing(
    issued: str, as_citizen: Callable[..., Caller], as_staff: Callable[..., Caller]
) -> None:
    for who in (as_citizen(READ), as_staff("registrar")):
        for name in ("original.pdf", "package.zip", "log-proof", "revisions/1"):
            assert (await who.get(f"{DOCUMENTS}/{issued}/{name}")).status_code == 404
