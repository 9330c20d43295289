"""Credentials: facts of a document that its holder shows without the document (SD-JWT VC)."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec

from backend.kernel import NotFound, Snapshot, Transaction
from contracts.page import Page
from modules.documents.errors import AgreementNeeded, NotPossessed, TooManyCredentials
from modules.documents.model import credential_verdict, key_proof, sd_jwt
from modules.documents.model.canonical import accepted_as
from modules.documents.model.credential_verdict import Asked
from modules.documents.model.envelope import Envelope
from modules.documents.model.findings import Found, Verdict
from modules.documents.model.jws import Jwk
from modules.documents.model.key_proof import NotProved
from modules.documents.model.sd_jwt import StatusAt, Wish
from modules.documents.model.statuses import Status
from modules.documents.repository import credentials as repository
from modules.documents.repository import revisions
from modules.documents.repository.credentials import Kept
from modules.documents.service import closing, holding, keys, kinds, statuses

LIVES: Final = timedelta(days=180)
_COPIES_MAX: Final = 10


class Credential(msgspec.Struct, frozen=True, kw_only=True):
    """A credential with all its facts. It is shown once; the house does not keep it."""

    id: UUID
    sd_jwt: str
    expires_at: datetime


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """What a document says, and what its kind lets be shown on its own."""

    envelope: Envelope
    claims: Mapping[str, Any]


class Bounds(msgspec.Struct, frozen=True, kw_only=True):
    """How far a credential reaches: until when, and with whose key or to whom it is shown."""

    expires_at: datetime
    holder: Jwk | None = None
    share_id: UUID | None = None
    purpose: str | None = None
    recipient: str | None = None


async def facts(tx: Transaction, document_id: UUID) -> Facts:
    """Return what may be shown of the revision that counts. Raises `NotFound`."""
    revision = await closing.paper(tx, await tx.maybe(revisions.CURRENT, document_id))
    envelope = accepted_as(revision.content, Envelope)
    kind = kinds.kind(tx, envelope.type)
    content = msgspec.convert(envelope.data, kind.schemas[envelope.schema])
    return Facts(envelope=envelope, claims=kind.claims(content))


async def issue(tx: Transaction, document_id: UUID, proof: str) -> Credential:
    """Give the holder a credential that the key of the proof presents, and no other.

    Raises `NotFound` for all but the holder, `AgreementNeeded` where one person alone may not
    show it, `NotPossessed`, `TooManyCredentials`.
    """
    holder = await holding.held(tx, document_id)
    found = await facts(tx, document_id)
    if not found.claims:  # of which nothing may be shown, not even that it is there
        raise NotFound
    address = f"{tx.base_url}/v1/documents/{document_id}/credentials"
    try:
        key = key_proof.proved(proof, address, tx.now)
    except NotProved as error:
        raise NotPossessed from error
    await tx.run(repository.LOCK, f"documents.credential {document_id}")
    if (await tx.one(repository.KEPT_BY_HOLDER, document_id, tx.now)).count >= _COPIES_MAX:
        raise TooManyCredentials
    if await holding.waits_for(tx, holder, found.envelope.code) is not None:
        raise AgreementNeeded
    bounds = Bounds(expires_at=tx.now + LIVES, holder=key)
    said = {
        **found.claims,
        "document_code": found.envelope.code,
        "issued_on": found.envelope.issued_on.isoformat(),
    }
    credential_id = tx.new_id()
    text = await write(tx, credential_id, found.envelope, said, bounds)
    return Credential(id=credential_id, sd_jwt=text, expires_at=bounds.expires_at)


async def write(
    tx: Transaction,
    credential_id: UUID,
    envelope: Envelope,
    said: Mapping[str, Any],
    bounds: Bounds,
) -> str:
    """Return a credential that says this of a document; it has a place of its own in a list."""
    number, place = await statuses.place(tx)
    wish = Wish(
        issuer=tx.base_url,
        kind=envelope.schema,
        issued_at=int(tx.now.timestamp()),
        expires_at=int(bounds.expires_at.timestamp()),
        status=StatusAt(idx=place, uri=statuses.uri(tx.base_url, number)),
        holder=bounds.holder,
        purpose=bounds.purpose,
        recipient=bounds.recipient,
    )
    text = sd_jwt.issued(await keys.signing(tx, "vc"), said, wish)
    at = (envelope.doc_id, envelope.rev, bounds.share_id, number, place)
    digest = sd_jwt.issuer_sha256(text)
    await tx.run(repository.ADD, credential_id, *at, digest, tx.now, bounds.expires_at)
    return text


async def listed(
    snapshot: Snapshot, document_id: UUID, cursor: str | None, limit: int
) -> Page[Kept]:
    """Return the credentials that the holder has, and when each ends. Raises `NotFound`."""
    await holding.held(snapshot, document_id)
    return await snapshot.page(repository.LIST, cursor, limit, document_id, snapshot.now)


async def withdraw(tx: Transaction, document_id: UUID, credential_id: UUID) -> None:
    """End a credential of the holder's, whose device is lost. Raises `NotFound`."""
    await holding.held(tx, document_id)
    gone = await tx.maybe(repository.WITHDRAW, document_id, credential_id, tx.now)
    if gone is None:
        raise NotFound
    await _tell(tx, gone, Status.REVOKED)


async def withdraw_shared(tx: Transaction, share_id: UUID) -> None:
    """End what a recipient was shown, also where they have kept it."""
    gone = await tx.maybe(repository.WITHDRAW_SHARED, share_id, tx.now)
    if gone is not None:
        await _tell(tx, gone, Status.REVOKED)


async def follow(tx: Transaction, document_id: UUID, rev: int, status: Status) -> None:
    """Let everything that was derived from a revision stand as it does itself."""
    for each in await tx.all(repository.LIVE, document_id, rev, tx.now):
        await _tell(tx, each, status)


async def verify(snapshot: Snapshot, text: str, asked: Asked | None) -> Verdict:
    """Return the verdict on what somebody presents. The status is as of this moment."""
    known = {str(jwk.kid): jwk for jwk in await issuing_keys(snapshot)}
    place = credential_verdict.status_place(text, known)
    found = None if place is None else await statuses.standing(snapshot, place)

    def look(_: str, __: int) -> Found | None:
        return found

    return credential_verdict.judged(text, snapshot.base_url, known, look, snapshot.now, asked)


async def issuing_keys(snapshot: Snapshot) -> tuple[Jwk, ...]:
    """Return the keys that issue credentials: those for other purposes do not."""
    return await keys.published_p256(snapshot, "vc")


async def _tell(tx: Transaction, derived: repository.Derived, status: Status) -> None:
    spot = (derived.list, derived.place)
    await statuses.change(tx, spot, derived.sha256, status, entry_id=tx.new_id())
