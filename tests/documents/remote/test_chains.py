"""Certificates with an authority between them and the one that two people have entered."""

from datetime import timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from backend.testing import Client, Clock
from backend.work import Workshop
from modules.documents.model import certificates, chaining
from modules.documents.model import kit as kits
from modules.documents.model.offline import judged
from modules.documents.service.remote.trial import TrialProvider
from tests.documents.conftest import DOCUMENTS, Phone
from tests.documents.remote.conftest import Enter, Look, Provided, enrol

two_steps = pytest.mark.parametrize("steps", [2], indirect=True)
BOTH = pytest.mark.parametrize(
    ("steps", "kept", "through"), [(2, "p256", "trial"), (2, "pkcs1", "other")], indirect=True
)


@BOTH
async def test_a_chain_of_two_steps_is_genuine_online_and_offline(
    submitted: str,
    remote: Phone,
    employer: Phone,
    provided: Provided,
    look: Look,
    tick: Any,
    bundle_of: Any,
    verdict: Any,
    read: Any,
    client: Client,
    clock: Clock,
) -> None:
    session = (await remote.prepare(submitted)).json()
    await look(remote, session)
    provided.answer("yes")
    done = await look(remote, session)
    await employer.sign(submitted)
    await tick()
    said = await verdict(await bundle_of(remote, submitted))
    kit = kits.unpacked((await client.get(f"{DOCUMENTS}/trust/kit")).content)
    offline = judged(await read(remote, submitted, "package.zip"), kit, clock.now)

    assert (done["state"], said["verdict"], offline.verdict) == ("finalised", "VALID", "VALID")


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
