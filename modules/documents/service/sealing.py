"""What the house does when the last person has signed: seals, timestamps, evidence, the log.

It does so for all documents that were finished together: the people of a class sign once for all
of its records, and each certificate is asked after once for all of them.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final, TypeAlias
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from msgspec import UNSET, UnsetType

from backend.kernel import Errand, Job, Later, NotFound, Transaction
from contracts.documents import SignatureMade
from modules.documents.model import (
    bundle,
    certificates,
    cms,
    entries,
    hashtree,
    jws,
    pdf,
    printing,
    timestamps,
)
from modules.documents.model.bundle import Revocations
from modules.documents.model.envelope import Envelope, kept
from modules.documents.model.hashtree import Timestamp
from modules.documents.repository import sealing as repository
from modules.documents.repository.sealing import Made, Signer
from modules.documents.service import (
    answers,
    closing,
    data_seals,
    files,
    keys,
    kinds,
    lasting,
    log,
    pki,
    stamping,
    working,
)
from modules.documents.service.answers import Lookups, Said, Signers
from modules.documents.service.closing import Paper
from modules.documents.service.data_seals import DataSeal, Place, ToSeal
from modules.documents.service.stamping import Stamper

_ES256: Final = ECDSA(SHA256())
_SOON: Final = timedelta(seconds=30)
_LATER: Final = timedelta(minutes=5)
_PATIENCE: Final = timedelta(hours=1)
"""So long after the last signature a document waits for what is said of its signers."""

At: TypeAlias = tuple[UUID, int]
"""A document and the number of its revision."""


class SealOrder(msgspec.Struct, frozen=True, kw_only=True):
    """Which revision waits for the house."""

    document_id: UUID
    rev: int


class SealOrders(msgspec.Struct, frozen=True, kw_only=True):
    """Those that the last person has signed at one go."""

    orders: tuple[SealOrder, ...]


class Sealer(msgspec.Struct, frozen=True, kw_only=True):
    """An organisation's place among the parties, and its key."""

    party: Signer
    key: EllipticCurvePrivateKey
    papers: tuple[bytes, ...]


class Unsealed(msgspec.Struct, frozen=True, kw_only=True):
    """A document as the people have left it."""

    revision: Paper
    envelope: Envelope
    signatures: tuple[Made, ...]
    seals: tuple[Sealer, ...]
    evidence: pdf.Evidence
    has_last_timestamp: bool


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """All that is needed to finish some documents without a transaction."""

    documents: tuple[Unsealed, ...]
    stamper: Stamper
    lookups: Lookups | None
    """How the certificates of timestamp authorities outside stand; None where there is none."""
    signers: Signers
    """Those whose certificates others have issued."""
    may_wait: bool
    """Whether it is early enough to come back when nobody says how those stand."""
    data_dir: Path


class Seal(msgspec.Struct, frozen=True, kw_only=True):
    """What an organisation's key has signed."""

    party: Signer
    protected: str
    signature: str
    tst: bytes
    tst_path: bytes
    cms: bytes
    certificate: bytes


class Sealed(msgspec.Struct, frozen=True, kw_only=True):
    """A finished file by its hash, the seals in it, and what was said of the certificates."""

    pdf_sha256: bytes
    seals: tuple[Seal, ...]
    revocations: Revocations | UnsetType


Finished: TypeAlias = tuple[Unsealed, Sealed, UUID]
"""A document, its finished file, and the id of its line in the log."""


async def enqueue(tx: Transaction, finished: Sequence[At]) -> None:
    """Let the house do its part of documents that wait for nobody else."""
    if finished:
        orders = tuple(SealOrder(document_id=each, rev=rev) for each, rev in finished)
        await tx.enqueue(SEAL, SealOrders(orders=orders))


async def _prepare(tx: Transaction, wanted: SealOrders) -> Request:
    asked = [(each.document_id, each.rev) for each in wanted.orders]
    rows = await tx.all(repository.TO_SEAL, *columns(asked, 2))
    if any(row.content_enc is None for row in rows):  # its files are about to be closed
        raise Later(_SOON)
    revisions = await closing.papers(tx, rows)
    at = columns([(each.document_id, each.rev) for each in revisions], 2)
    made = await tx.all(repository.MADE, *at)
    seals = await _seals(tx, await tx.all(repository.SIGNERS, *at))
    papers = [each.certificate for each in made] + [each.papers[0] for each in seals]
    own = await stamping.own_anchors(tx)
    stampers = lasting.stampers_of(made)
    stamped = dict.fromkeys(paper for of_one in stampers.values() for paper in of_one)
    others = [each for each in dict.fromkeys(papers) if not certificates.issuer_among(each, own)]
    papers += [each for each in stamped if timestamps.issuer_among(each, own)]
    witnesses = await pki.witnesses(tx, papers)
    stamper, looks = await stamping.stamper(tx), None
    if stamper.own is None:
        trusted = await stamping.anchors(tx)
        stamper = msgspec.structs.replace(stamper, trusted=trusted)
        looks = await answers.lookups(tx, trusted)
    return Request(
        documents=tuple(
            _unsealed(
                tx,
                each,
                tuple(row for row in made if row.document_id == each.document_id),
                tuple(seal for seal in seals if seal.party.document_id == each.document_id),
                witnesses,
                stampers.get(each.document_id, []),
            )
            for each in revisions
        ),
        stamper=stamper,
        lookups=looks,
        signers=await answers.signers(tx, others),
        may_wait=any(row.claimed_at and tx.now < row.claimed_at + _PATIENCE for row in made),
        data_dir=tx.data_dir,
    )


async def _seals(tx: Transaction, signers: Sequence[Signer]) -> list[Sealer]:
    """Return the seals that are still to be made, in their turn; each key is fetched once."""
    above = await keys.anchor(tx)
    found: dict[UUID, tuple[EllipticCurvePrivateKey, tuple[bytes, ...]]] = {}
    seals: list[Sealer] = []
    for each in signers:
        if each.state != "waiting" or not each.organisation:
            continue
        if each.person_id not in found:
            owner = str(each.person_id)
            key, paper = await keys.certified(tx, "seal", owner, each.subject_ref)
            found[each.person_id] = key, (paper,) if above is None else (paper, above)
        key, papers = found[each.person_id]
        seals.append(Sealer(party=each, key=key, papers=papers))
    return seals


def _unsealed(
    tx: Transaction,
    revision: Paper,
    signatures: tuple[Made, ...],
    seals: tuple[Sealer, ...],
    witnesses: pki.Witnesses,
    stampers: Sequence[bytes],
) -> Unsealed:
    envelope = kept(revision.content)
    papers = [each.certificate for each in signatures] + [each.papers[0] for each in seals]
    papers += [each for each in stampers if each in witnesses.responses]
    return Unsealed(
        revision=revision,
        envelope=envelope,
        signatures=signatures,
        seals=seals,
        evidence=witnesses.evidence(papers),
        has_last_timestamp=kinds.kind(tx, envelope.type).evidence == "LTA",
    )


async def _call(request: Request) -> tuple[Sealed | None, ...]:
    said = await request.signers.asked()
    if request.may_wait and not said.is_whole:
        raise Later(_LATER)
    async with request.stamper.open() as stamper:
        wanted = [
            ToSeal(_place(each), document.revision.content, each.key, each.papers[0])
            for document in request.documents
            for each in document.seals
        ]
        data = await data_seals.sealed(wanted, stamper)
        told = (stamper, data, said)
        return tuple([await _sealed(each, request, *told) for each in request.documents])


def _place(seal: Sealer) -> Place:
    return seal.party.document_id, seal.party.seq


async def _sealed(
    document: Unsealed,
    request: Request,
    stamper: Stamper,
    data: Mapping[Place, DataSeal],
    said: Said,
) -> Sealed | None:
    """Return the finished document; None when its file so far is gone or was changed.

    And when a certificate was revoked before its person signed, as is known only now.
    """
    if any(lasting.is_revoked(each, said) for each in document.signatures):
        return None
    try:
        raw, shape = await asyncio.to_thread(_file_so_far, document, request.data_dir)
    except (NotFound, pdf.NotAsWritten):
        return None
    seals: list[Seal] = []
    for each in document.seals:
        slot = pdf.prepared(raw, shape, printing.field_of(each.party.seq), stamper.now)
        seals.append(await _seal(each, slot, data[_place(each)], stamper))
        raw, shape = pdf.filled(slot, seals[-1].cms), slot.shape
    signers = [each.certificate for each in document.signatures]
    known = (document.evidence, said.evidence(signers))
    signed = ((each.cms, each.tst) for each in (*document.signatures, *seals))
    evidence = await lasting.evidence(known, signed, request.lookups)
    raw, shape = pdf.evidenced(raw, shape, evidence)
    if document.has_last_timestamp:
        slot = pdf.prepared(raw, shape, pdf.TIMESTAMP_FIELD, stamper.now, "DocTimeStamp")
        raw = pdf.filled(slot, await stamper.stamp(slot.signed_bytes()))
    key = document.revision.key
    if key is None:
        return None
    digest = await asyncio.to_thread(files.kept, request.data_dir, raw, key)
    told = bundle.revocations(evidence)
    return Sealed(pdf_sha256=digest, seals=tuple(seals), revocations=told)


def _file_so_far(document: Unsealed, data_dir: Path) -> tuple[bytes, pdf.Shape]:
    revision = document.revision
    base = files.read(data_dir, revision.base_sha256 or b"", revision.key)
    return working.signed(base, document.signatures)


async def _seal(seal: Sealer, slot: pdf.Slot, data: DataSeal, stamper: Stamper) -> Seal:
    digest = slot.digest()
    value = seal.key.sign(cms.signed_attributes(digest, seal.papers[0]), _ES256)
    token = await stamper.stamp(value)
    return Seal(
        party=seal.party,
        protected=data.protected,
        signature=data.signature,
        tst=data.token,
        tst_path=data.path,
        cms=cms.written(cms.Signed(seal.papers, digest, value, token)),
        certificate=seal.papers[0],
    )


async def _settle(tx: Transaction, request: Request, made: tuple[Sealed | None, ...]) -> None:
    pairs = [*zip(request.documents, made, strict=True)]
    await _part_with_broken(tx, [document for document, sealed in pairs if sealed is None], pairs)
    ready = {
        document.revision.document_id: (document, sealed, tx.new_id())
        for document, sealed in pairs
        if sealed is not None
    }
    done = await tx.all(
        repository.SEAL,
        [*ready],
        [document.revision.rev for document, _, _ in ready.values()],
        [sealed.pdf_sha256 for _, sealed, _ in ready.values()],
        [log_id for _, _, log_id in ready.values()],
    )
    # What was declined or ran out of time meanwhile is not among them, and stays as it is.
    finished = [ready[each.document_id] for each in done]
    if request.lookups is not None:
        await answers.keep(tx, request.lookups)
    await _keep(tx, finished, request.stamper.now)
    await _enter(tx, finished)


async def _part_with_broken(
    tx: Transaction, broken: Sequence[Unsealed], all_of_them: Sequence[object]
) -> None:
    """Let a document whose file is gone fail by itself, and not hold up those beside it."""
    if broken and len(all_of_them) == 1:
        raise NotFound
    for document in broken:
        await enqueue(tx, [(document.revision.document_id, document.revision.rev)])


async def _keep(tx: Transaction, finished: Sequence[Finished], claimed_at: datetime) -> None:
    rows = [
        (
            *(document.revision.document_id, document.revision.rev, seal.party.seq),
            *(seal.protected, seal.signature, seal.certificate, seal.cms),
            *(seal.tst, seal.tst_path),
            len(document.signatures) + place,
        )
        for document, sealed, _ in finished
        for place, seal in enumerate(sealed.seals)
    ]
    await tx.run(repository.SIGN, *columns(rows, 10), tx.now, claimed_at)
    await tx.run(repository.MARK, *columns([row[:3] for row in rows], 3))
    await tx.publish(
        *(
            SignatureMade(
                document_id=document.revision.document_id,
                rev=document.revision.rev,
                role=seal.party.role,
            )
            for document, sealed, _ in finished
            for seal in sealed.seals
        )
    )


async def _enter(tx: Transaction, finished: Sequence[Finished]) -> None:
    """Let the log hold content, file and signatures of each."""
    lines: list[tuple[UUID, entries.LogEntry]] = []
    for document, sealed, log_id in finished:
        found: dict[int, Made | Seal] = {row.seq: row for row in document.signatures}
        found |= {seal.party.seq: seal for seal in sealed.seals}
        made = [found[seq] for seq in sorted(found)]
        signatures = [jws.Signature(protected=m.protected, signature=m.signature) for m in made]
        held: Sequence[Timestamp | Revocations] = hashtree.of_all(
            [(each.tst, each.tst_path) for each in made]
        )
        if sealed.revocations is not UNSET:
            held = (*held, sealed.revocations)
        content, prev = document.revision.content_sha256.hex(), document.envelope.prev
        pdf_sha256 = sealed.pdf_sha256.hex()
        facts = (content, pdf_sha256, signatures, prev, tx.now, held)
        lines.append((log_id, entries.of_document(*facts)))
    await log.enter_many(tx, lines)
    contents = [document.revision.content_sha256 for document, _, _ in finished]
    ids = [document.revision.document_id for document, _, _ in finished]
    await tx.run(repository.SEALED, contents, [log_id for _, _, log_id in finished], ids)


def columns(rows: Sequence[Sequence[Any]], width: int) -> list[list[Any]]:
    """Return rows as the arrays that a statement unnests."""
    return [[row[place] for row in rows] for place in range(width)]


SEAL: Final = Job(
    name="documents.seal",
    run=Errand(prepare=_prepare, call=_call, settle=_settle, seconds_max=60),
    payload=SealOrders,
    attempts_max=12,
)
"""Finishes what the last person has signed."""
