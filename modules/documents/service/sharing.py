"""A holder's consent, as long as it lasts: given, listed, withdrawn, and made use of."""

from datetime import timedelta
from uuid import UUID

from backend.kernel import NotFound, Snapshot, Transaction
from contracts.page import Page
from modules.documents.errors import NoSuchFacts
from modules.documents.model import sharing
from modules.documents.model.sharing import (
    Announced,
    Extract,
    NotOpened,
    Opened,
    Sealed,
    Share,
    Shared,
    ShareOrder,
    ShareQuestion,
)
from modules.documents.repository import shares as repository
from modules.documents.service import credentials, holding, looks, statuses


async def share(tx: Transaction, document_id: UUID, order: ShareOrder) -> Shared:
    """Let somebody see some facts for a while. Raises `NotFound` for all but the holder,
    `NoSuchFacts`.
    """
    holder = await holding.held(tx, document_id)
    found = await credentials.facts(tx, document_id)
    envelope, claims = found.envelope, found.claims
    if not set(order.fields) <= claims.keys():
        raise NoSuchFacts
    share_id, token = tx.new_id(), sharing.fresh_token()
    shown = {name: claims[name] for name in order.fields}
    bounds = credentials.Bounds(
        expires_at=tx.now + timedelta(hours=order.hours),
        share_id=share_id,
        purpose=order.purpose,
        recipient=order.recipient,
    )
    extract = Extract(
        code=envelope.code,
        kind=envelope.type,
        issued_on=envelope.issued_on.isoformat(),
        fields=shown,
        purpose=order.purpose,
        recipient=order.recipient,
        expires_at=bounds.expires_at,
        sd_jwt=await credentials.write(tx, tx.new_id(), envelope, shown, bounds),
    )
    digest = sharing.token_sha256(token)
    spot = statuses.spot(envelope.status)
    holders = await looks.holders(tx, document_id)
    opened = Sealed(extract=extract, share_id=share_id, subject_ids=holders)
    sealed = sharing.sealed(opened, token, order.pin)
    who = tx.principal.person_id
    waits_for = await holding.waits_for(tx, holder, envelope.code)
    limits = (extract.expires_at, order.views, waits_for)
    await tx.run(repository.ADD_OPENING, digest, sealed, *spot, *limits)
    agreed = (list(order.fields), order.purpose, order.recipient)
    await tx.run(repository.ADD, share_id, document_id, who, holder, *agreed, digest, tx.now)
    return Shared(
        id=share_id,
        url=f"{tx.base_url}/share#{token}",
        token=token,
        expires_at=extract.expires_at,
        waits_for=waits_for,
    )


async def listed(
    snapshot: Snapshot, document_id: UUID, cursor: str | None, limit: int
) -> Page[Share]:
    """Return what the caller shares of a document, and when somebody looked.

    Raises `NotFound` for whoever is not the holder, represents nobody who is, and shares nothing.
    """
    who = snapshot.principal.person_id
    page = await snapshot.page(repository.LIST, cursor, limit, document_id, who)
    if not page.items:
        await holding.held(snapshot, document_id)
    return page


async def agree(tx: Transaction, share_id: UUID) -> None:
    """Agree to what a child of the caller, or who represents the caller, shares. Or `NotFound`."""
    if await tx.maybe(repository.AGREE, share_id, tx.principal.person_id) is None:
        raise NotFound


async def withdraw(tx: Transaction, share_id: UUID) -> None:
    """End a share, now. Raises `NotFound`."""
    if await tx.maybe(repository.END, share_id, tx.principal.person_id, tx.now) is None:
        raise NotFound
    await credentials.withdraw_shared(tx, share_id)


async def require_token(tx: Transaction, question: ShareQuestion) -> None:
    """Return if there is something sealed that token and PIN open. Raises `NotFound`."""
    found = await tx.maybe(repository.SEALED, sharing.token_sha256(question.token))
    if found is None:
        raise NotFound
    try:
        sharing.unsealed(found.sealed, question.token, question.pin)
    except NotOpened as error:
        raise NotFound from error


async def announced(snapshot: Snapshot, question: ShareQuestion) -> Announced:
    """Return what a token would open: for whom, for what, which facts. Raises `NotFound`."""
    digest = sharing.token_sha256(question.token)
    found = await snapshot.maybe(repository.OPENABLE, digest, snapshot.now)
    if found is None:
        raise NotFound
    try:
        extract = sharing.unsealed(found.sealed, question.token, question.pin).extract
    except NotOpened as error:
        raise NotFound from error
    return Announced(
        kind=extract.kind,
        fields=tuple(extract.fields),
        purpose=extract.purpose,
        recipient=extract.recipient,
        expires_at=extract.expires_at,
    )


async def opened(tx: Transaction, question: ShareQuestion) -> Opened:
    """Return what a token opens. Wrong, withdrawn, expired and used up are all one `NotFound`."""
    digest = sharing.token_sha256(question.token)
    found = await tx.maybe(repository.OPEN, digest, tx.now)
    if found is None:
        raise NotFound
    try:
        sealed = sharing.unsealed(found.sealed, question.token, question.pin)
    except NotOpened as error:
        raise NotFound from error
    standing = await statuses.standing(tx, (statuses.uri(tx.base_url, found.list), found.place))
    if standing is None:
        raise NotFound
    await tx.run(repository.LOOKED, digest, tx.now, tx.principal.client_id or None)
    await looks.through_share(tx, sealed)
    return Opened(status=standing.status.name, extract=sealed.extract)
