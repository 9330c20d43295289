"""What is said and noted beside the calls: it moves no report and no deadline."""

from datetime import timedelta
from uuid import UUID

from backend.kernel import Transaction
from contracts.feedback import MessageSent
from contracts.identity import Officers
from modules.feedback.model.moderation import (
    Messaging,
    Noting,
    Scribble,
    Watcher,
    Watchers,
)
from modules.feedback.repository import moderation as repository
from modules.feedback.service import desk, filing, own_words, work
from modules.feedback.settings import Settings


async def note(tx: Transaction, report_id: UUID, noting: Noting) -> None:
    """Note something for the desk, or for the agencies too."""
    report = await desk.find(tx, report_id)
    await repository.add_note(tx, report.id, noting.text, noting.audience)


async def note_at_work(tx: Transaction, report_id: UUID, noting: Messaging) -> None:
    """Note something for one's own agency and the desk."""
    report = await work.find(tx, report_id)
    await repository.add_note(tx, report.id, noting.text, "agencies")


async def say_as_desk(tx: Transaction, report_id: UUID, message: Messaging) -> None:
    report = await desk.find(tx, report_id)
    await _say(tx, report.id, "desk", message)


async def say_as_agency(tx: Transaction, report_id: UUID, message: Messaging) -> None:
    report = await work.find(tx, report_id)
    await _say(tx, report.id, "agency", message)


async def say_as_reporter(tx: Transaction, report_id: UUID, message: Messaging) -> None:
    report = await filing.find(tx, report_id)
    message_id = await _say(tx, report.id, "reporter", message)
    await own_words.note(tx, report.id, str(message_id), message.text)


async def _say(tx: Transaction, report_id: UUID, side: str, message: Messaging) -> UUID:
    message_id = await repository.add_message(tx, report_id, side, message.text)
    await tx.publish(MessageSent(report_id=report_id, side=side))
    return message_id


async def scribble(tx: Transaction, report_id: UUID, draft: Scribble) -> None:
    """Keep what an officer has begun to write; nobody else reads it."""
    report = await desk.find(tx, report_id)
    await repository.scribble(tx, report.id, draft.call, draft.text)


async def watch(
    tx: Transaction, report_id: UUID, *, is_writing: bool, officers: Officers
) -> Watchers:
    """Say that one is still looking; a claim is held on to by it. Returns who else is."""
    report = await desk.find(tx, report_id)
    idle = timedelta(minutes=tx.ask(Settings).claim_idle_minutes)
    present = await repository.watch(tx, report.id, is_writing=is_writing, idle=idle)
    names = await officers.names([each.staff_id for each in present])
    return Watchers(
        items=[
            Watcher(
                staff_id=each.staff_id,
                name=names.get(each.staff_id, ""),
                is_writing=each.is_writing,
                at=each.at,
            )
            for each in present
        ]
    )
