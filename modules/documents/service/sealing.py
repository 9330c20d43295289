"""What the house does when the last person has signed: seals, timestamps, evidence, the log."""

import asyncio
from collections.abc import Sequence
from hashlib import sha256
from typing import Final
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from backend.kernel import Errand, Job, Transaction
from contracts.documents import SignatureMade
from modules.documents.model import cms, entries, jws, pdf, printing
from modules.documents.model.canonical import accepted_as
from modules.documents.model.envelope import Envelope
from modules.documents.repository import documents, issuing, signing, verifications
from modules.documents.repository.documents import PartyRow, Revision
from modules.documents.service import files, keys, kinds, log, pki, stamping, working
from modules.documents.service.stamping import Stamper

_ES256: Final = ECDSA(SHA256())


class SealOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Which revision waits for the house."""

    document_id: UUID
    rev: int


class Sealer(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation's place among the parties, and its key."""

    party: PartyRow
    key: EllipticCurvePrivateKey
    papers: tuple[bytes, ...]


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """All that is needed to finish a document without a transaction."""

    revision: Revision
    file: bytes
    shape: pdf.Shape
    seals: tuple[Sealer, ...]
    evidence: pdf.Evidence
    has_last_timestamp: bool
    stamper: Stamper


class Seal(msgspec.Struct, frozen=True, kw_only=True):
    """What an organisation's key has signed."""

    party: PartyRow
    protected: str
    signature: str
    cms: bytes
    certificate: bytes


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """The finished file, and the seals in it."""

    file: bytes
    seals: tuple[Seal, ...]


async def advance(tx: Transaction, document_id: UUID, rev: int) -> None:
    """Note that somebody has signed; when nobody is left but the house, let it do its part."""
    await tx.run(documents.MOVE, document_id, rev, "signing", None)
    parties = await tx.all(documents.PARTIES, document_id, rev)
    waiting = [each for each in parties if each.state == "waiting" and each.required]
    if all(each.organisation for each in waiting):
        await tx.enqueue(SEAL, SealOrder(document_id=document_id, rev=rev))


async def _prepare(tx: Transaction, order: SealOrder) -> Request | None:
    revision = await tx.maybe(documents.REVISION, order.document_id, order.rev)
    if revision is None or revision.state != "signing":
        return None
    raw, shape = await working.file_so_far(tx, revision)
    parties = await tx.all(documents.PARTIES, order.document_id, order.rev)
    envelope = accepted_as(revision.content, Envelope)
    seals: list[Sealer] = []
    for party in sorted(parties, key=lambda each: (each.turn, each.seq)):
        if party.organisation and party.state == "waiting":
            owner = str(party.person_id)
            key, paper = await keys.certified(tx, "seal", owner, party.subject_ref)
            above = await keys.anchor(tx)
            papers = (paper,) if above is None else (paper, above)
            seals.append(Sealer(party=party, key=key, papers=papers))
    rows = await tx.all(signing.SIGNATURES, order.document_id, order.rev)
    signers = [row.certificate for row in rows] + [seal.papers[0] for seal in seals]
    return Request(
        revision=revision,
        file=raw,
        shape=shape,
        seals=tuple(seals),
        evidence=await pki.evidence(tx, signers),
        has_last_timestamp=kinds.kind(tx, envelope.type).evidence == "LTA",
        stamper=await stamping.stamper(tx),
    )


async def _call(request: Request | None) -> Sealed | None:
    if request is None:
        return None
    raw, shape = request.file, request.shape
    seals: list[Seal] = []
    for each in request.seals:
        slot = await asyncio.to_thread(
            pdf.prepared, raw, shape, printing.field_of(each.party.seq), request.stamper.now
        )
        seals.append(await _seal(each, slot, request))
        raw, shape = pdf.filled(slot, seals[-1].cms), slot.shape
    raw, shape = pdf.evidenced(raw, shape, request.evidence)
    if request.has_last_timestamp:
        slot = pdf.prepared(raw, shape, pdf.TIMESTAMP_FIELD, request.stamper.now, "DocTimeStamp")
        raw = pdf.filled(slot, await request.stamper.stamp(slot.signed_bytes()))
    return Sealed(file=raw, seals=tuple(seals))


async def _seal(seal: Sealer, slot: pdf.Slot, request: Request) -> Seal:
    digest = sha256(slot.signed_bytes()).digest()
    value = seal.key.sign(cms.signed_attributes(digest, seal.papers[0]), _ES256)
    token = await request.stamper.stamp(value)
    head = jws.Header(
        alg="ES256",
        iat=int(request.stamper.now.timestamp()),
        kid=jws.thumbprint(seal.key.public_key()),
        typ="tinhs-doc+jws",
        x5t_s256=jws.encoded(sha256(seal.papers[0]).digest()),
    )
    protected = jws.protected(head)
    signed = jws.sign(seal.key, jws.signing_input(protected, request.revision.content))
    return Seal(
        party=seal.party,
        protected=protected,
        signature=jws.encoded(signed),
        cms=cms.written(cms.Signed(seal.papers, digest, value, token)),
        certificate=seal.papers[0],
    )


async def _settle(tx: Transaction, request: Request | None, sealed: Sealed | None) -> None:
    if request is None or sealed is None:
        return
    revision, at_moment = request.revision, request.stamper.now
    at = (revision.document_id, revision.rev)
    log_id = tx.new_id()
    pdf_sha256 = files.kept(tx, sealed.file)
    if not await tx.run(issuing.SEAL, *at, pdf_sha256, log_id):
        return  # it was declined or ran out of time meanwhile
    for seal in sealed.seals:
        party = seal.party
        body = (seal.protected, seal.signature, seal.certificate, tx.now, at_moment, seal.cms)
        await tx.run(signing.SIGN, *at, party.seq, *body)
        await tx.run(documents.MARK, *at, party.seq, "signed")
        await tx.publish(
            SignatureMade(document_id=revision.document_id, rev=revision.rev, role=party.role)
        )
    signatures = await _signatures(tx, revision)
    entry = entries.of_document(
        revision.content_sha256.hex(),
        pdf_sha256.hex(),
        signatures,
        accepted_as(revision.content, Envelope).prev,
        tx.now,
    )
    await log.enter(tx, log_id, entry)
    await tx.run(verifications.SEALED, revision.content_sha256, log_id)


async def _signatures(tx: Transaction, revision: Revision) -> Sequence[jws.Signature]:
    rows = await tx.all(signing.SIGNATURES, revision.document_id, revision.rev)
    return [jws.Signature(protected=row.protected, signature=row.signature) for row in rows]


SEAL: Final = Job(
    name="documents.seal",
    run=Errand(prepare=_prepare, call=_call, settle=_settle, seconds_max=60),
    payload=SealOrder,
    attempts_max=12,
)
"""Finishes what the last person has signed."""
