"""Signing: the house prepares bytes, a device signs them, the house looks and keeps.

A person's private key is never here: what is handed in are signatures, and a session knows
beforehand over which bytes and by which certificate they have to be. Each document is signed
twice, as data (JWS) and as PDF (CMS); both or none are taken.
"""

from collections.abc import Collection, Sequence
from hashlib import sha256
from typing import Final, Literal, NamedTuple, TypeAlias
from uuid import UUID

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
from modules.documents.model import algorithms, cms, handing_in, jws, pdf, printing
from modules.documents.model.ceremony import (
    HandedIn,
    Intention,
    Outcome,
    Prepared,
    Session,
    SessionState,
    ToBeSigned,
)
from modules.documents.repository import documents as repository
from modules.documents.repository import parties, revisions, signing
from modules.documents.repository import sealing as sealed
from modules.documents.repository.sealing import Signer
from modules.documents.repository.signing import Certificate, Item
from modules.documents.service import certifying, closing, keys, sealing, stamping, working
from modules.documents.service.closing import Paper
from modules.documents.service.stamping import Stamped
from modules.documents.settings import Settings

DATA: Final = "jws-signing-input"
PDF: Final = "cms-signed-attrs"

Messages: TypeAlias = tuple[tuple[Literal["cms-signed-attrs", "jws-signing-input"], bytes], ...]


class Handed(NamedTuple):
    """Both signatures of a document that has none of this session yet, and their timestamps."""

    item: Item
    given: tuple[str, str]
    stamped: Stamped


Waiting: TypeAlias = dict[UUID, tuple[Paper, Signer]]
"""Documents that wait for the caller, opened, and the caller's place in each."""


async def prepare(tx: Transaction, intention: Intention) -> Session:
    """Say what exactly has to be signed.

    Raises `CertificateNotYours`, `LeaseHeld` and what `_waiting` does.
    """
    person_id = _caller(tx)
    certificate = await _require_certificate(tx, _fingerprint(intention.certificate), person_id)
    session_id = tx.new_id()
    expires_at = tx.now + tx.ask(Settings).session_lives
    opened = (person_id, certificate.fingerprint, expires_at, certificate.provider)
    await tx.run(signing.OPEN, session_id, *opened)
    protected = jws.protected(certifying.header(tx, certificate))
    waiting = await _waiting(tx, intention.documents, person_id)
    await _hold(tx, [*waiting], Session(id=session_id, expires_at=expires_at, documents=()))
    drafts = await working.files_so_far(tx, [paper for paper, _ in waiting.values()])
    prepared: list[Prepared] = []
    rows: list[tuple[UUID, int, int, bytes]] = []
    for document_id, (paper, party) in waiting.items():
        slot = pdf.prepared(*drafts[document_id], printing.field_of(party.seq), tx.now)
        digest = slot.digest()
        rows.append((document_id, paper.rev, party.seq, digest))
        tbs: Messages = (
            (PDF, cms.signed_attributes(digest, certificate.der)),
            (DATA, jws.signing_input(protected, paper.content)),
        )
        prepared.append(_prepared(tx, session_id, paper, slot, (certificate.algorithm, tbs)))
    await tx.run(signing.PREPARE, session_id, protected, tx.now, *sealing.columns(rows, 4))
    return Session(id=session_id, expires_at=expires_at, documents=tuple(prepared))


async def _hold(tx: Transaction, documents: Sequence[UUID], session: Session) -> None:
    """Be the one who signs these PDFs. Raises `LeaseHeld` while somebody else signs one."""
    until = session.expires_at
    asked = (session.id, tx.principal.person_id, until, tx.now)
    held = {each.document_id for each in await tx.all(signing.HOLD, documents, *asked)}
    others = [each for each in documents if each not in held]
    if others:
        leases = await tx.all(signing.HELD, others)
        left = max((each.until - tx.now).total_seconds() for each in leases)
        raise LeaseHeld(headers={"Retry-After": str(max(1, int(left) + 1))})


async def finalise(
    tx: Transaction, session_id: UUID, handed_in: tuple[HandedIn, ...]
) -> tuple[Outcome, ...]:
    """Keep the signatures of a session. The same ones again get the same answer.

    All or none of one call: a signature that is refused leaves every document as it was; those
    not handed in stay open. Raises `SignatureInvalid`, `AlreadyFinalised`, `SessionExpired`,
    `TimestampUnavailable`, `CertificateNotYours` if revoked since, and what `_waiting` raises.
    """
    pairs = _pairs(handed_in)
    printed = [handing_in.der(_raw(pair[PDF])) for pair in pairs.values()]
    data = [_raw(pair[DATA]) for pair in pairs.values()]
    stamped = dict(zip(pairs, await stamping.stamped(tx, printed, data), strict=True))
    session = await tx.maybe(signing.SESSION, session_id)
    if session is None:
        raise NotFound
    if session.provider is not None:
        raise NotWaiting  # for the provider, and not for whoever calls
    items = {item.document_id: item for item in await tx.all(signing.ITEMS, session_id)}
    fresh: list[Handed] = []
    for document_id, pair in sorted(pairs.items()):
        item = items.get(document_id)
        if item is None:
            raise NotFound
        given = (_raw(pair[DATA]), _raw(pair[PDF]))
        if item.signature is not None:
            if (item.signature, item.cms_signature) != given:
                raise AlreadyFinalised
        elif tx.now >= session.expires_at:
            raise SessionExpired
        else:
            fresh.append(Handed(item, given, stamped[document_id]))
    if fresh:
        await keep(tx, session, fresh)
    return tuple(Outcome(document=document_id, outcome="signed") for document_id in sorted(pairs))


async def keep(tx: Transaction, session: signing.Session, fresh: Sequence[Handed]) -> None:
    """Keep what was signed in a session and has come back, from whomever: all of it or nothing.

    Raises `SignatureInvalid`, `SessionExpired`, `CertificateNotYours` of one that was revoked
    since, and what `_waiting` raises.
    """
    waiting = await require_genuine(tx, session, fresh)
    await sealing.enqueue(tx, await _keep(tx, session, fresh, waiting))


async def require_genuine(
    tx: Transaction, session: signing.Session, fresh: Sequence[Handed]
) -> Waiting:
    """Look at what has come back, whether it has a timestamp or not; return for what it waits.

    Raises as `keep` does.
    """
    await _require_certificate(tx, sha256(session.der).digest(), session.person_id)
    documents = [each.item.document_id for each in fresh]
    waiting = await _waiting(tx, documents, session.person_id)
    leases = await tx.all(signing.HELD, documents)
    if [each.session_id for each in leases] != [session.id] * len(documents):
        raise SessionExpired
    for each in fresh:
        paper, party = waiting[each.item.document_id]
        if (paper.rev, party.seq) != (each.item.rev, each.item.seq):
            raise NotWaiting
        _require_genuine(session, each, paper)
    return waiting


async def read(tx: Transaction, session_id: UUID) -> SessionState:
    """Return where a session of the caller's stands."""
    session = await tx.maybe(signing.SESSION, session_id)
    if session is None:
        raise NotFound
    items = await tx.all(signing.ITEMS, session_id)
    signed = tuple(item.document_id for item in items if item.signature is not None)
    state = session.state or "waiting"
    if state in {"waiting", "confirmed"}:
        is_over = tx.now >= session.expires_at
        state = "finalised" if len(signed) == len(items) else "expired" if is_over else state
    return SessionState(
        id=session_id,
        method="device" if session.provider is None else "remote",
        state=state,
        reason=session.reason,
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
    drafts = await working.files_so_far(tx, [revision])
    slot = pdf.prepared(*drafts[document_id], printing.field_of(item.seq), item.claimed_at)
    if slot.digest() != item.file_sha256:
        raise NotFound
    return slot.raw


async def decline(tx: Transaction, document_id: UUID, reason: str) -> None:
    """Refuse to sign. The revision is over; signatures that were made stay as evidence."""
    ((paper, party),) = (await _waiting(tx, [document_id], _caller(tx))).values()
    await tx.run(parties.DECLINE, document_id, paper.rev, party.seq)
    await tx.run(revisions.DECLINE, document_id, paper.rev, reason)
    await tx.run(signing.RELEASE, [document_id])
    await tx.publish(SignatureDeclined(document_id=document_id, rev=paper.rev, role=party.role))


async def _require_certificate(tx: Transaction, fingerprint: bytes, person_id: UUID) -> Certificate:
    """Return a certificate of the person's that is good at this moment."""
    certificate = await tx.maybe(signing.CERTIFICATE, fingerprint, person_id, tx.now)
    if certificate is None:
        raise CertificateNotYours
    if certificate.provider is not None:
        await certifying.require_good(tx, certificate.der)
    return certificate


async def _keep(
    tx: Transaction, session: signing.Session, handed: Sequence[Handed], waiting: Waiting
) -> list[sealing.At]:
    """Keep both signatures of each document; return which wait for nobody but the house."""
    documents = [each.item.document_id for each in handed]
    above = session.above or await keys.anchor(tx)
    papers = (session.der,) if above is None else (session.der, above)
    items = [each.item for each in handed]
    at = [each.document_id for each in items], [each.rev for each in items]
    seqs, jws_values = [each.seq for each in items], [each.given[0] for each in handed]
    await tx.run(
        signing.SIGN,
        *at,
        seqs,
        [each.protected for each in items],
        jws_values,
        [each.claimed_at for each in items],
        session.der,
        tx.now,
        [_cms(session, each, papers) for each in handed],
        [each.stamped.token for each in handed],
        [each.stamped.path for each in handed],
    )
    cms_values = [each.given[1] for each in handed]
    await tx.run(signing.HAND_IN, session.id, documents, jws_values, cms_values)
    await tx.run(signing.RELEASE, documents)
    await tx.run(sealed.MARK, *at, seqs)
    await tx.run(revisions.BEGIN_SIGNING, *at)
    await tx.publish(
        *(
            SignatureMade(document_id=paper.document_id, rev=paper.rev, role=party.role)
            for paper, party in waiting.values()
        )
    )
    return await _finished(tx, waiting)


def _require_genuine(session: signing.Session, handed: Handed, paper: Paper) -> None:
    """Raise `SignatureInvalid` for anything but what was prepared, signed with that key."""
    attributes = cms.signed_attributes(handed.item.file_sha256, session.der)
    try:
        key = certifying.key(session.der)
        signed = jws.signing_input(handed.item.protected, paper.content)
        algorithms.verify(session.algorithm, key, signed, jws.decoded(handed.given[0]))
        algorithms.verify(session.algorithm, key, attributes, jws.decoded(handed.given[1]))
    except jws.NotGenuine as error:
        raise SignatureInvalid(documents=[str(handed.item.document_id)]) from error


def _cms(session: signing.Session, handed: Handed, papers: tuple[bytes, ...]) -> bytes:
    value = handing_in.in_cms(session.algorithm, handed.given[1])
    digest = handed.item.file_sha256
    return cms.written(cms.Signed(papers, digest, value, handed.stamped.printed, session.algorithm))


async def _finished(tx: Transaction, signed: Waiting) -> list[sealing.At]:
    """Return which documents nobody but organisations has yet to sign."""
    at = sealing.columns([(paper.document_id, paper.rev) for paper, _ in signed.values()], 2)
    left = {
        each.document_id
        for each in await tx.all(sealed.SIGNERS, *at)
        if each.state == "waiting" and each.required and not each.organisation
    }
    return [
        (paper.document_id, paper.rev)
        for paper, _ in signed.values()
        if paper.document_id not in left
    ]


async def _waiting(tx: Transaction, documents: Collection[UUID], person_id: UUID) -> Waiting:
    """Return the revisions, locked, and the person's place in each, by their ids in order.

    Raises `NotFound` for strangers, `NotWaiting` when there is nothing (more) to sign,
    `NotYourTurn`.
    """
    wanted = sorted(set(documents))
    seen = await tx.all(repository.VISIBLE, wanted)
    if len(seen) != len(wanted):
        raise NotFound
    rows = await tx.all(revisions.LOCK_COLLECTING, wanted, tx.now)
    papers = await closing.papers(tx, rows)
    if len(papers) != len(wanted):
        raise NotWaiting
    at = sealing.columns([(each.document_id, each.rev) for each in papers], 2)
    signers = await tx.all(sealed.SIGNERS, *at)
    return {
        each.document_id: (
            each,
            _own(person_id, [party for party in signers if party.document_id == each.document_id]),
        )
        for each in papers
    }


def _own(person_id: UUID, parties: Sequence[Signer]) -> Signer:
    """Return the person's place. Raises `NotWaiting`, `NotYourTurn`."""
    own = next((p for p in parties if p.person_id == person_id), None)
    if own is None or own.state != "waiting":
        raise NotWaiting
    if any(p.turn < own.turn and p.state == "waiting" and p.required for p in parties):
        raise NotYourTurn
    return own


def _caller(tx: Transaction) -> UUID:
    if tx.principal.person_id is None:
        raise NotFound
    return tx.principal.person_id


def _prepared(
    tx: Transaction,
    session_id: UUID,
    revision: Paper,
    slot: pdf.Slot,
    signed: tuple[algorithms.Algorithm, Messages],
) -> Prepared:
    algorithm, tbs = signed
    where = f"{tx.base_url}/v1/documents"
    session = f"{where}/signing/sessions/{session_id}"
    return Prepared(
        document=revision.document_id,
        base_sha256=(revision.base_sha256 or b"").hex(),
        pdf_url=f"{session}/documents/{revision.document_id}/prepared.pdf",
        content_url=f"{where}/{revision.document_id}/content.json",
        byte_range=(0, *slot.span, len(slot.after)),
        to_be_signed=tuple(
            ToBeSigned(
                kind=kind, alg=algorithm, tbs=jws.encoded(raw), sha256=sha256(raw).hexdigest()
            )
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
        return handing_in.raw(handed_in)
    except jws.NotGenuine as error:
        raise SignatureInvalid(documents=[str(handed_in.document)]) from error
