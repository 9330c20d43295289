"""Receipts: what was filed, and how it ended, under the house's signature.

Whoever holds one can show years later that this text came in on that day, to anybody and without
us: the signature covers the payload, the payload the digest of salt and content, and the head of
the history as it stood, which a cut or rewritten history no longer has.
"""

from base64 import b64encode
from collections.abc import Sequence
from uuid import UUID

import msgspec

from backend.kernel import Snapshot, Transaction
from contracts.sealing import Sealer
from modules.feedback.model.history import content
from modules.feedback.model.receipts import HeldReceipt, Receipt, Receipts
from modules.feedback.model.reports import Report
from modules.feedback.repository import receipts as repository
from modules.feedback.repository import reports
from modules.feedback.repository.receipts import Kept


async def issue(tx: Transaction, report_id: UUID, seq: int | None) -> None:
    """Sign what an event says, or the newest; once for each. Without a sealer there is nothing."""
    sealer = tx.ask_maybe(Sealer)
    report = await reports.find(tx, report_id)
    if sealer is None or report is None:
        return
    payload = await _payload(tx, report, seq)
    receipt = msgspec.json.decode(payload, type=Receipt)
    jws = await sealer.seal("receipt", payload)
    await repository.add(tx, report_id, receipt.seq, payload, jws)


async def held(snapshot: Snapshot, report: Report) -> Receipts:
    """Return every receipt of a report; an unsigned one where nobody has signed."""
    kept: Sequence[Kept] = await repository.of_report(snapshot, report.id)
    if not kept:
        payload = await _payload(snapshot, report, 1)
        unsigned = Kept(seq=1, payload=payload, jws=None, made_at=report.received_at)
        kept = [unsigned]
    link = await repository.link(snapshot, report.id, 1)
    photos = [
        photo.sha256 for photo in await reports.attachments(snapshot, report.id) if photo.seq == 1
    ]
    answers = {each.code: each.values for each in await reports.answers(snapshot, report.id)}
    said = content(await reports.text(snapshot, report.id), photos, answers)
    return Receipts(
        signed=any(each.jws is not None for each in kept),
        receipts=[
            HeldReceipt(payload=msgspec.json.decode(each.payload, type=Receipt), jws=each.jws)
            for each in kept
        ],
        salt=None if link.salt is None else link.salt.hex(),
        content=None if link.salt is None else b64encode(said).decode(),
    )


async def _payload(snapshot: Snapshot, report: Report, seq: int | None) -> bytes:
    first = await repository.link(snapshot, report.id, 1)
    head = first if seq == 1 else await repository.link(snapshot, report.id, seq)
    receipt = Receipt(
        code=report.code,
        received_at=report.received_at,
        category_version=report.category_version,
        commune_code=report.commune_code,
        content_digest=(first.commitment or b"").hex(),
        seq=head.seq,
        head=head.hash.hex(),
    )
    return msgspec.json.encode(receipt, order="sorted")
