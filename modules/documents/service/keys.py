"""The keys of the house: one for each purpose, made when first needed, turned when told.

Private parts lie in the house's store of keys: files of a developer, or a hardware module.
"""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import (
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)
from cryptography.hazmat.primitives.serialization import load_der_public_key

from backend.kernel import NotFound, Snapshot, Transaction
from contracts.keys import SigningKeys
from contracts.page import Page
from modules.documents.model import certificates, jws
from modules.documents.model.held_keys import HeldKey, HeldNoteKey
from modules.documents.repository import certificates as given
from modules.documents.repository import keys as repository
from modules.documents.repository.keys import Key, Purpose


class HouseKey(msgspec.Struct, frozen=True, kw_only=True):
    """A key of the house, or of an organisation (`owner`): its public part by SHA-256."""

    id: UUID
    purpose: Purpose
    owner: str
    sha256: str
    made_at: datetime
    retired_at: datetime | None
    """Since when it signs no more. What it signed before stands."""


async def signing(tx: Transaction, purpose: Purpose, owner: str = "") -> EllipticCurvePrivateKey:
    """Return the P-256 key for a purpose (of an organisation), made now if there is none."""
    return _held(tx, await _found(tx, purpose, owner))


async def noting(tx: Transaction, purpose: Purpose) -> Ed25519PrivateKey:
    """Return the Ed25519 key that signs notes for a purpose, made now if there is none."""
    found = await _found(tx, purpose, "")
    store, reference = tx.ask(SigningKeys), found.reference or ""
    key = load_der_public_key(found.public)
    if not isinstance(key, Ed25519PublicKey):
        raise TypeError(purpose)
    return HeldNoteKey(key, lambda message: store.sign(reference, message))


async def public(
    snapshot: Snapshot, purpose: Purpose
) -> Sequence[EllipticCurvePublicKey | Ed25519PublicKey]:
    """Return the public keys of the house for a purpose, the one in use first."""
    rows = await snapshot.all(repository.LIST, [purpose])
    loaded = (load_der_public_key(row.public) for row in rows if row.owner == "")
    return [k for k in loaded if isinstance(k, EllipticCurvePublicKey | Ed25519PublicKey)]


async def published_p256(snapshot: Snapshot, *purposes: Purpose) -> tuple[jws.Jwk, ...]:
    """Return the public keys for these purposes, also those that sign no more."""
    rows = await snapshot.all(repository.LIST, [*purposes])
    loaded = (load_der_public_key(row.public) for row in rows)
    return tuple(jws.jwk_of(key) for key in loaded if isinstance(key, EllipticCurvePublicKey))


async def authority(tx: Transaction) -> tuple[EllipticCurvePrivateKey, bytes]:
    """Return the key of the pilot's certification authority, and its certificate."""
    return await certified(tx, "ca")


async def certified(
    tx: Transaction, purpose: Purpose, owner: str = "", name: str = ""
) -> tuple[EllipticCurvePrivateKey, bytes]:
    """Return a key that has a certificate (of `name`, for a seal), and the certificate."""
    found = await _found(tx, purpose, owner, name)
    return _held(tx, found), found.certificate or b""


async def anchor(snapshot: Snapshot) -> bytes | None:
    """Return the certificate of the pilot's authority, if it has issued anything."""
    return next(iter(await anchors(snapshot)), None)


async def anchors(snapshot: Snapshot) -> tuple[bytes, ...]:
    """Return every certificate that the pilot's authority ever had, the one in use first."""
    rows = await snapshot.all(repository.LIST, ["ca"])
    return tuple(row.certificate for row in rows if row.certificate is not None)


async def listed(snapshot: Snapshot, cursor: str | None, limit: int) -> Page[HouseKey]:
    """Return the keys that there are and were."""
    page = await snapshot.page(repository.PAGE, cursor, limit)
    items = tuple(
        HouseKey(
            id=row.id,
            purpose=row.purpose,
            owner=row.owner,
            sha256=sha256(row.public).hexdigest(),
            made_at=row.made_at,
            retired_at=row.retired_at,
        )
        for row in page.items
    )
    return Page(items=items, next_cursor=page.next_cursor)


async def retire(tx: Transaction, key_id: UUID) -> Key:
    """Let a key sign no more; whoever needs one next makes it. Raises `NotFound`.

    The authority's own stays: what it has certified is asked after under its name.
    """
    gone = await tx.maybe(repository.RETIRE, key_id, tx.now)
    if gone is None:
        raise NotFound
    return gone


def addresses(snapshot: Snapshot) -> certificates.Addresses:
    """Return where certificates of the pilot's authority are asked after."""
    pki = f"{snapshot.base_url}/v1/documents/pki"
    return certificates.Addresses(ocsp=f"{pki}/ocsp", crl=f"{pki}/pilot.crl")


async def _found(tx: Transaction, purpose: Purpose, owner: str, name: str = "") -> Key:
    found = await tx.maybe(repository.FIND, purpose, owner)
    if found is None:
        await tx.run(repository.LOCK)
        found = await tx.maybe(repository.FIND, purpose, owner)
    return found or await _made(tx, purpose, owner, name)


def _held(tx: Transaction, found: Key) -> HeldKey:
    store, reference = tx.ask(SigningKeys), found.reference or ""
    key = load_der_public_key(found.public)
    if not isinstance(key, EllipticCurvePublicKey):
        raise TypeError(found.purpose)
    return HeldKey(key, lambda message: store.sign(reference, message))


async def _made(tx: Transaction, purpose: Purpose, owner: str, name: str) -> Key:
    store = tx.ask(SigningKeys)
    reference = store.create("ed25519" if purpose in {"log", "witness"} else "p256")
    made = Key(
        id=tx.new_id(),
        purpose=purpose,
        owner=owner,
        public=store.public(reference),
        certificate=None,
        reference=reference,
        made_at=tx.now,
        retired_at=None,
    )
    certificate = await _certificate(tx, made, name)
    if certificate is not None:
        serial = x509.load_der_x509_certificate(certificate).serial_number
        await tx.run(given.GIVEN, f"{serial:x}")
    row = (made.id, purpose, owner, made.public, certificate, reference, tx.now)
    await tx.run(repository.ADD, *row)
    return await tx.one(repository.FIND, purpose, owner)


async def _certificate(tx: Transaction, made: Key, name: str) -> bytes | None:
    if made.purpose == "ca":
        return certificates.authority(_held(tx, made), tx.now)
    if made.purpose not in {"tsa", "ocsp", "seal"}:
        return None
    above = certificates.Above(*await authority(tx), addresses(tx))
    key = _held(tx, made).public_key()
    if made.purpose == "tsa":
        return certificates.stamping(above, key, tx.now)
    if made.purpose == "ocsp":
        return certificates.answering(above, key, tx.now)
    return certificates.sealing(above, key, name, tx.now)
