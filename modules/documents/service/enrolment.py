"""A device's certificate: asked for with a public key, given for a proof of the private one."""

from datetime import datetime
from hashlib import sha256
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.serialization import Encoding

from backend.kernel import NotFound, Snapshot, Transaction
from contracts.page import Page
from modules.documents.errors import NotPossessed, SessionExpired, UnfitKey
from modules.documents.model import certificates
from modules.documents.model.jws import Jwk, NotGenuine, decoded, encoded, public_key
from modules.documents.repository import certificates as certified
from modules.documents.repository import signing as repository
from modules.documents.service import keys
from modules.documents.service.writing import subject_ref
from modules.documents.settings import Settings


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """What the device has to sign: a CertificationRequestInfo (RFC 2986), in base64url."""

    id: UUID
    to_be_signed: str
    expires_at: datetime


class DeviceCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate: its SHA-256 (the header's `x5t#S256`) and its DER, both in base64url."""

    fingerprint: str
    certificate: str


class OwnCertificate(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate of one of your devices, by its SHA-256 in base64url.

    Or of a key that a `provider` keeps for you.
    """

    fingerprint: str
    valid_until: datetime
    revoked_at: datetime | None
    provider: str | None


async def listed(snapshot: Snapshot, cursor: str | None, limit: int) -> Page[OwnCertificate]:
    """Return the caller's certificates."""
    person_id = snapshot.principal.person_id
    rows = [
        OwnCertificate(
            fingerprint=encoded(row.fingerprint),
            valid_until=row.valid_until,
            revoked_at=row.revoked_at,
            provider=row.provider,
        )
        for row in await snapshot.all(certified.OWN, person_id)
    ]
    rows.sort(key=lambda row: row.fingerprint)
    return snapshot.page_of(rows, cursor, limit, person_id, by="fingerprint")


async def ask(tx: Transaction, jwk: Jwk) -> Enrolment:
    """Ask a device to prove that it holds the key. Raises `UnfitKey`."""
    person_id = _person(tx)
    try:
        key = public_key(jwk)
    except NotGenuine as error:
        raise UnfitKey from error
    request = certificates.request(key, await subject_ref(tx, person_id))
    begun = Enrolment(
        id=tx.new_id(),
        to_be_signed=encoded(request),
        expires_at=tx.now + tx.ask(Settings).enrolment_lives,
    )
    await tx.run(repository.ENROL, begun.id, person_id, request, begun.expires_at)
    return begun


async def prove(tx: Transaction, enrolment_id: UUID, signature: str) -> DeviceCertificate:
    """Give the certificate for the proof; asked again, give the same one.

    Raises `NotPossessed`, or `SessionExpired` when the proof comes too late.
    """
    begun = await tx.maybe(repository.ENROLMENT, enrolment_id)
    if begun is None:
        raise NotFound
    if begun.certificate is not None:
        return _shown(begun.certificate)
    if tx.now >= begun.expires_at:
        raise SessionExpired
    try:
        key = certificates.proved(begun.request, decoded(signature))
    except (NotGenuine, certificates.NotPossessed) as error:
        raise NotPossessed from error
    person_id = _person(tx)
    ref = await subject_ref(tx, person_id)
    above = certificates.Above(*await keys.authority(tx), keys.addresses(tx))
    issued = certificates.issued(above, key, ref, tx.now)
    der = issued.public_bytes(Encoding.DER)
    until = issued.not_valid_after_utc
    await tx.run(repository.CERTIFY, sha256(der).digest(), person_id, ref, der, until)
    await tx.run(certified.GIVEN, f"{issued.serial_number:x}")
    await tx.run(repository.ENROLLED, enrolment_id, der)
    return _shown(der)


def _person(tx: Transaction) -> UUID:
    if tx.principal.person_id is None:
        raise NotFound
    return tx.principal.person_id


def _shown(der: bytes) -> DeviceCertificate:
    return DeviceCertificate(fingerprint=encoded(sha256(der).digest()), certificate=encoded(der))
