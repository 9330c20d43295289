"""A person who signs in a browser: what waits for them, as it will read, and with which key."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from backend.kernel import NotFound, Snapshot
from modules.documents.model import on_screen
from modules.documents.model.canonical import accepted_as
from modules.documents.model.envelope import Envelope
from modules.documents.model.jws import encoded
from modules.documents.model.printing import Unrenderable
from modules.documents.repository import certificates, revisions
from modules.documents.repository import to_sign as repository
from modules.documents.repository.to_sign import Going, ToSign
from modules.documents.service import closing, kinds, reading, working
from modules.documents.service.closing import Paper
from modules.documents.service.remote import signers


class KeptKey(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate of the caller's whose key a provider keeps, as they may know it."""

    fingerprint: str
    provider: str
    valid_until: datetime


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A document as it is to be signed. `words` is HTML; empty where the PDF alone shows it."""

    waiting: ToSign
    words: str
    parties: tuple[str, ...]


async def listed(snapshot: Snapshot) -> Sequence[ToSign]:
    """Return what waits for the caller's signature, what ends first before the rest."""
    return await snapshot.all(repository.TO_SIGN, snapshot.principal.person_id, snapshot.now)


async def going(snapshot: Snapshot) -> Sequence[Going]:
    """Return what the caller's providers are asking them now."""
    return await snapshot.all(repository.GOING, snapshot.principal.person_id, snapshot.now)


async def codes(snapshot: Snapshot, documents: Sequence[UUID]) -> dict[UUID, str]:
    """Return what people call these documents, as far as the caller sees them."""
    found = await snapshot.all(repository.CODES, documents)
    return {each.document_id: each.code for each in found}


async def kept_keys(snapshot: Snapshot) -> Sequence[KeptKey]:
    """Return with which certificates the caller may sign in a browser."""
    labels = {each.name: each.label for each in signers.listed(snapshot)}
    rows = await snapshot.all(certificates.OWN, snapshot.principal.person_id)
    return [
        KeptKey(
            fingerprint=encoded(row.fingerprint),
            provider=labels[row.provider],
            valid_until=row.valid_until,
        )
        for row in rows
        if row.provider in labels and row.revoked_at is None and row.valid_until > snapshot.now
    ]


async def sheet(snapshot: Snapshot, document_id: UUID) -> Sheet:
    """Return a document that waits for the caller, as it reads. Raises `NotFound`."""
    waiting, paper = await _waiting(snapshot, document_id)
    envelope = accepted_as(paper.content, Envelope)
    form = kinds.form(kinds.kind(snapshot, waiting.kind))
    words = ""
    # Printed by an older template it would read otherwise than what is signed.
    if envelope.renderer.template == form.sha256():
        try:
            words = await asyncio.to_thread(on_screen.shown, paper.content, form)
        except Unrenderable:
            words = ""
    names = tuple(each.name for each in envelope.parties)
    return Sheet(waiting=waiting, words=words, parties=names)


async def so_far(snapshot: Snapshot, document_id: UUID) -> bytes:
    """Return the PDF that waits for the caller, with the signatures it has. Raises `NotFound`."""
    _, paper = await _waiting(snapshot, document_id)
    drafts = await working.files_so_far(snapshot, [paper])
    return drafts[document_id][0]


async def _waiting(snapshot: Snapshot, document_id: UUID) -> tuple[ToSign, Paper]:
    await reading.allowed(snapshot, document_id, "full")
    found = [each for each in await listed(snapshot) if each.document_id == document_id]
    if not found:
        raise NotFound
    row = await snapshot.maybe(revisions.REVISION, document_id, found[0].rev)
    return found[0], await closing.paper(snapshot, row)
