"""What the people of a document read of it."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from backend.kernel import NotFound, Snapshot, Transaction
from contracts.documents import Packed, Standing
from contracts.page import Page
from modules.documents.model import bundle, hashtree, packages, pdf, stores
from modules.documents.model.bundle import Bundle, Evidence, LogEvidence, Revocations
from modules.documents.model.canonical import accepted_as
from modules.documents.model.entries import LogEntry, signatures_sha256
from modules.documents.model.envelope import Envelope
from modules.documents.model.hashtree import Timestamp
from modules.documents.model.jws import Signature, decoded, encoded
from modules.documents.model.packages import Package
from modules.documents.repository import documents, revisions, signing
from modules.documents.repository.documents import Access
from modules.documents.repository.revisions import Amendment, Revision
from modules.documents.scopes import READ
from modules.documents.service import closing, external, files, log
from modules.documents.service.closing import Paper


async def listed(snapshot: Snapshot, cursor: str | None, limit: int) -> Page[Standing]:
    """Return the caller's documents, or those of an officer's agency, the newest first."""
    who = snapshot.principal
    if who.kind == "staff":
        agencies = sorted(who.agencies)
        return await snapshot.page(documents.LIST_OF_AGENCY, cursor, limit, agencies)
    return await snapshot.page(documents.LIST, cursor, limit, who.person_id)


async def standing(snapshot: Snapshot, document_id: UUID) -> Standing:
    """Return where a document's newest revision stands."""
    await allowed(snapshot, document_id, "summary")
    return await snapshot.one(documents.STANDING, document_id)


async def content(snapshot: Snapshot, document_id: UUID) -> bytes:
    """Return the bytes that are signed, of the newest revision that is frozen."""
    await _readable(snapshot, document_id)
    frozen = await snapshot.maybe(revisions.FROZEN, document_id)
    return (await closing.paper(snapshot, frozen)).content


async def original(snapshot: Snapshot, document_id: UUID) -> bytes:
    """Return the finished PDF of the newest sealed revision."""
    await _readable(snapshot, document_id)
    paper = await closing.paper(snapshot, await _sealed(snapshot, document_id))
    return _file(snapshot, paper)


def _file(snapshot: Snapshot, paper: Paper) -> bytes:
    return files.read(snapshot.data_dir, paper.pdf_sha256 or b"", paper.key)


async def bundled(snapshot: Snapshot, document_id: UUID) -> bytes:
    """Return the newest sealed revision as it travels, with the evidence there is by now."""
    await _readable(snapshot, document_id)
    paper = await closing.paper(snapshot, await _sealed(snapshot, document_id))
    try:
        raw = _file(snapshot, paper)
    except NotFound:
        raw = None
    return await _bundle(snapshot, paper, raw)


async def _bundle(snapshot: Snapshot, paper: Paper, raw: bytes | None) -> bytes:
    """Return it with what its PDF holds of the certificates; without that file it is not whole."""
    rows = await snapshot.all(signing.SIGNATURES, paper.document_id, paper.rev)
    ids = await external.evidence(snapshot, paper.content_sha256)
    signatures = [Signature(protected=row.protected, signature=row.signature) for row in rows]
    stamps = hashtree.of_all([(row.tst, row.tst_path) for row in rows])
    logged = await _logged(snapshot, paper)
    told = UNSET if raw is None else _told(raw)
    if logged is not None and not _holds(logged, signatures, stamps, told):
        told = UNSET
    return bundle.written(
        Bundle(
            evidence=Evidence(
                certificates=tuple(encoded(row.certificate) for row in rows),
                log=logged,
                timestamps=stamps or UNSET,
                external_ids=ids or UNSET,
                revocations=told,
            ),
            payload=encoded(paper.content),
            signatures=tuple(signatures),
        )
    )


def _told(raw: bytes) -> Revocations | UnsetType:
    return bundle.revocations(stores.read_after(raw, len(pdf.unsigned(raw))))


def _holds(
    logged: LogEvidence,
    signatures: Sequence[Signature],
    stamps: Sequence[Timestamp],
    told: Revocations | UnsetType,
) -> bool:
    """Tell whether the log's line is over what was said of certificates, as it was not always."""
    line = msgspec.json.decode(decoded(logged.entry), type=LogEntry)
    return told is not UNSET and signatures_sha256(signatures, [*stamps, told]) in line.h


async def packaged(snapshot: Snapshot, document_id: UUID) -> bytes:
    """Return PDF and bundle of the newest sealed revision in one file."""
    await _readable(snapshot, document_id)
    paper = await closing.paper(snapshot, await _sealed(snapshot, document_id))
    return await _package(snapshot, paper)


async def _package(snapshot: Snapshot, paper: Paper) -> bytes:
    raw = _file(snapshot, paper)
    return packages.packed(Package(raw, await _bundle(snapshot, paper, raw)))


async def packed(tx: Transaction, document_id: UUID) -> Packed:
    """Return the issued revision for a job of the house that gives it on. Raises `NotFound`."""
    if tx.principal.kind != "job":
        raise NotFound
    paper = await closing.paper(tx, await tx.maybe(revisions.CURRENT, document_id))
    code = accepted_as(paper.content, Envelope).code
    signed_at = (await tx.one(signing.LAST_SIGNED, document_id, paper.rev)).signed_at
    raw = await _package(tx, paper)
    return Packed(code=code, rev=paper.rev, signed_at=signed_at, package=raw)


async def log_proof(snapshot: Snapshot, document_id: UUID) -> LogEvidence:
    """Return the proof that the log holds the newest sealed revision. Raises `NotFound`."""
    await allowed(snapshot, document_id, "summary")
    found = await _logged(snapshot, await _sealed(snapshot, document_id))
    if found is None:
        raise NotFound
    return found


async def revision(snapshot: Snapshot, document_id: UUID, rev: int) -> bytes:
    """Return the bytes of a revision that was frozen."""
    await _readable(snapshot, document_id)
    found = await snapshot.maybe(revisions.REVISION, document_id, min(rev, 32_767))
    return (await closing.paper(snapshot, found)).content


async def amendments(
    snapshot: Snapshot, document_id: UUID, cursor: str | None, limit: int
) -> Page[Amendment]:
    """Return the revisions of a document that were frozen, and why each was begun."""
    await allowed(snapshot, document_id, "summary")
    return await snapshot.page(revisions.REVISIONS, cursor, limit, document_id)


async def _sealed(snapshot: Snapshot, document_id: UUID) -> Revision:
    """Return the newest revision that everybody has signed. Raises `NotFound`."""
    revision = await snapshot.maybe(revisions.FROZEN, document_id)
    if revision is None or revision.log_id is None:
        revision = await snapshot.maybe(revisions.CURRENT, document_id)
    if revision is None or revision.log_id is None:
        raise NotFound
    return revision


async def _logged(snapshot: Snapshot, revision: Revision | Paper) -> LogEvidence | None:
    return None if revision.log_id is None else await log.evidence(snapshot, revision.log_id)


async def _readable(snapshot: Snapshot, document_id: UUID) -> None:
    """Require that the caller may read what a document says.

    A registrar sees how it stands; its words are for the module of its kind to show to officers,
    which writes down that it did.
    """
    await allowed(snapshot, document_id, "full")
    if snapshot.principal.kind == "staff":
        raise NotFound


async def allowed(
    snapshot: Snapshot, document_id: UUID, sees: Literal["full", "summary"]
) -> Access:
    """Return how the caller may see a document. Raises `NotFound` when not so much."""
    who = snapshot.principal.person_id
    found = await snapshot.maybe(documents.ALLOWED, document_id, who)
    access = snapshot.check(READ, found)
    if sees == "full" and access.sees != "full":
        raise NotFound
    return access
