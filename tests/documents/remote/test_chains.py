"""Certificates with an authority between them and the one that two people have entered."""

import subprocess
from collections.abc import Awaitable, Callable
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from asn1crypto import x509 as asn1
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import DocumentSecurityStore, async_validate_pdf_signature

from backend.testing import Client, Clock
from backend.work import Workshop
from modules.documents.model import certificates, chaining, printed_verdict
from modules.documents.model import kit as kits
from modules.documents.model.bundle import LogEvidence
from modules.documents.model.findings import Listing
from modules.documents.model.offline import judged
from modules.documents.service.remote.trial import TrialProvider
from tests.documents.conftest import DOCUMENTS, Phone
from tests.documents.judges import program
from tests.documents.remote.conftest import Enter, Look, Provided, enrol, number_of
from tests.documents.test_pyhanko import USAGE

two_steps = pytest.mark.parametrize("steps", [2], indirect=True)
BOTH = pytest.mark.parametrize(
    ("steps", "kept", "through"), [(2, "p256", "trial"), (2, "pkcs1", "other")], indirect=True
)


Sign = Callable[[], Awaitable[str]]


@pytest.fixture
def sign(
    submitted: str, remote: Phone, employer: Phone, provided: Provided, look: Look, tick: Any
) -> Sign:
    """Both sign, and the house does its part; says where the document stands."""

    async def signed() -> str:
        session = (await remote.prepare(submitted)).json()
        await look(remote, session)
        provided.answer("yes")
        assert (await look(remote, session))["state"] == "finalised"
        await employer.sign(submitted)
        await tick()
        return (await remote.caller.get(f"{DOCUMENTS}/{submitted}")).json()["state"]

    return signed


def silent(provided: Provided) -> None:
    """Let nobody at the provider say how certificates stand."""
    provided.change("", lambda status, body: (status, body) if body[:1] == b"{" else (503, b""))


@BOTH
async def test_a_chain_of_two_steps_is_genuine_online_and_offline(
    submitted: str,
    remote: Phone,
    sign: Sign,
    bundle_of: Any,
    verdict: Any,
    read: Any,
    client: Client,
    clock: Clock,
) -> None:
    state = await sign()

    said = await verdict(await bundle_of(remote, submitted))
    kit = kits.unpacked((await client.get(f"{DOCUMENTS}/trust/kit")).content)
    package = await read(remote, submitted, "package.zip")
    over = tuple(msgspec.structs.replace(each, known_until=0) for each in kit.trust.listed)
    old = msgspec.structs.replace(kit, trust=msgspec.structs.replace(kit.trust, listed=over))
    offline = [judged(package, each, clock.now).verdict for each in (kit, old)]
    assert (state, said["verdict"], offline) == ("issued", "VALID", ["VALID", "VALID"])


@pytest.mark.parametrize(("steps", "told"), [(1, (2, 1)), (2, (3, 1))], indirect=["steps"])
async def test_a_file_tells_for_ever_that_nobody_above_its_signer_was_revoked(
    submitted: str,
    remote: Phone,
    provided: Provided,
    sign: Sign,
    told: tuple[int, int],
    read: Any,
    client: Client,
    clock: Clock,
    tmp_path: Path,
) -> None:
    await sign()
    raw = await read(remote, submitted, "original.pdf")
    proof = (await remote.caller.get(f"{DOCUMENTS}/{submitted}/log-proof")).content
    kit = kits.unpacked((await client.get(f"{DOCUMENTS}/trust/kit")).content)

    def ruled(raw: bytes, listed: tuple[Listing, ...]) -> str | None:
        trust = msgspec.structs.replace(kit.trust, listed=listed)
        evidence = msgspec.json.decode(proof, type=LogEvidence)
        forms = {form.sha256(): form for form in kit.forms}
        look = kits.look(kit, clock.now)
        said = printed_verdict.judged(raw, evidence, trust, forms.get, look, clock.now)
        return said.subindication or said.verdict

    over = tuple(msgspec.structs.replace(each, known_until=0) for each in kit.trust.listed)
    gone = tuple(msgspec.structs.replace(each, revoked=_everybody(provided)) for each in over)
    reader = PdfFileReader(BytesIO(raw))
    assert provided.provider is not None
    anchors = [kit.trust.anchors[0], provided.provider.authority]
    roots = [asn1.Certificate.load(each) for each in anchors]

    assert [len(reader.root["/DSS"][name]) for name in ("/OCSPs", "/CRLs")] == [*told]
    assert ruled(raw, kit.trust.listed) == ruled(raw, over) == "VALID"
    assert ruled(raw, gone) == "REVOKED"
    for each in reader.embedded_regular_signatures:
        # With nothing but these anchors and what is in the file, and an answer on each certificate.
        known = {"trust_roots": roots, "moment": clock.now, "revocation_mode": "require"}
        context = DocumentSecurityStore.read_dss(reader).as_validation_context(known)
        shown = await async_validate_pdf_signature(each, context, key_usage_settings=USAGE)
        assert (shown.intact, shown.valid, shown.trusted) == (True, True, True)
    (tmp_path / "original.pdf").write_bytes(raw)
    assert shown_by_poppler(tmp_path).count("Signature Validation: Signature is Valid.") == 2


def shown_by_poppler(folder: Path) -> str:
    pdfsig = program("pdfsig", "poppler-utils")
    command = [pdfsig, "original.pdf"]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False, text=True).stdout


def _everybody(provided: Provided) -> dict[str, int]:
    """Return a list on which everybody was revoked long ago whom the provider certifies."""
    assert provided.provider is not None
    papers = [paper for _, paper in provided.provider._kept.values()]
    return {f"{x509.load_der_x509_certificate(each).serial_number:x}": 0 for each in papers}


@two_steps
async def test_the_list_by_which_somebody_signed_does_when_nobody_says_more(
    submitted: str, remote: Phone, provided: Provided, sign: Sign, read: Any
) -> None:
    silent(provided)

    state = await sign()

    store = PdfFileReader(BytesIO(await read(remote, submitted, "original.pdf"))).root["/DSS"]
    assert (state, len(store["/CRLs"])) == ("issued", 2)


@two_steps
async def test_a_document_waits_an_hour_for_what_is_said_of_its_signer_and_is_not_lost(
    submitted: str,
    remote: Phone,
    provided: Provided,
    sign: Sign,
    tick: Any,
    bundle_of: Any,
    verdict: Any,
    read: Any,
    connection: Any,
    clock: Clock,
) -> None:
    # As of lists that are too large to lie in a document.
    await connection.execute("update documents.foreign_list set raw = null")
    silent(provided)

    waiting = await sign()
    clock.advance(hours=1)
    await tick()

    said = await verdict(await bundle_of(remote, submitted))
    store = PdfFileReader(BytesIO(await read(remote, submitted, "original.pdf"))).root["/DSS"]
    assert (waiting, said["verdict"], "/CRLs" in store) == ("signing", "VALID", False)


@two_steps
async def test_nothing_is_sealed_for_somebody_who_was_revoked_before_they_signed(
    remote: Phone, provided: Provided, sign: Sign, clock: Clock
) -> None:
    assert provided.provider is not None
    # Its list, which the house has read, does not say so yet.
    provided.provider.revoke(provided.provider.paper(number_of(remote)))
    clock.advance(seconds=1)

    assert await sign() == "signing"


@two_steps
async def test_an_authority_between_that_was_revoked_vouches_for_nobody(
    submitted: str, remote: Phone, provided: Provided, read_lists: Enter, clock: Clock
) -> None:
    assert provided.provider is not None
    provided.provider.revoke(provided.provider.issuing)
    clock.advance(hours=7)
    await read_lists()

    refused = await remote.prepare(submitted)

    assert refused.json()["type"].endswith("documents/certificate-not-yours")


@two_steps
async def test_a_chain_whose_list_nobody_can_read_is_not_taken(
    known: Phone, enter: Enter, provided: Provided, shop: Workshop
) -> None:
    await enter()
    provided.change("issuing.crl", lambda *_: (503, b""))

    assert (await enrol(known, shop))["state"] == "none"


@two_steps
async def test_a_chain_to_nobody_who_was_entered_is_not_taken(known: Phone, shop: Workshop) -> None:
    assert (await enrol(known, shop))["state"] == "none"


def test_a_person_is_no_authority_and_too_long_a_way_leads_nowhere(clock: Clock) -> None:
    clock.advance(minutes=1)
    provider = TrialProvider(lambda: clock.now, issuing_list="http://localhost/issuing.crl")
    person = provider.paper("038098000002")
    key = generate_private_key(SECP256R1())
    forged = _issued_by(provider, person, key, clock)
    anchors, later = (provider.authority,), clock.now + timedelta(minutes=1)

    def led(*chain: bytes) -> list[bytes]:
        return [each.der for each in chaining.links(chain, anchors, later)]

    assert led(person, *provider.above) == [provider.issuing]
    assert led(person, *reversed(provider.above)) == [provider.issuing]
    assert led(person) == led(person, provider.authority) == []
    assert led(forged, person, *provider.above) == []
    assert led(provider.issuing, provider.authority) == []  # an anchor has issued it itself
    assert led(b"\x30\x00", provider.issuing) == []
    long_after = clock.now + timedelta(days=800)
    assert chaining.links((person, *provider.above), anchors, long_after) == ()


def _issued_by(provider: TrialProvider, person: bytes, key: Any, clock: Clock) -> bytes:
    """Return a certificate that a person has issued with their own key."""
    theirs, _ = provider._of("key-038098000002")
    above = x509.load_der_x509_certificate(person)
    builder = certificates.dated(clock.now, timedelta(days=1)).subject_name(above.subject)
    builder = builder.issuer_name(above.subject).public_key(key.public_key())
    return builder.sign(theirs, SHA256()).public_bytes(Encoding.DER)
