"""The keys of the house: one for each purpose, made when first needed, private parts in files.

These are a developer's keys: of a pilot that has no legal value, and says so in its certificate.
"""

import os
from hashlib import sha256
from pathlib import Path

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
from modules.documents.repository import keys as repository
from modules.documents.repository.keys import Key, Purpose

_SPKI = (serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


class KeyUnreachable(Exception):
    """The private part of a key does not lie where this process can reach it."""


async def signing(tx: Transaction, purpose: Purpose) -> EllipticCurvePrivateKey:
    """Return the P-256 key for a purpose, made now if there is none."""
    private = await _private(tx, purpose)
    if not isinstance(private, EllipticCurvePrivateKey):
        raise KeyUnreachable(purpose)
    return private


async def noting(tx: Transaction, purpose: Purpose) -> Ed25519PrivateKey:
    """Return the Ed25519 key that signs notes for a purpose, made now if there is none."""
    private = await _private(tx, purpose)
    if not isinstance(private, Ed25519PrivateKey):
        raise KeyUnreachable(purpose)
    return private


async def public(
    snapshot: Snapshot, purpose: Purpose
) -> EllipticCurvePublicKey | Ed25519PublicKey | None:
    """Return the public key for a purpose; None before anything was signed with it."""
    found = await snapshot.maybe(repository.FIND, purpose)
    if found is None:
        return None
    key = serialization.load_der_public_key(found.public)
    return key if isinstance(key, EllipticCurvePublicKey | Ed25519PublicKey) else None


async def authority(tx: Transaction) -> tuple[EllipticCurvePrivateKey, bytes]:
    """Return the key of the pilot's certification authority, and its certificate."""
    private = await signing(tx, "ca")
    found = await tx.one(repository.FIND, "ca")
    return private, found.certificate or b""


async def anchor(snapshot: Snapshot) -> bytes | None:
    """Return the certificate of the pilot's authority, if it has issued anything."""
    found = await snapshot.maybe(repository.FIND, "ca")
    return None if found is None else found.certificate


async def _private(tx: Transaction, purpose: Purpose) -> object:
    found = await tx.maybe(repository.FIND, purpose)
    if found is None:
        await tx.run(repository.LOCK)
        found = await tx.maybe(repository.FIND, purpose) or await _made(tx, purpose)
    try:
        pem = _file(tx, found.public).read_bytes()
    except OSError as error:
        raise KeyUnreachable(purpose) from error
    return serialization.load_pem_private_key(pem, password=None)


async def _made(tx: Transaction, purpose: Purpose) -> Key:
    elliptic = purpose in {"ca", "status"}
    private = generate_private_key(SECP256R1()) if elliptic else Ed25519PrivateKey.generate()
    spki = private.public_key().public_bytes(*_SPKI)
    certificate = None
    if purpose == "ca" and isinstance(private, EllipticCurvePrivateKey):
        certificate = certificates.authority(private, tx.now)
    pem = private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    _write(_file(tx, spki), pem)
    await tx.run(repository.ADD, purpose, spki, certificate, tx.now)
    return await tx.one(repository.FIND, purpose)


def _file(tx: Transaction, spki: bytes) -> Path:
    return tx.data_dir / "documents-keys" / f"{sha256(spki).hexdigest()}.pem"


def _write(path: Path, pem: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
