"""Keys of the house are turned, and what the older ones signed stays good."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256, SHA384
from cryptography.hazmat.primitives.serialization import load_der_public_key

from backend.kms import FileKms, Kms
from backend.testing import Caller, Client, Clock
from modules.documents.commands import verify as verify_command
from modules.documents.model import certificates
from modules.documents.model.held_keys import HeldKey
from tests.documents.conftest import DOCUMENTS, Phone
from tests.documents.printed import Read

KEYS = f"{DOCUMENTS}/trust/keys"
Tick = Callable[..., Awaitable[None]]


@pytest.fixture
def keeper(as_staff: Callable[..., Caller]) -> Caller:
    return as_staff("trust_keeper")


async def test_what_was_signed_before_a_turn_and_after_it_is_valid(
    issued: str,
    draft: Callable[..., Awaitable[str]],
    employer: Phone,
    employee: Phone,
    read: Read,
    keeper: Caller,
    client: Client,
    tick: Tick,
    clock: Clock,
    tmp_path: Path,
) -> None:
    before = await read(employee, issued, "package.zip")
    paper = (await employee.caller.post(f"{DOCUMENTS}/{issued}/paper-copies")).status_code
    keys = (await keeper.get(f"{KEYS}?limit=100")).json()["items"]

    turned = {
        key["purpose"]: (await keeper.post(f"{KEYS}/{key['id']}/rotation")).status_code
        for key in keys
        if key["retired_at"] is None
    }
    clock.advance(minutes=1)
    second = await draft(contract_no="02/2026/HDLD")
    await employer.caller.post(f"/v1/labour-contracts/{second}/submission")
    await employee.sign(second)
    await employer.sign(second)
    await tick()
    after = await read(employee, second, "package.zip")
    now = (await keeper.get(f"{KEYS}?limit=100")).json()["items"]

    assert paper == 200
    assert turned.pop("ca") == 404
    assert set(turned.values()) == {204}
    assert {"tsa", "ocsp", "log", "witness", "status"} <= turned.keys()
    old = {key["sha256"] for key in keys if key["purpose"] != "ca"}
    used = {key["sha256"] for key in now if key["retired_at"] is None}
    assert not old & used
    (tmp_path / "kit.zip").write_bytes((await client.get(f"{DOCUMENTS}/trust/kit")).content)
    for raw in (before, after):
        kind = {"Content-Type": "application/zip"}
        online = await client.post(f"{DOCUMENTS}/verifications/files", content=raw, headers=kind)
        (tmp_path / "one.zip").write_bytes(raw)
        words = [str(tmp_path / "one.zip"), "--kit", str(tmp_path / "kit.zip")]
        offline = json.loads(CliRunner().invoke(verify_command, words).stdout)
        assert (online.json()["verdict"], offline["verdict"]) == ("VALID", "VALID")


async def test_only_a_keeper_turns_keys(as_staff: Callable[..., Caller], keeper: Caller) -> None:
    nobody = f"{KEYS}/00000000-0000-7000-8000-000000000000/rotation"

    assert (await as_staff("registrar").post(nobody)).status_code == 403
    assert (await keeper.post(nobody)).status_code == 404


def held(kms: Kms) -> HeldKey:
    reference = kms.create("p256")
    key = load_der_public_key(kms.public(reference))
    assert isinstance(key, EllipticCurvePublicKey)
    return HeldKey(key, lambda message: kms.sign(reference, message))


def require_an_authority_that_signs(kms: Kms) -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    above, below = held(kms), held(kms)
    anchor = certificates.authority(above, now)
    seal = certificates.sealing(
        certificates.Above(above, anchor), below.public_key(), "Trường", now
    )

    made = x509.load_der_x509_certificate(seal)
    made.verify_directly_issued_by(x509.load_der_x509_certificate(anchor))
    found = certificates.vouched(seal, (anchor,), now + timedelta(days=1))
    signature = below.sign(b"a thing", ECDSA(SHA256()))
    found.key.verify(signature, b"a thing", ECDSA(SHA256()))


def test_a_key_signs_certificates_and_is_never_seen(tmp_path: Path) -> None:
    kms = FileKms(tmp_path)
    require_an_authority_that_signs(kms)
    key: Any = held(kms)

    for show in (
        key.private_numbers,
        key.private_bytes,
        key.exchange,
        lambda: key.sign(b"", ECDSA(SHA384())),
    ):
        with pytest.raises(UnsupportedAlgorithm):
            show()
