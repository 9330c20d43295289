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

from backend.testing import Caller, Client
from backend.testing.callers import BASE_URL
from backend.work import Workshop
from modules.documents.commands import verify
from modules.documents.model import paper
from modules.documents.model.canonical import accepted_as
from modules.documents.model.envelope import Envelope
from modules.documents.model.jws import Jwk
from modules.documents.model.paper import CodeClaims
from modules.documents.scopes import READ
from modules.documents.service import keys
from tests.documents.conftest import DOCUMENTS, Phone

Tick = Callable[..., Awaitable[None]]


@pytest.fixture
async def address(issued: str, employee: Phone, shop: Workshop) -> str:
    """What a camera reads from a paper copy."""
    printed = await employee.caller.post(f"{DOCUMENTS}/{issued}/paper-copies")
    assert printed.status_code == 200, printed.text
    assert printed.content.startswith(b"%PDF-")
    content = (await employee.caller.get(f"{DOCUMENTS}/{issued}/content.json")).content
    envelope = accepted_as(content, Envelope)
    async with shop.transaction() as tx:
        key = await keys.signing(tx, "qr")
    says = {"employer": "Công ty", "employee": "Hà Văn Đạt", "since": "2026-12-01"}
    return paper.signed(paper.claims(envelope, "0" * 64, says), envelope.issuer, key)


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
    address: str, client: Client, tmp_path: Path, tick: Tick
) -> None:
    await tick()
    kit, code = tmp_path / "kit.zip", tmp_path / "code.txt"
    kit.write_bytes((await client.get(f"{DOCUMENTS}/trust/kit")).content)
    code.write_text(address + "\n")

    said = CliRunner().invoke(verify, [str(code), "--kit", str(kit)])

    assert json.loads(said.stdout)["verdict"] in {"VALID", "INDETERMINATE"}
    assert json.loads(said.stdout)["content"]["says"]["employee"] == "Hà Văn Đạt"


async def test_a_stranger_gets_no_copy(issued: str, as_citizen: Callable[..., Caller]) -> None:
    answer = await as_citizen(READ).post(f"{DOCUMENTS}/{issued}/paper-copies")

    assert answer.status_code == 404
