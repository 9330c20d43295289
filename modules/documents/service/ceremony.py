"""Signing: the house prepares bytes, a device signs them, the house looks and keeps.

A person's private key is never here: what is handed in are signatures, and a session knows
beforehand over which bytes and by which certificate they have to be. Each document is signed
twice, as data (JWS) and as PDF (CMS); both or none are taken.
"""

from hashlib import sha256
from typing import Final, Literal, TypeAlias
from uuid import UUID

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)

from backend.kernel import NotFound, Transaction
from contracts.documents import SignatureDeclined, SignatureMade
from modules.documents.errors import (
    AlreadyFinalised,
    CertificateNotYours,
    LeaseHeld,
    NotWaiting,
    NotYourTurn,
    SessionExpired,
    SignatureInvalid,
)
from modules.documents.model import cms, jws, pdf, printing
from modules.documents.model.ceremony import (
    HandedIn,
    Intention,
    Outcome,
    Prepared,
    Session,
    SessionState,
    ToBeSigned,
)
from modules.documents.repository import documents, revisions, signing
from modules.documents.repository import parties as parties_of
from modules.documents.repository.parties import PartyRow
from modules.documents.repository.signing import Certificate, Item
from modules.documents.service import closing, keys, sealing, stamping, working
from modules.documents.service.closing import Paper
from modules.documents.settings import Settings

_DATA: Final = "jws-signing-input"
_PDF: Final = "cms-signed-attrs"

Messages: TypeAlias = tuple[tuple[Literal["cms-signed-attrs", "jws-signing-input"], bytes], ...]


async def prepare(tx: Transaction, intention: Intention) -> Session:
    """Say what exactly has to be signed.

    Raises `CertificateNotYours`, `LeaseHeld` and what `_waiting` does.
    """
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
        await _hold(tx, document_id, Session(id=session_id, expires_at=expires_at, documents=()))
        raw, shape = await working.file_so_far(tx, revision)
        slot = pdf.prepared(raw, shape, printing.field_of(party.seq), tx.now)
        digest = sha256(slot.signed_bytes()).digest()
        at = (document_id, revision.rev, party.seq)
        await tx.run(signing.PREPARE, session_id, *at, protected, tx.now, digest)
        tbs: Messages = (
            (_PDF, cms.signed_attributes(digest, certificate.der)),
            (_DATA, jws.signing_input(protected, revision.content)),
        )
        prepared.append(_prepared(tx, session_id, revision, slot, tbs))
    return Session(id=session_id, expires_at=expires_at, documents=tuple(prepared))


async def _hold(tx: Transaction, document_id: UUID, session: Session) -> None:
    """Be the one who signs the PDF. Raises `LeaseHeld` while somebody else is."""
    person_id = tx.principal.person_id
    until = session.expires_at
    held = await tx.maybe(signing.HOLD, document_id, session.id, person_id, until, tx.now)
    if held is None:
        other = await tx.one(signing.HELD, document_id)
        seconds = max(1, int((other.until - tx.now).total_seconds()) + 1)
        raise LeaseHeld(headers={"Retry-After": str(seconds)})


async def finalise(
    tx: Transaction, session_id: UUID, handed_in: tuple[HandedIn, ...]
) -> tuple[Outcome, ...]:
    """Keep the signatures of a session. The same ones again get the same answer.

    All or none of one call: a signature that is refused leaves every document as it was, and
    those that were not handed in stay open. Raises `SignatureInvalid`, `AlreadyFinalised`,
    `SessionExpired`, `TimestampUnavailable` and what `_waiting` raises.
    """
    pairs = _pairs(handed_in)
    values = {document: _der(pair[_PDF]) for document, pair in pairs.items()}
    tokens = dict(zip(values, await stamping.stamped(tx, [*values.values()]), strict=True))
    session = await tx.maybe(signing.SESSION, session_id)
    if session is None:
        raise NotFound
    items = {item.document_id: item for item in await tx.all(signing.ITEMS, session_id)}
    finished: list[sealing.At] = []
    for document_id, pair in sorted(pairs.items()):
        item = items.get(document_id)
        if item is None:
            raise NotFound
        given = (_raw(pair[_DATA]), _raw(pair[_PDF]))
        if item.signature is not None:
            if (item.signature, item.cms_signature) != given:
                raise AlreadyFinalised
        elif tx.now >= session.expires_at:
            raise SessionExpired
        elif await _keep(tx, session, item, given, tokens[document_id]):
            finished.append((document_id, item.rev))
    await sealing.enqueue(tx, finished)
    return tuple(Outcome(document=document_id, outcome="signed") for document_id in sorted(pairs))


async def read(tx: Transaction, session_id: UUID) -> SessionState:
    """Return where a session of the caller's stands."""
    session = await tx.maybe(signing.SESSION, session_id)
    if session is None:
        raise NotFound
    items = await tx.all(signing.ITEMS, session_id)
    signed = tuple(item.document_id for item in items if item.signature is not None)
    is_over = tx.now >= session.expires_at
    is_done = len(signed) == len(items)
    return SessionState(
        id=session_id,
        state="finalised" if is_done else "expired" if is_over else "waiting",
        expires_at=session.expires_at,
        documents=tuple(item.document_id for item in items),
        signed=signed,
    )


async def cancel(tx: Transaction, session_id: UUID) -> None:
    """End a session early, so that others need not wait for it. What was signed stays."""
    if await tx.maybe(signing.SESSION, session_id) is None:
        raise NotFound
    await tx.run(signing.CLOSE, session_id, tx.now)
    await tx.run(signing.RELEASE_ALL, session_id)


async def prepared_file(tx: Transaction, session_id: UUID, document_id: UUID) -> bytes:
    """Return the PDF whose byte range a device is about to sign."""
    if await tx.maybe(signing.SESSION, session_id) is None:
        raise NotFound
    items = {item.document_id: item for item in await tx.all(signing.ITEMS, session_id)}
    item = items.get(document_id)
    if item is None or item.signature is not None:
        raise NotFound
    row = await tx.one(revisions.REVISION, document_id, item.rev)
    revision = await closing.paper(tx, row)
    raw, shape = await working.file_so_far(tx, revision)
    slot = pdf.prepared(raw, shape, printing.field_of(item.seq), item.claimed_at)
    if sha256(slot.signed_bytes()).digest() != item.file_sha256:
        raise NotFound
    return slot.raw


async def decline(tx: Transaction, document_id: UUID, reason: str) -> None:
    """Refuse to sign. The revision is over; signatures that were made stay as evidence."""
    revision, party = await _waiting(tx, document_id)
    await tx.run(parties_of.MARK, document_id, revision.rev, party.seq, "declined")
    await tx.run(revisions.MOVE, document_id, revision.rev, "declined", reason)
    await tx.run(signing.RELEASE, document_id)
    await tx.publish(SignatureDeclined(document_id=document_id, rev=revision.rev, role=party.role))


async def _keep(
    tx: Transaction,
    session: signing.Session,
    item: Item,
    given: tuple[str, str],
    token: bytes,
) -> bool:
    """Keep both signatures of one document; tell whether it waits for nobody but the house."""
    revision, party = await _waiting(tx, item.document_id)
    if (revision.rev, party.seq) != (item.rev, item.seq):
        raise NotWaiting
    lease = await tx.maybe(signing.HELD, item.document_id)
    if lease is None or lease.session_id != session.id:
        raise SessionExpired
    attributes = cms.signed_attributes(item.file_sha256, session.der)
    key = x509.load_der_x509_certificate(session.der).public_key()
    try:
        if not isinstance(key, EllipticCurvePublicKey):
            raise jws.NotGenuine
        signed = jws.signing_input(item.protected, revision.content)
        jws.verify(key, signed, jws.decoded(given[0]))
        jws.verify(key, attributes, jws.decoded(given[1]))
    except jws.NotGenuine as error:
        raise SignatureInvalid(documents=[str(item.document_id)]) from error
    value = _der_of(jws.decoded(given[1]))
    above = await keys.anchor(tx)
    papers = (session.der,) if above is None else (session.der, above)
    made = cms.written(cms.Signed(papers, item.file_sha256, value, token))
    at = (item.document_id, item.rev)
    await tx.run(
        signing.SIGN,
        *at,
        item.seq,
        item.protected,
        given[0],
        session.der,
        tx.now,
        item.claimed_at,
        made,
    )
    await tx.run(signing.HAND_IN, session.id, item.document_id, *given)
    await tx.run(signing.RELEASE, item.document_id)
    await tx.run(parties_of.MARK, *at, item.seq, "signed")
    await tx.publish(SignatureMade(document_id=item.document_id, rev=item.rev, role=party.role))
    return await _is_finished(tx, *at)


async def _is_finished(tx: Transaction, document_id: UUID, rev: int) -> bool:
    await tx.run(revisions.MOVE, document_id, rev, "signing", None)
    parties = await tx.all(parties_of.PARTIES, document_id, rev)
    waiting = [each for each in parties if each.state == "waiting" and each.required]
    return all(each.organisation for each in waiting)


async def _waiting(tx: Transaction, document_id: UUID) -> tuple[Paper, PartyRow]:
    """Return the revision, locked, and the caller's place in it.

    Raises `NotFound` for strangers, `NotWaiting` when there is nothing (more) to sign,
    `NotYourTurn`.
    """
    person_id = tx.principal.person_id
    if await tx.maybe(documents.ALLOWED, document_id, person_id) is None:
        raise NotFound
    row = await tx.maybe(revisions.LOCK_COLLECTING, document_id, tx.now)
    if row is None:
        raise NotWaiting
    revision = await closing.paper(tx, row)
    parties = await tx.all(parties_of.PARTIES, document_id, revision.rev)
    own = next((p for p in parties if p.person_id == person_id), None)
    if own is None or own.state != "waiting":
        raise NotWaiting
    if any(p.turn < own.turn and p.state == "waiting" and p.required for p in parties):
        raise NotYourTurn
    return revision, own


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


def _prepared(
    tx: Transaction,
    session_id: UUID,
    revision: Paper,
    slot: pdf.Slot,
    tbs: Messages,
) -> Prepared:
    where = f"{tx.base_url}/v1/documents"
    session = f"{where}/signing/sessions/{session_id}"
    return Prepared(
        document=revision.document_id,
        base_sha256=(revision.base_sha256 or b"").hex(),
        pdf_url=f"{session}/documents/{revision.document_id}/prepared.pdf",
        content_url=f"{where}/{revision.document_id}/content.json",
        byte_range=(0, slot.start, slot.end, len(slot.raw) - slot.end),
        to_be_signed=tuple(
            ToBeSigned(kind=kind, tbs=jws.encoded(raw), sha256=sha256(raw).hexdigest())
            for kind, raw in tbs
        ),
    )


def _fingerprint(text: str) -> bytes:
    try:
        return jws.decoded(text)
    except jws.NotGenuine as error:
        raise CertificateNotYours from error


def _pairs(handed_in: tuple[HandedIn, ...]) -> dict[UUID, dict[str, HandedIn]]:
    """Return both signatures of each document, and nothing twice. Raises `SignatureInvalid`."""
    pairs: dict[UUID, dict[str, HandedIn]] = {}
    for each in handed_in:
        if each.kind in pairs.setdefault(each.document, {}):
            raise SignatureInvalid(documents=[str(each.document)])
        pairs[each.document][each.kind] = each
    for document_id, pair in pairs.items():
        if len(pair) != 2:
            raise SignatureInvalid(documents=[str(document_id)])
    return pairs


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


def _der(handed_in: HandedIn) -> bytes:
    return _der_of(jws.decoded(_raw(handed_in)))


def _der_of(raw: bytes) -> bytes:
    """Return a signature as CMS has it (RFC 5753 §7.2)."""
    halves = (int.from_bytes(half, "big") for half in (raw[:32], raw[32:64]))
    return encode_dss_signature(*halves)
