"""Signing: the house prepares bytes, a device signs them, the house looks and keeps.

A person's private key is never here: what is handed in is a signature, and a session knows
beforehand over which bytes and by which certificate it has to be.
"""

from hashlib import sha256
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from backend.kernel import NotFound, Transaction
from contracts.documents import SignatureDeclined, SignatureMade
from modules.documents.errors import (
    AlreadyFinalised,
    CertificateNotYours,
    NotWaiting,
    NotYourTurn,
    SessionExpired,
    SignatureInvalid,
)
from modules.documents.model import entries, jws
from modules.documents.model.canonical import accepted_as
from modules.documents.model.ceremony import HandedIn, Intention, Outcome, Prepared, Session
from modules.documents.model.envelope import Envelope
from modules.documents.repository import documents, signing
from modules.documents.repository.documents import PartyRow, Revision
from modules.documents.repository.signing import Certificate, Item
from modules.documents.service import log
from modules.documents.settings import Settings


async def prepare(tx: Transaction, intention: Intention) -> Session:
    """Say what exactly has to be signed. Raises `CertificateNotYours` and what `_waiting` does."""
    person_id = tx.principal.person_id
    fingerprint = _fingerprint(intention.certificate)
    certificate = await tx.maybe(signing.CERTIFICATE, fingerprint, person_id, tx.now)
    if certificate is None:
        raise CertificateNotYours
    session_id = tx.new_id()
    expires_at = tx.now + tx.ask(Settings).session_lives
    await tx.run(signing.OPEN, session_id, person_id, fingerprint, expires_at)
    protected = jws.protected(_header(tx, certificate))
    prepared: list[Prepared] = []
    for document_id in sorted(set(intention.documents)):
        revision, party = await _waiting(tx, document_id)
        await tx.run(signing.PREPARE, session_id, document_id, revision.rev, party.seq, protected)
        prepared.append(_prepared(document_id, protected, revision.content))
    return Session(id=session_id, expires_at=expires_at, documents=tuple(prepared))


async def finalise(
    tx: Transaction, session_id: UUID, handed_in: tuple[HandedIn, ...]
) -> tuple[Outcome, ...]:
    """Keep the signatures of a session. The same ones again get the same answer.

    All or none of one call: a signature that is refused leaves every document as it was, and
    those that were not handed in stay open. Raises `SignatureInvalid`, `AlreadyFinalised`,
    `SessionExpired` and what `_waiting` raises.
    """
    session = await tx.maybe(signing.SESSION, session_id)
    if session is None:
        raise NotFound
    items = {item.document_id: item for item in await tx.all(signing.ITEMS, session_id)}
    for each in sorted(handed_in, key=lambda signature: signature.document):
        item = items.get(each.document)
        if item is None:
            raise NotFound
        value = _raw(each)
        if item.signature is not None:
            if item.signature != value:
                raise AlreadyFinalised
        elif tx.now >= session.expires_at:
            raise SessionExpired
        else:
            await _keep(tx, session_id, session.der, item, value)
    return tuple(Outcome(document=each.document, outcome="signed") for each in handed_in)


async def decline(tx: Transaction, document_id: UUID, reason: str) -> None:
    """Refuse to sign. The revision is over; signatures that were made stay as evidence."""
    revision, party = await _waiting(tx, document_id)
    await tx.run(documents.MARK, document_id, revision.rev, party.seq, "declined")
    await tx.run(documents.MOVE, document_id, revision.rev, "declined", reason, None)
    await tx.publish(SignatureDeclined(document_id=document_id, rev=revision.rev, role=party.role))


async def _keep(tx: Transaction, session_id: UUID, der: bytes, item: Item, value: str) -> None:
    revision, party = await _waiting(tx, item.document_id)
    if (revision.rev, party.seq) != (item.rev, item.seq):
        raise NotWaiting
    key = x509.load_der_x509_certificate(der).public_key()
    signed = jws.signing_input(item.protected, revision.content)
    try:
        if not isinstance(key, EllipticCurvePublicKey):
            raise jws.NotGenuine
        jws.verify(key, signed, jws.decoded(value))
    except jws.NotGenuine as error:
        raise SignatureInvalid(documents=[str(item.document_id)]) from error
    await tx.run(
        signing.SIGN,
        item.document_id,
        item.rev,
        item.seq,
        item.protected,
        value,
        der,
        tx.now,
    )
    await tx.run(signing.HAND_IN, session_id, item.document_id, value)
    await tx.run(documents.MARK, item.document_id, item.rev, item.seq, "signed")
    await tx.publish(SignatureMade(document_id=item.document_id, rev=item.rev, role=party.role))
    await _advance(tx, revision)


async def _advance(tx: Transaction, revision: Revision) -> None:
    """Seal the document if this was the last signature: its hashes go to the log with it."""
    at = (revision.document_id, revision.rev)
    required = _required(revision)
    waiting = [
        party
        for party in await tx.all(documents.PARTIES, *at)
        if party.state == "waiting" and party.role in required
    ]
    if waiting:
        await tx.run(documents.MOVE, *at, "signing", None, None)
        return
    rows = await tx.all(signing.SIGNATURES, *at)
    signatures = [jws.Signature(protected=r.protected, signature=r.signature) for r in rows]
    prev = accepted_as(revision.content, Envelope).prev
    digest = revision.content_sha256.hex()
    log_id = tx.new_id()
    await log.enter(tx, log_id, entries.of_document(digest, signatures, prev, tx.now))
    await tx.run(documents.MOVE, *at, "sealed", None, log_id)


async def _waiting(tx: Transaction, document_id: UUID) -> tuple[Revision, PartyRow]:
    """Return the revision, locked, and the caller's place in it.

    Raises `NotFound` for strangers, `NotWaiting` when there is nothing (more) to sign,
    `NotYourTurn`.
    """
    if await tx.maybe(documents.ALLOWED, document_id, tx.principal.person_id) is None:
        raise NotFound
    revision = await tx.maybe(documents.LOCK_COLLECTING, document_id, tx.now)
    if revision is None:
        raise NotWaiting
    parties = await tx.all(documents.PARTIES, document_id, revision.rev)
    own = next((p for p in parties if p.person_id == tx.principal.person_id), None)
    if own is None or own.state != "waiting":
        raise NotWaiting
    required = _required(revision)
    if any(p.turn < own.turn and p.state == "waiting" and p.role in required for p in parties):
        raise NotYourTurn
    return revision, own


def _required(revision: Revision) -> set[str]:
    envelope = accepted_as(revision.content, Envelope)
    return {party.role for party in envelope.parties if party.required}


def _header(tx: Transaction, certificate: Certificate) -> jws.Header:
    key = x509.load_der_x509_certificate(certificate.der).public_key()
    if not isinstance(key, EllipticCurvePublicKey):
        raise CertificateNotYours
    return jws.Header(
        alg="ES256",
        iat=int(tx.now.timestamp()),
        kid=jws.thumbprint(key),
        typ="tinhs-doc+jws",
        x5t_s256=jws.encoded(certificate.fingerprint),
    )


def _prepared(document_id: UUID, protected: str, content: bytes) -> Prepared:
    signed = jws.signing_input(protected, content)
    return Prepared(
        document=document_id, to_be_signed=signed.decode(), sha256=sha256(signed).hexdigest()
    )


def _fingerprint(text: str) -> bytes:
    try:
        return jws.decoded(text)
    except jws.NotGenuine as error:
        raise CertificateNotYours from error


def _raw(handed_in: HandedIn) -> str:
    """Return r and s in base64url, whichever way the device wrote them."""
    try:
        raw = jws.decoded(handed_in.value)
        if handed_in.format == "der":
            r, s = decode_dss_signature(raw)
            raw = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    except (jws.NotGenuine, ValueError, OverflowError) as error:
        raise SignatureInvalid(documents=[str(handed_in.document)]) from error
    return jws.encoded(raw)
