"""Photos as they came: for the desk that doubts a copy, for a reason, with a line in the log."""

from typing import Final
from uuid import UUID

from backend.kernel import NotFound, Transaction
from contracts.files import FileStore
from contracts.personal_data import AccessLog, Look
from modules.feedback.model.disclosures import Original
from modules.feedback.repository import disclosures as repository
from modules.feedback.repository import moderation, reports, tracking
from modules.feedback.scopes import ORIGINALS

PURPOSE: Final = "feedback.originals"


async def download(
    tx: Transaction, report_id: UUID, file_id: UUID, reason: str, *, store: FileStore
) -> Original:
    """Return a photo with everything in it, having written down who looked and why.

    Whoever took it reads so in their own access log. Raises `NotFound` for a report of elsewhere,
    and for an original that is not kept any more.
    """
    report = tx.check(ORIGINALS, await reports.find(tx, report_id))
    found = [each for each in await reports.attachments(tx, report_id) if each.file_id == file_id]
    if not found:
        raise NotFound
    content = await store.read(file_id, "original")
    await moderation.add_note(tx, report_id, f"original {found[0].sha256[:12]}: {reason}", "desk")
    if found[0].role == "reported":
        await tracking.show(tx, report_id)
        kept = await repository.reporter(tx, report_id)
        subject_id = None if kept is None else kept.person_id or kept.contact_id
        if subject_id is not None:
            about = f"feedback.report {report.code}"
            look = Look(subject_id=subject_id, purpose=PURPOSE, about=about, fields=("original",))
            await tx.ask(AccessLog).note(look)
    return Original(content=content, media_type=found[0].media_type)
