"""Whoever starts the house finds a signed sample of each kind, and can check it without us."""

import json
import re
import subprocess
from collections.abc import Awaitable, Callable
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import jwt
import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from backend.testing import Caller, Clock
from backend.work import Workshop, drain
from contracts.demo import demo_id
from modules.documents import demo
from modules.documents.commands import verify
from modules.documents.model import cms, jws, kit
from modules.documents.scopes import READ
from modules.health_books.demo import seed as seed_visit
from modules.labour_contracts.demo import seed as seed_contract
from modules.transcripts.demo import seed as seed_record
from tests.documents.conftest import DOCUMENTS
from tests.documents.judges import libraries_of_node, program
from tests.pressing import shown

RUNS: Final = f"{DOCUMENTS}/issuance/runs"
SIGNERS: Final = {
    "labour-contract": ["Trần Thu Hà", "Lê Văn Minh"],
    "transcript-year": [
        "Phạm Thị Ngọc Lan",
        "Nguyễn Văn Hùng",
        "Trường Trung học cơ sở Bắc Sơn (mẫu)",
    ],
    "health-visit": ["Hoàng Thị Thu Thủy", "Bệnh viện đa khoa Sầm Sơn (mẫu)"],
    "health-checkup": [
        "Hoàng Thị Thu Thủy",
        "Nguyễn Thị Thanh Hà",
        "Bệnh viện đa khoa Sầm Sơn (mẫu)",
    ],
}
each_kind = pytest.mark.parametrize("name", SIGNERS)
_FIELD: Final = re.compile(
    rb"/ByteRange *\[ *(\d+) +(\d+) +(\d+) +(\d+) *\]",
)


@pytest.fixture
async def samples(
    shop: Workshop, data_dir: Path, clock: Clock, tick: Callable[..., Awaitable[None]]
) -> Path:
    """The folder of a house that was seeded: once, for all tests of this file."""
    folder = data_dir / demo.FOLDER
    if not (folder / "kit.zip").exists():
        for seed in (demo.seed, *[seed_contract, seed_record, seed_visit] * 2):
            async with shop.transaction() as tx:
                await seed(tx)
        await tick()
        clock.advance(seconds=10)
        await drain(shop)
    return folder


def verified(file: Path, folder: Path) -> dict[str, Any]:
    """Ask the kit, which opens no socket."""
    said = CliRunner().invoke(verify, [str(file), "--kit", str(folder / "kit.zip")])
    return {**json.loads(said.stdout), "exit": said.exit_code}


def run(*command: str, folder: Path) -> str:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def bundle(folder: Path, name: str) -> dict[str, Any]:
    return json.loads((folder / f"{name}.json").read_bytes())


async def test_a_seeded_house_shows_one_sample_of_each_kind(samples: Path) -> None:
    wanted = {f"{name}{end}" for name in SIGNERS for end in (".pdf", ".json", ".zip", "-paper.pdf")}

    assert {path.name for path in samples.iterdir()} == {"kit.zip", *wanted}


async def test_a_class_stands_issued_once_by_a_run_after_one_that_told_what_was_wrong(
    samples: Path,
    as_staff: Callable[..., Caller],
    shop: Workshop,
    clock: Clock,
    tick: Callable[..., Awaitable[None]],
) -> None:
    registrar = as_staff("registrar", agency_id=demo_id("agency", "school"))
    async with shop.transaction() as tx:
        await seed_record(tx)  # the house is started again
    for _ in range(4):
        clock.advance(seconds=10)
        await tick()

    done, refused = (await registrar.get(RUNS)).json()["items"]
    table = (await registrar.get(f"{RUNS}/{refused['id']}/errors.csv")).text.splitlines()
    page = await shown(registrar, "/console/documents/runs")

    assert (done["state"], done["counts"]) == ("running", {"issued": 5})
    assert (refused["state"], refused["counts"]) == ("refused", {"refused": 5})
    assert [line.split(",")[2:] for line in table[1:]] == [
        ["refused", "/title", "result-mismatch", "GIOI"]
    ]
    assert "đã cấp 5 trên 5" in page
    shown_first = bundle(samples, "transcript-year")
    assert "Lê Hoàng Bảo An" in jws.decoded(shown_first["payload"]).decode()


async def test_the_patients_book_is_summed_up_once_under_the_hospitals_seal(
    samples: Path,
    as_citizen: Callable[..., Caller],
    shop: Workshop,
    clock: Clock,
    tick: Callable[..., Awaitable[None]],
) -> None:
    patient = as_citizen(READ, person_id=demo_id("person", "citizen-verified"))
    async with shop.transaction() as tx:
        await seed_visit(tx)  # the house is started again
    for _ in range(3):
        clock.advance(seconds=10)
        await tick()

    papers = (await patient.get(DOCUMENTS)).json()["items"]
    (book,) = [each for each in papers if each["kind"] == "health.book"]
    content = await patient.get(f"{DOCUMENTS}/{book['document_id']}/content.json")

    assert (book["rev"], book["state"]) == (1, "issued")
    assert [each["encounter_id"] for each in content.json()["data"]["visits"]] == [
        "38010-2026-000001",
        "38010-2026-KSK-000001",
    ]


@each_kind
async def test_the_kit_calls_each_valid_with_the_network_off(samples: Path, name: str) -> None:
    said = verified(samples / f"{name}.zip", samples)

    assert [each["signer"] for each in said["signatures"]] == SIGNERS[name]
    assert (said["verdict"], said["exit"]) == ("VALID", 0)


@each_kind
async def test_poppler_finds_every_signature_valid(samples: Path, name: str) -> None:
    pdfsig = program("pdfsig", "poppler-utils")

    said = run(pdfsig, str(samples / f"{name}.pdf"), folder=samples)

    made = [each for each in said.split("Signature #")[1:] if "ETSI.CAdES.detached" in each]
    assert len(made) == len(SIGNERS[name])
    assert all("Signature Validation: Signature is Valid." in each for each in made)


def signed_parts(raw: bytes) -> list[tuple[bytes, bytes, bool]]:
    """Return what each signature signs, it, and whether it is a timestamp, as any reader would."""
    found: list[tuple[bytes, bytes, bool]] = []
    for match in _FIELD.finditer(raw):
        first, length, second, rest = map(int, match.groups())
        value = bytes.fromhex(raw[length + 1 : second - 1].decode())
        size = 4 + int.from_bytes(value[2:4], "big")
        around = raw[raw.rindex(b" obj", 0, match.start()) : raw.index(b"endobj", match.end())]
        signed = raw[first:length] + raw[second : second + rest]
        found.append((signed, value[:size], b"ETSI.RFC3161" in around))
    return found


@each_kind
async def test_openssl_agrees_on_signatures_and_timestamps(
    samples: Path, name: str, tmp_path: Path
) -> None:
    openssl = program("openssl", "openssl")
    (anchor,) = kit.unpacked((samples / "kit.zip").read_bytes()).trust.anchors
    pem = x509.load_der_x509_certificate(anchor).public_bytes(Encoding.PEM)
    (tmp_path / "ca.pem").write_bytes(pem)
    when = max(
        json.loads(jws.decoded(each["protected"]))["iat"]
        for each in bundle(samples, name)["signatures"]
    )
    asked = ["-CAfile", "ca.pem", "-attime", str(when + 2)]
    tokens = 0

    for signed, value, is_timestamp in signed_parts((samples / f"{name}.pdf").read_bytes()):
        (tmp_path / "signed").write_bytes(signed)
        (tmp_path / "value").write_bytes(value)
        token = value
        if not is_timestamp:
            run(
                openssl, "cms", "-verify", "-binary", "-inform", "DER", "-in", "value", "-content",
                "signed", "-purpose", "any", "-out", "out", *asked, folder=tmp_path,
            )  # fmt: skip
            token = cms.read(value).token or b""
            (tmp_path / "signed").write_bytes(cms.read(value).value)
        (tmp_path / "token").write_bytes(token)
        run(
            openssl, "ts", "-verify", "-token_in", "-in", "token", "-data", "signed", *asked,
            folder=tmp_path,
        )  # fmt: skip
        tokens += 1

    has_last = name != "transcript-year"  # what is kept longest has a timestamp over it all
    assert tokens == len(SIGNERS[name]) + has_last


@each_kind
async def test_pyjwt_agrees_on_the_data(samples: Path, name: str) -> None:
    found = bundle(samples, name)

    for each, paper in zip(found["signatures"], found["evidence"]["certificates"], strict=True):
        key: Any = x509.load_der_x509_certificate(jws.decoded(paper)).public_key()
        compact = f"{each['protected']}.{found['payload']}.{each['signature']}"
        content = jwt.api_jws.decode(compact, key, algorithms=["ES256"])
        assert json.loads(content)["type"].replace(".", "-") == name


_JOSE: Final = """
import { readFileSync } from 'node:fs'
import { X509Certificate } from 'node:crypto'
import { generalVerify } from 'jose'

const { evidence, ...jws } = JSON.parse(readFileSync(process.argv[2]))
for (const [place, signature] of jws.signatures.entries()) {
  const paper = new X509Certificate(Buffer.from(evidence.certificates[place], 'base64url'))
  const one = { payload: jws.payload, signatures: [signature] }
  const { payload } = await generalVerify(one, paper.publicKey)
  console.log(JSON.parse(Buffer.from(payload)).type)
}
"""


@each_kind
async def test_npm_jose_agrees_on_the_data(samples: Path, name: str, tmp_path: Path) -> None:
    (tmp_path / "node_modules").symlink_to(libraries_of_node() / "node_modules")
    (tmp_path / "judge.mjs").write_text(_JOSE)

    said = run("node", "judge.mjs", str(samples / f"{name}.json"), folder=tmp_path)

    assert said.split() == [name.replace("-", ".")] * len(SIGNERS[name])


@each_kind
async def test_a_camera_reads_the_printed_page_and_needs_no_network(
    samples: Path, name: str, tmp_path: Path
) -> None:
    zxingcpp = pytest.importorskip("zxingcpp", reason="zxing-cpp is not installed")
    from PIL import Image  # noqa: PLC0415 - only where there is something to be read

    pdftoppm = program("pdftoppm", "poppler-utils")
    page = str(samples / f"{name}-paper.pdf")
    run(pdftoppm, "-r", "200", "-gray", "-png", page, "page", folder=tmp_path)

    seen = [
        code.text
        for file in sorted(tmp_path.glob("page*.png"))
        for code in zxingcpp.read_barcodes(Image.open(file))
    ]
    (tmp_path / "code.txt").write_text(seen[0])
    said = verified(tmp_path / "code.txt", samples)

    assert len(seen) == 1
    assert said["verdict"] == "VALID"
    assert said["content"]["kind"].replace(".", "-") == name


@each_kind
async def test_a_flipped_byte_of_a_sample_is_never_valid(
    samples: Path, name: str, tmp_path: Path
) -> None:
    raw = (samples / f"{name}.json").read_bytes()
    places = range(0, len(raw), len(raw) // 40)

    verdicts = set()
    for place, _ in pairwise(places):
        (tmp_path / "flipped.json").write_bytes(
            raw[:place] + bytes((raw[place] ^ 1,)) + raw[place + 1 :]
        )
        verdicts.add(verified(tmp_path / "flipped.json", samples)["verdict"])

    assert "VALID" not in verdicts
