"""The verdict as the house gives it, and the kit with which others need not ask the house."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from backend.kernel import NotFound, Snapshot, Transaction
from backend.transparency.notes import Verifier
from modules.documents.errors import OneQuestion
from modules.documents.model import code_verdict, packages, pdf, printed_verdict
from modules.documents.model import kit as kits
from modules.documents.model.bundle import LogEvidence
from modules.documents.model.credential_verdict import Asked
from modules.documents.model.envelope import Envelope, kept
from modules.documents.model.external import told
from modules.documents.model.findings import (
    DocumentVerdict,
    Finding,
    Found,
    Trust,
    Verdict,
    invalid,
    of_status,
    unsure,
    verdict_of,
)
from modules.documents.model.jws import Jwk
from modules.documents.model.kit import Kit
from modules.documents.model.printing import Template
from modules.documents.model.statuses import Status
from modules.documents.model.task import Task
from modules.documents.model.task import judged as judged_task
from modules.documents.model.verdict import judged, payload_of, status_place
from modules.documents.repository import placements, revisions, verifications
from modules.documents.repository import statuses as lists
from modules.documents.repository.keys import Purpose
from modules.documents.repository.placements import Public
from modules.documents.repository.verifications import Known
from modules.documents.service import (
    closing,
    credentials,
    external,
    files,
    judging,
    keys,
    kinds,
    log,
    pki,
    stamping,
    statuses,
    trusting,
)
from modules.documents.service.closing import Paper

_PART: Final = 2000
NOBODY: Final = UUID(int=0)
_ASKED_KEPT: Final = timedelta(days=90)
_PUBLISHED: Final[tuple[Purpose, ...]] = (
    "status",
    "qr",
    "vc",
    "receipt",
    "stamp",
    "certificate",
    "manifest",
    "recognition",
    "edoc",
)


async def verify(snapshot: Snapshot, raw: bytes, believed: Trust | None = None) -> Verdict:
    """Return the verdict on a bundle. The status is as of this moment, not as published.

    Whoever asks for many says what the house believes, which is then read once for all of them.
    """
    place = status_place(raw)
    found = None if place is None else await statuses.standing(snapshot, place)

    def look(*_: object) -> Found | None:
        return found

    said = judged(raw, believed or await trust(snapshot), look, snapshot.now)
    return said if said.log is None else await external.told(snapshot, said, payload_of(raw))


async def verify_file(snapshot: Snapshot, raw: bytes) -> Verdict:
    """Return the verdict on a file: a PDF, a bundle, or a package with both."""
    if packages.is_package(raw):
        return await _verify_package(snapshot, raw)
    if not raw.startswith(printed_verdict.MAGIC):
        return await verify(snapshot, raw)
    known = await snapshot.maybe(verifications.KNOWN, sha256(raw).digest(), snapshot.now)
    # These very bytes were looked at when they were issued; whom nobody tells of, is looked at now.
    if known is not None and not known.has_stale_lists:
        payload = pdf.attached(raw)
        return await external.told(snapshot, _as_known(known, payload, snapshot.now), payload)
    if (code := code_verdict.linked(raw, snapshot.base_url)) is not None:
        return await verify_code(snapshot, code, code_verdict.PRINT)
    content = printed_verdict.content_of(raw)
    evidence = None if content is None else await _logged(snapshot, content[0])
    task = await _task(snapshot, raw, evidence)
    ids = [] if content is None else await external.known(snapshot, sha256(content[0]).digest())
    await snapshot.pause()  # a hostile file takes seconds, and others need the connection
    return told(await judging.judged_apart(task), ids, external.awaited(snapshot))


async def verify_code(snapshot: Snapshot, address: str, *more: Finding) -> Verdict:
    """Return the verdict on the signed code of a paper copy, and on what is known besides."""
    keys_by_id = {str(jwk.kid): jwk for jwk in await published_keys(snapshot)}
    asked = (address, snapshot.base_url, keys_by_id)
    place = code_verdict.status_place(*asked)
    found = None if place is None else await statuses.standing(snapshot, place)

    def look(_: str, __: int) -> Found | None:
        return found

    return code_verdict.judged(*asked, look, snapshot.now, *more)


async def answer(
    snapshot: Snapshot,
    *,
    bundle: str | None,
    credential: str | None,
    asked: Asked | None,
    qr: str | None,
    document_id: UUID | None,
    code: str | None,
    sha256_hex: str | None,
    believed: Trust | None = None,
) -> Verdict:
    """Answer whichever of these was asked. Raises `OneQuestion` or `NotFound`."""
    questions = (bundle, credential, qr, document_id, code, sha256_hex)
    if sum(each is not None for each in questions) != 1:
        raise OneQuestion
    if qr is not None:
        return await verify_code(snapshot, qr)
    if credential is not None:
        return await credentials.verify(snapshot, credential, asked)
    if bundle is not None:
        return await verify(snapshot, bundle.encode(), believed)
    if document_id is not None:
        return await look_up(snapshot, await snapshot.maybe(placements.BY_ID, document_id))
    if code is not None:
        return await look_up_code(snapshot, code)
    return await look_up_fingerprint(snapshot, sha256_hex or "")


async def look_up_code(snapshot: Snapshot, code: str) -> Verdict:
    """Return how the document of a code stands. Raises `NotFound`."""
    return await look_up(snapshot, await snapshot.maybe(placements.BY_CODE, code))


async def look_up_fingerprint(snapshot: Snapshot, sha256_hex: str) -> Verdict:
    """Return how the document of these very bytes stands. Raises `NotFound`."""
    digest = bytes.fromhex(sha256_hex)
    return await look_up(snapshot, await snapshot.maybe(placements.BY_HASH, digest))


async def look_up(snapshot: Snapshot, found: Public | None) -> Verdict:
    """Return what anybody may learn who has no more than a number: how it stands, not what it says.

    Raises `NotFound`.
    """
    if found is None:
        raise NotFound
    place = (statuses.uri(snapshot.base_url, found.list), found.place)
    standing = await statuses.standing(snapshot, place)
    document = DocumentVerdict(
        id=found.document_id,
        code=found.code,
        kind=found.kind,
        rev=found.rev,
        status=None if standing is None else standing.status.name,
        superseded_by=None if standing is None else standing.successor,
    )
    return verdict_of([*of_status(standing), unsure("NO_FILE")], snapshot.now, document=document)


async def note(tx: Transaction, asked: Sequence[tuple[bytes, Verdict | None]]) -> None:
    """Write down what a partner asked, by its hash alone, for ninety days."""
    await tx.run(
        verifications.NOTE,
        [tx.new_id() for _ in asked],
        [sha256(question).digest() for question, _ in asked],
        ["NOT_FOUND" if verdict is None else verdict.verdict for _, verdict in asked],
        tx.principal.client_id,
        tx.now,
    )


async def forget(tx: Transaction) -> None:
    """Forget what was asked ninety days ago."""
    await tx.run(verifications.FORGET, tx.now - _ASKED_KEPT)


async def know(tx: Transaction, issued: Sequence[tuple[UUID, int]]) -> None:
    """Judge finished files once, as anybody would, and remember the verdicts by their hashes.

    What was printed when they were frozen is not printed again: its hash lies in the revision.
    """
    at = [document_id for document_id, _ in issued], [rev for _, rev in issued]
    papers = await closing.papers(tx, await tx.all(revisions.THESE, *at))
    finished = [
        (each, kept(each.content))
        for each in papers
        if each.log_id and each.pdf_sha256 and each.base_sha256
    ]
    tasks = await _tasks(tx, finished)
    verdicts = await asyncio.to_thread(lambda: [judged_task(task) for task in tasks])
    rows = [
        (paper.pdf_sha256, *statuses.spot(envelope.status), paper.log_id, _nameless(verdict))
        for (paper, envelope), verdict in zip(finished, verdicts, strict=True)
    ]
    await tx.run(verifications.KNOW, *([row[place] for row in rows] for place in range(5)))
    for paper, _ in finished:
        folder = files.OPEN if paper.key is None else files.CLOSED
        files.drop(tx.data_dir, folder, paper.base_sha256 or b"")


async def _tasks(tx: Transaction, finished: Sequence[tuple[Paper, Envelope]]) -> list[Task]:
    """Return what is to be judged; a statement for all of them, not for each."""
    believed, forms = await trust(tx), dict[str, dict[str, Template]]()
    proofs = await log.evidence_of(tx, [paper.log_id for paper, _ in finished if paper.log_id])
    spots = [statuses.spot(envelope.status) for _, envelope in finished]
    standing = await statuses.standing_at(tx, spots)
    tasks: list[Task] = []
    for (paper, envelope), spot in zip(finished, spots, strict=True):
        if envelope.renderer.template not in forms:
            forms[envelope.renderer.template] = await _forms(tx, envelope)
        raw = files.read(tx.data_dir, paper.pdf_sha256 or b"", paper.key)
        task = Task(
            raw=raw,
            evidence=None if paper.log_id is None else proofs.get(paper.log_id),
            trust=believed,
            forms=forms[envelope.renderer.template],
            found=standing.get(spot),
            now=tx.now,
            base=_printed_form(tx, paper, raw),
        )
        tasks.append(task)
    return tasks


def _printed_form(tx: Transaction, paper: Paper, raw: bytes) -> bytes:
    """Return what was printed: what the file begins with, or it is read to be compared."""
    begun, digest = pdf.unsigned(raw), paper.base_sha256 or b""
    if sha256(begun).digest() == digest:
        return begun
    return files.read(tx.data_dir, digest, paper.key)


def _nameless(verdict: Verdict) -> Any:
    signatures = tuple(msgspec.structs.replace(each, signer="") for each in verdict.signatures)
    return msgspec.to_builtins(msgspec.structs.replace(verdict, signatures=signatures))


def _as_known(known: Known, content: bytes, now: datetime) -> Verdict:
    """Return the kept verdict with today's status, and the names that are in the file."""
    kept = known.verdict
    status = Status(known.value or 0)
    successor = None if known.successor is None else known.successor.hex()
    found = Found(status=status, successor=successor)
    names = printed_verdict.names_of(content)
    if kept.document is None or kept.verdict not in {"VALID", "SUPERSEDED"}:
        return kept
    return verdict_of(
        of_status(found),
        now,
        document=msgspec.structs.replace(
            kept.document, status=status.name, superseded_by=successor
        ),
        signatures=tuple(
            msgspec.structs.replace(each, signer=names.get(each.role, ""))
            for each in kept.signatures
        ),
        log=kept.log,
        content_matches=kept.content_matches,
    )


async def _verify_package(snapshot: Snapshot, raw: bytes) -> Verdict:
    """Judge both halves of a package; they have to be one document, and the worse one rules."""
    package = packages.unpacked(raw)
    if package is None:
        return verdict_of([invalid("FORMAT_FAILURE")], snapshot.now)
    return packages.worse(
        await verify_file(snapshot, package.original),
        await verify(snapshot, package.bundle),
        snapshot.now,
    )


async def _logged(snapshot: Snapshot, content: bytes) -> LogEvidence | None:
    found = await snapshot.maybe(verifications.OF_CONTENT, sha256(content).digest())
    return None if found is None else await log.evidence(snapshot, found.id)


async def _task(snapshot: Snapshot, raw: bytes, evidence: LogEvidence | None) -> Task:
    content = printed_verdict.content_of(raw)
    found = None
    forms: dict[str, Template] = {}
    if content is not None:
        envelope = content[1]
        place = (envelope.status.uri, envelope.status.idx)
        found = await statuses.standing(snapshot, place)
        forms = await _forms(snapshot, envelope)
    return Task(
        raw=raw,
        evidence=evidence,
        trust=await trust(snapshot),
        forms=forms,
        found=found,
        now=snapshot.now,
    )


async def _forms(snapshot: Snapshot, envelope: Envelope) -> dict[str, Template]:
    form = await snapshot.maybe(placements.FORM, envelope.renderer.template)
    return {} if form is None else {form.sha256: msgspec.convert(form.sources, Template)}


async def trust(snapshot: Snapshot) -> Trust:
    """Return what the house itself believes."""
    logs = await _vkeys(snapshot, "log", log.origin(snapshot.base_url))
    return Trust(
        issuer=snapshot.base_url,
        anchors=await keys.anchors(snapshot),
        log=next(iter(logs), None),
        earlier_logs=logs[1:],
        witnesses=await _vkeys(snapshot, "witness", log.witness_name(snapshot.base_url)),
        deadlines={kind.name: kind.deadline.days for kind in kinds.every(snapshot)},
        revoked={each: int(at.timestamp()) for each, at in (await pki.revoked(snapshot)).items()},
        stampers=await stamping.own_anchors(snapshot),
        listed=await trusting.listings(snapshot),
        awaited=external.awaited(snapshot),
    )


async def kit(snapshot: Snapshot, part: kits.Part | None = None) -> Kit:
    """Return what an offline verifier needs. Its status tokens are good for a day."""
    tokens = await snapshot.all(lists.TOKENS)
    return Kit(
        trust=await trust(snapshot),
        status_keys=await keys.published_p256(snapshot, "status"),
        status_tokens=tuple(each.token for each in tokens),
        house_keys=await published_keys(snapshot),
        issuing_keys=await credentials.issuing_keys(snapshot),
        forms=tuple(
            msgspec.convert(each.sources, Template) for each in await snapshot.all(placements.FORMS)
        ),
        part=part,
    )


async def of_document(snapshot: Snapshot, sha256_hex: str) -> kits.Part:
    """Return the log's line for one document, by its hash; none for what nobody has issued."""
    rows = await snapshot.all(verifications.OF_DIGEST, bytes.fromhex(sha256_hex))
    proofs = await log.evidence_of(snapshot, [row.log_id for row in rows])
    found = [(row.content_sha256, proofs[row.log_id]) for row in rows if row.log_id in proofs]
    return kits.part(None, found, None)


async def of_agency(snapshot: Snapshot, org: UUID, after: UUID) -> kits.Part:
    """Return the log's lines for an organisation's documents, 2,000 a part."""
    rows = await snapshot.all(verifications.OF_AGENCY, org, after)
    proofs = await log.evidence_of(snapshot, [row.log_id for row in rows])
    found = [(row.content_sha256, proofs[row.log_id]) for row in rows if row.log_id in proofs]
    # A document that no witness has seen yet is the last one, and in tomorrow's kit.
    following = rows[-1].log_id if len(rows) == _PART and rows[-1].log_id in proofs else None
    return await asyncio.to_thread(kits.part, org, found, following)


async def published_keys(snapshot: Snapshot) -> tuple[Jwk, ...]:
    """Return every public key with which the house signs what is not a document."""
    return await keys.published_p256(snapshot, *_PUBLISHED)


async def anchor(snapshot: Snapshot) -> bytes:
    """Return the certificate of the pilot's authority (DER). Raises `NotFound` before the first."""
    found = await keys.anchor(snapshot)
    if found is None:
        raise NotFound
    return found


async def _vkeys(snapshot: Snapshot, purpose: Purpose, name: str) -> tuple[str, ...]:
    """Return the keys that signed notes for a purpose, the one in use first."""
    found = await keys.public(snapshot, purpose)
    is_witness = purpose == "witness"
    raw = [key.public_bytes_raw() for key in found if isinstance(key, Ed25519PublicKey)]
    return tuple(Verifier(name, each, is_witness=is_witness).vkey() for each in raw)
