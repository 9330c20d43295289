"""A party's own documents; and a registrar's power to stop one."""

from typing import Annotated
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from backend.kernel import Injected, NotFound, Snapshot, Transaction, refuses, requires
from contracts.documents import Standing, Text
from contracts.page import Page
from contracts.personal_data import AccessLogEntry
from modules.documents.errors import NotIssued
from modules.documents.model.bundle import LogEvidence
from modules.documents.repository.revisions import Amendment
from modules.documents.scopes import READ, REVOKE
from modules.documents.service import copying, issuing, looks, reading

_PRIVATE = {"Cache-Control": "private, no-store"}


class StatusOrder(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What shall become of an issued document, and why."""

    status: issuing.Wish
    reason: Text


class StatusAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Whether it is done; a revocation waits for a second registrar."""

    done: bool


@get("/", guards=[requires(READ)])
async def list_documents(
    snapshot: Injected[Snapshot],
    cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
) -> Page[Standing]:
    """List the documents of which you are a party, the newest first."""
    return await reading.listed(snapshot, cursor, limit)


@get("/{document_id:uuid}", guards=[requires(READ)], responses=refuses(NotFound))
async def read_document(document_id: FromPath[UUID], tx: Injected[Transaction]) -> Standing:
    """Read where the newest revision of a document stands."""
    standing = await reading.standing(tx, document_id)
    await looks.note(tx, document_id, "standing")
    return standing


@get("/{document_id:uuid}/content.json", guards=[requires(READ)], responses=refuses(NotFound))
async def read_content(document_id: FromPath[UUID], tx: Injected[Transaction]) -> Response[bytes]:
    """Read the bytes that are signed."""
    content = await reading.content(tx, document_id)
    await looks.note(tx, document_id, "content")
    return Response(content, media_type="application/json", headers=_PRIVATE)


@get(
    "/{document_id:uuid}/bundle.json",
    guards=[requires(READ)],
    responses=refuses(NotFound),
    media_type="application/jose+json",
)
async def read_bundle(document_id: FromPath[UUID], tx: Injected[Transaction]) -> Response[bytes]:
    """Read the signed document with its evidence: the file that anybody can verify."""
    bundle = await reading.bundled(tx, document_id)
    await looks.note(tx, document_id, "bundle")
    return Response(bundle, media_type="application/jose+json", headers=_PRIVATE)


@get(
    "/{document_id:uuid}/original.pdf",
    guards=[requires(READ)],
    responses=refuses(NotFound),
    media_type="application/pdf",
)
async def read_original(document_id: FromPath[UUID], tx: Injected[Transaction]) -> Response[bytes]:
    """Read the signed PDF/A: its signatures, their timestamps and evidence, the data attached."""
    original = await reading.original(tx, document_id)
    await looks.note(tx, document_id, "original")
    return Response(original, media_type="application/pdf", headers=_PRIVATE)


@get(
    "/{document_id:uuid}/package.zip",
    guards=[requires(READ)],
    responses=refuses(NotFound),
    media_type="application/zip",
)
async def read_package(document_id: FromPath[UUID], tx: Injected[Transaction]) -> Response[bytes]:
    """Read PDF and bundle in one file, which verifies without us and without a network."""
    package = await reading.packaged(tx, document_id)
    await looks.note(tx, document_id, "package")
    return Response(package, media_type="application/zip", headers=_PRIVATE)


@post(
    "/{document_id:uuid}/paper-copies",
    guards=[requires(READ)],
    responses=refuses(NotFound),
    media_type="application/pdf",
    status_code=200,
)
async def make_paper_copy(
    document_id: FromPath[UUID], tx: Injected[Transaction]
) -> Response[bytes]:
    """Make a copy to be printed, whose signed code verifies without a network."""
    copy = await copying.copied(tx, document_id)
    await looks.note(tx, document_id, "paper_copy")
    return Response(copy, media_type="application/pdf", headers=_PRIVATE)


@get("/{document_id:uuid}/log-proof", guards=[requires(READ)], responses=refuses(NotFound))
async def read_log_proof(document_id: FromPath[UUID], snapshot: Injected[Snapshot]) -> LogEvidence:
    """Read the proof that the log holds the document, under the first checkpoint that does."""
    return await reading.log_proof(snapshot, document_id)


@get("/{document_id:uuid}/accesses", guards=[requires(READ)], responses=refuses(NotFound))
async def list_accesses(
    document_id: FromPath[UUID],
    snapshot: Injected[Snapshot],
    cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
) -> Page[AccessLogEntry]:
    """List who has looked at a document of yours, the newest first, also through a share.

    `basis` is `consent` and the share's id where you let them. Your own looks are not in it.
    """
    return await looks.told(snapshot, document_id, cursor, limit)


@get("/{document_id:uuid}/revisions", guards=[requires(READ)], responses=refuses(NotFound))
async def list_revisions(
    document_id: FromPath[UUID],
    snapshot: Injected[Snapshot],
    cursor: Annotated[str | None, QueryParameter(max_length=400)] = None,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
) -> Page[Amendment]:
    """List the revisions of a document that were frozen, the newest first, and why each came."""
    return await reading.amendments(snapshot, document_id, cursor, limit)


@get(
    "/{document_id:uuid}/revisions/{rev:int}", guards=[requires(READ)], responses=refuses(NotFound)
)
async def read_revision(
    document_id: FromPath[UUID], rev: FromPath[int], tx: Injected[Transaction]
) -> Response[bytes]:
    """Read the bytes of any revision that was frozen, also one that another took the place of."""
    content = await reading.revision(tx, document_id, rev)
    await looks.note(tx, document_id, "content")
    return Response(content, media_type="application/json", headers=_PRIVATE)


@post(
    "/{document_id:uuid}/status",
    guards=[requires(REVOKE)],
    responses=refuses(NotFound, NotIssued),
    status_code=200,
)
async def change_status(
    document_id: FromPath[UUID], data: JSONBody[StatusOrder], tx: Injected[Transaction]
) -> StatusAnswer:
    """Suspend, reinstate or revoke an issued document; the second registrar's word revokes."""
    return StatusAnswer(done=await issuing.change(tx, document_id, data.status, data.reason))
