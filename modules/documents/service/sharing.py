"""A holder's consent, as long as it lasts: given, listed, withdrawn, and made use of."""

from datetime import date, timedelta
from uuid import UUID

import msgspec

from backend.kernel import NotFound, Snapshot, Transaction
from contracts.page import Page
from contracts.personal_data import People
from modules.documents.errors import NoSuchFacts
from modules.documents.model import jws, sharing
from modules.documents.model.canonical import accepted_as
from modules.documents.model.envelope import Envelope
from modules.documents.model.sharing import (
    Extract,
    NotOpened,
    Opened,
    Sealed,
    Share,
    Shared,
    ShareOrder,
    ShareQuestion,
)
from modules.documents.repository import documents
from modules.documents.repository import shares as repository
from modules.documents.scopes import SHARE
from modules.documents.service import keys, kinds, looks, statuses
from modules.documents.service.seals import SealHeader


async def share(tx: Transaction, document_id: UUID, order: ShareOrder) -> Shared:
    """Let somebody see some facts for a while. Raises `NotFound` for all but the holder,
    `NoSuchFacts`.
    """
    holder = await _held(tx, document_id)
    revision = await tx.maybe(documents.CURRENT, document_id)
    if revision is None:
        raise NotFound
    envelope = accepted_as(revision.content, Envelope)
    found = kinds.kind(tx, envelope.type)
    content = msgspec.convert(envelope.data, found.schemas[envelope.schema])
    claims = found.claims(content)
    if not set(order.fields) <= claims.keys():
        raise NoSuchFacts
    share_id, token = tx.new_id(), sharing.fresh_token()
    extract = Extract(
        code=envelope.code,
        kind=envelope.type,
        issued_on=envelope.issued_on.isoformat(),
        fields={name: claims[name] for name in order.fields},
        purpose=order.purpose,
        recipient=order.recipient,
        expires_at=tx.now + timedelta(hours=order.hours),
        seal="",
    )
    extract = msgspec.structs.replace(extract, seal=await _seal(tx, extract))
    digest = sharing.token_sha256(token)
    spot = statuses.spot(tx.base_url, envelope.status)
    holders = await looks.holders(tx, document_id)
    found = Sealed(extract=extract, share_id=share_id, subject_ids=holders)
    sealed = sharing.sealed(found, token, order.pin)
    who = tx.principal.person_id
    born = await _born(tx, holder, envelope.code)
    waits_for = sharing.waits_for(born, tx.today, is_holder=who == holder)
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
        await _held(snapshot, document_id)
    return page


async def agree(tx: Transaction, share_id: UUID) -> None:
    """Agree to what a child of the caller, or who represents the caller, shares. Or `NotFound`."""
    if await tx.maybe(repository.AGREE, share_id, tx.principal.person_id) is None:
        raise NotFound


async def withdraw(tx: Transaction, share_id: UUID) -> None:
    """End a share, now. Raises `NotFound`."""
    if await tx.maybe(repository.END, share_id, tx.principal.person_id, tx.now) is None:
        raise NotFound


async def require_token(tx: Transaction, question: ShareQuestion) -> None:
    """Return if there is something sealed that token and PIN open. Raises `NotFound`."""
    found = await tx.maybe(repository.SEALED, sharing.token_sha256(question.token))
    if found is None:
        raise NotFound
    try:
        sharing.unsealed(found.sealed, question.token, question.pin)
    except NotOpened as error:
        raise NotFound from error


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


async def _held(tx: Snapshot, document_id: UUID) -> UUID:
    """Return the holder, if that is the caller or somebody they represent. Raises `NotFound`."""
    found = await tx.maybe(documents.ALLOWED, document_id, tx.principal.person_id)
    access = tx.check(SHARE, found)
    if access.relation != "holder" or access.person_id is None:
        raise NotFound
    return access.person_id


async def _born(tx: Transaction, holder: UUID, code: str) -> date | None:
    """Return a person's day of birth as the national account knows it."""
    card = await tx.ask(People).card(
        holder, {"birth_date"}, purpose=looks.SHARING, about=looks.about(code)
    )
    return None if card is None else card.birth_date


async def _seal(tx: Transaction, extract: Extract) -> str:
    key = await keys.signing(tx, "vc")
    kid = jws.thumbprint(key.public_key())
    head = SealHeader(alg="ES256", kid=kid, typ="tinhs-extract+jws")
    return jws.compact(key, head, msgspec.json.encode(extract, order="sorted"))
