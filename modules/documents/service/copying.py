"""Paper copies of issued documents."""

import asyncio
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Transaction
from backend.kernel.locale import language
from modules.documents.model import paper
from modules.documents.model.canonical import accepted_as
from modules.documents.model.envelope import Envelope
from modules.documents.model.findings import ExternalIdVerdict
from modules.documents.model.paper import Copy
from modules.documents.repository import revisions, shares
from modules.documents.service import closing, external, keys, kinds, reading

_SYSTEM: Final = "Tỉnh-S"


async def copied(tx: Transaction, document_id: UUID) -> bytes:
    """Return a paper copy of the revision that counts, with a signed code; write down by whom."""
    await reading.allowed(tx, document_id, "full")
    revision = await closing.paper(tx, await tx.maybe(revisions.CURRENT, document_id))
    envelope = accepted_as(revision.content, Envelope)
    kind = kinds.kind(tx, envelope.type)
    content = msgspec.convert(envelope.data, kind.schemas[envelope.schema])
    said = paper.claims(envelope, revision.content_sha256.hex(), dict(kind.printed(content)))
    address = paper.signed(said, envelope.issuer, await keys.signing(tx, "qr"))
    who = tx.principal.person_id or tx.principal.staff_id
    ids, notice = await external.of_document(tx, document_id, kind.name)
    copy = Copy(
        made_at=tx.now,
        made_by=str(who),
        system=f"{_SYSTEM}, {tx.base_url}",
        numbers=_numbered(kinds.Names(tx), kind.name, ids),
        notice=notice,
    )
    await tx.run(shares.COPIED, tx.new_id(), document_id, revision.rev, who, tx.now)
    return await asyncio.to_thread(paper.printed, revision.content, kinds.form(kind), address, copy)


def _numbered(names: kinds.Names, kind: str, ids: Sequence[ExternalIdVerdict]) -> list[str]:
    """Return what others have numbered a document, in the language of the paper."""
    asked_in = language.set("vi")
    try:
        return [f"{names.number(kind, each.name)}: {each.value}" for each in ids]
    finally:
        language.reset(asked_in)
