"""A contract as a PDF: what openssl and poppler say of it."""

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from backend.testing import Client, Clock
from modules.documents.model import cms, der, pdf
from modules.documents.model.task import Task
from tests.documents.conftest import DOCUMENTS
from tests.documents.printed import end_of_update, updates


def judge(program: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.skip(
            f"NOT TRIED: {program} is not installed (apt-get install poppler-utils openssl)"
        )
    return found


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
    made = [each for each in updates(original, task) if isinstance(each, pdf.Signature)]

    for number, each in enumerate(made):
        start = original.index(each.contents.hex().encode()) - 1
        room = 2 * pdf.CONTENTS_BYTES + 2
        end = end_of_update(original, start + room)
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


async def test_openssl_asks_after_a_certificate(
    original: bytes, task: Task, client: Client, tmp_path: Path, clock: Clock
) -> None:
    program = judge("openssl")
    made = next(each for each in updates(original, task) if isinstance(each, pdf.Signature))
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
