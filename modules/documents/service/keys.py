"""The keys of the house: one for each purpose, made when first needed, private parts in files.

These are a developer's keys: of a pilot that has no legal value, and says so in its certificate.
"""

import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from backend.kernel import Snapshot, Transaction
from modules.documents.model import certificates
from modules.documents.repository import certificates as given
from modules.documents.repository import keys as repository
from modules.documents.repository.keys import Key, Purpose

_SPKI = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


class KeyUnreachable(Exception):
    """The private part of a key does not lie where this process can reach it."""


async def signing(tx: Transaction, purpose: Purpose, owner: str = "") -> EllipticCurvePrivateKey:
    """Return the P-256 key for a purpose (of an organisation), made now if there is none."""
    private = await _private(tx, purpose, owner)
    if not isinstance(private, EllipticCurvePrivateKey):
        raise KeyUnreachable(purpose)
    return private


async def noting(tx: Transaction, purpose: Purpose) -> Ed25519PrivateKey:
    """Return the Ed25519 key that signs notes for a purpose, made now if there is none."""
    private = await _private(tx, purpose, "")
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyUnreachable(purpose)
    return private


async def public(
    snapshot: Snapshot, purpose: Purpose
) -> EllipticCurvePublicKey | Ed25519PublicKey | None:
    """Return the public key for a purpose; None before anything was signed with it."""
    found = await snapshot.maybe(repository.FIND, purpose, "")
    if found is None:
        return None
    key = serialization.load_der_public_key(found.public)
    return key if isinstance(key, EllipticCurvePublicKey | Ed25519PublicKey) else None


async def authority(tx: Transaction) -> tuple[EllipticCurvePrivateKey, bytes]:
    """Return the key of the pilot's certification authority, and its certificate."""
    return await certified(tx, "ca")


async def certified(
    tx: Transaction, purpose: Purpose, owner: str = "", name: str = ""
) -> tuple[EllipticCurvePrivateKey, bytes]:
    """Return a key that has a certificate (of `name`, for a seal), and the certificate."""
    private = await _private(tx, purpose, owner, name)
    if not isinstance(private, EllipticCurvePrivateKey):
        raise KeyUnreachable(purpose)
    found = await tx.one(repository.FIND, purpose, owner)
    return private, found.certificate or b""


async def anchor(snapshot: Snapshot) -> bytes | None:
    """Return the certificate of the pilot's authority, if it has issued anything."""
    found = await snapshot.maybe(repository.FIND, "ca", "")
    return None if found is None else found.certificate


async def published(snapshot: Snapshot, *purposes: Purpose) -> Sequence[Key]:
    """Return the public halves for these purposes, of every organisation."""
    return await snapshot.all(repository.LIST, [*purposes])


async def _private(tx: Transaction, purpose: Purpose, owner: str, name: str = "") -> object:
    found = await tx.maybe(repository.FIND, purpose, owner)
    if found is None:
        await tx.run(repository.LOCK)
        found = await tx.maybe(repository.FIND, purpose, owner)
        found = found or await _made(tx, purpose, owner, name)
    try:
        pem = _file(tx, found.public).read_bytes()
    except OSError as error:
        raise KeyUnreachable(purpose) from error
    return serialization.load_pem_private_key(pem, password=None)


async def _made(tx: Transaction, purpose: Purpose, owner: str, name: str) -> Key:
    elliptic = purpose not in {"log", "witness"}
    private = generate_private_key(SECP256R1()) if elliptic else Ed25519PrivateKey.generate()
    spki = private.public_key().public_bytes(*_SPKI)
    certificate = None
    if isinstance(private, EllipticCurvePrivateKey):
        certificate = await _certificate(tx, purpose, private, name)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    _write(_file(tx, spki), pem)
    if certificate is not None:
        serial = x509.load_der_x509_certificate(certificate).serial_number
        await tx.run(given.GIVEN, f"{serial:x}")
    await tx.run(repository.ADD, purpose, owner, spki, certificate, tx.now)
    return await tx.one(repository.FIND, purpose, owner)


async def _certificate(
    tx: Transaction, purpose: Purpose, private: EllipticCurvePrivateKey, name: str
) -> bytes | None:
    if purpose == "ca":
        return certificates.authority(private, tx.now)
    if purpose not in {"tsa", "ocsp", "seal"}:
        return None
    above = certificates.Above(*await authority(tx), addresses(tx))
    key = private.public_key()
    if purpose == "tsa":
        return certificates.stamping(above, key, tx.now)
    if purpose == "ocsp":
        return certificates.answering(above, key, tx.now)
    return certificates.sealing(above, key, name, tx.now)


def addresses(snapshot: Snapshot) -> certificates.Addresses:
    """Return where certificates of the pilot's authority are asked after."""
    pki = f"{snapshot.base_url}/v1/documents/pki"
    return certificates.Addresses(ocsp=f"{pki}/ocsp", crl=f"{pki}/pilot.crl")


def _file(tx: Transaction, spki: bytes) -> Path:
    return tx.data_dir / "documents-keys" / f"{sha256(spki).hexdigest()}.pem"


def _write(path: Path, pem: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
