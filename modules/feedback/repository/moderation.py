"""Masks, and what is said beside the calls."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.feedback.model.moderation import (
    Decided,
    MaskReason,
    Masks,
    Message,
    Note,
    Rectangle,
    Scribble,
    TextMask,
)
from modules.feedback.repository import own_words

_LOOKS: Final = timedelta(seconds=40)
"""How long somebody counts as looking after a sign: two are due in it."""


class Mask(msgspec.Struct, frozen=True, kw_only=True):
    """A mask as it is kept."""

    kind: str
    seq: int | None
    first: int | None
    last: int | None
    file_id: UUID | None
    x: float | None
    y: float | None
    width: float | None
    height: float | None
    reason: MaskReason


MASKS: Final = Query(
    Mask,
    """
    select kind, seq, first, last, file_id, x, y, width, height, reason
      from feedback.mask
     where report_id = $1 and undone_at is null
     order by seq, first, file_id, y, x, id
     limit 2000
    """,
)

UNDO: Final = Statement("""
    update feedback.mask
       set undone_at = $2
     where report_id = $1 and undone_at is null
""")

ADD_SPAN: Final = Statement("""
    insert into feedback.mask (
        id, report_id, kind, seq, first, last, reason, made_by, made_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
""")

ADD_RECTANGLE: Final = Statement("""
    insert into feedback.mask (
        id, report_id, kind, file_id, x, y, width, height, reason, made_by, made_at)
    values ($1, $2, 'rectangle', $3, $4, $5, $6, $7, $8, $9, $10)
""")

LOOKED: Final = Statement("""
    update feedback.attachment
       set looked_at = $3, looked_by = $4, public_file_id = $5
     where report_id = $1 and file_id = $2
""")

ADD_NOTE: Final = Statement("""
    insert into feedback.note (id, report_id, audience, text, staff_id, agency_id, at)
    values ($1, $2, $3, $4, $5, $6, $7)
""")

NOTES: Final = Query(
    Note,
    """
    select id, audience, text, staff_id, agency_id, at
      from feedback.note
     where report_id = $1 and audience = any ($2::text[])
     order by at, id
     limit 500
    """,
)

ADD_MESSAGE: Final = Statement("""
    insert into feedback.message (id, report_id, side, text, staff_id, at)
    values ($1, $2, $3, $4, $5, $6)
""")

MESSAGES: Final = Query(
    Message,
    """
    select id, side, text, at
      from feedback.message
     where report_id = $1
     order by at, id
     limit 500
    """,
)

SCRIBBLE: Final = Statement("""
    insert into feedback.desk_draft (report_id, staff_id, call, text, at)
    values ($1, $2, $3, $4, $5)
        on conflict (report_id, staff_id, call) do update
       set text = excluded.text, at = excluded.at
""")

SCRIBBLES: Final = Query(
    Scribble,
    """
    select call, text
      from feedback.desk_draft
     where report_id = $1 and staff_id = $2 and text <> ''
     order by call
     limit 50
    """,
)

WATCH: Final = Statement("""
    insert into feedback.presence (report_id, staff_id, at, is_writing)
    values ($1, $2, $3, $4)
        on conflict (report_id, staff_id) do update
       set at = excluded.at, is_writing = excluded.is_writing
""")

HOLD_ON: Final = Statement("""
    update feedback.report
       set claimed_until = $3
     where id = $1 and claimed_by = $2 and claimed_until < $3
""")


class Present(msgspec.Struct, frozen=True, kw_only=True):
    """A sign of somebody who looks."""

    staff_id: UUID
    at: datetime
    is_writing: bool


WATCHERS: Final = Query(
    Present,
    """
    select staff_id, at, is_writing
      from feedback.presence
     where report_id = $1 and staff_id <> $2 and at >= $3
     order by at desc, staff_id
     limit 50
    """,
)


async def decided(snapshot: Snapshot, report_id: UUID) -> Decided:
    masks = await snapshot.all(MASKS, report_id)
    return Decided(
        spans=[_text(mask) for mask in masks if mask.kind == "span"],
        left=[_text(mask) for mask in masks if mask.kind == "left"],
        rectangles=[(mask.file_id, _rectangle(mask)) for mask in masks if mask.file_id is not None],
        own=await own_words.standing(snapshot, report_id),
    )


def _text(mask: Mask) -> TextMask:
    return TextMask(
        seq=mask.seq or 1, start=mask.first or 0, end=mask.last or 1, reason=mask.reason
    )


def _rectangle(mask: Mask) -> Rectangle:
    return Rectangle(
        x=mask.x or 0,
        y=mask.y or 0,
        width=mask.width or 1,
        height=mask.height or 1,
        reason=mask.reason,
    )


async def decide(tx: Transaction, report_id: UUID, masks: Masks) -> None:
    """Let these masks stand, and no others."""
    await tx.run(UNDO, report_id, tx.now)
    by, at = tx.principal.staff_id, tx.now
    for kind, spans in (("span", masks.spans), ("left", masks.left)):
        for span in spans:
            values = span.seq, span.start, span.end, span.reason, by, at
            await tx.run(ADD_SPAN, tx.new_id(), report_id, kind, *values)
    for photo in masks.photos:
        for part in photo.rectangles:
            values = part.x, part.y, part.width, part.height, part.reason, by, at
            await tx.run(ADD_RECTANGLE, tx.new_id(), report_id, photo.file_id, *values)


async def looked(
    tx: Transaction, report_id: UUID, file_id: UUID, public_file_id: UUID | None
) -> None:
    """Note that the caller has looked at a photo, and what everybody is shown in its place."""
    await tx.run(LOOKED, report_id, file_id, tx.now, tx.principal.staff_id, public_file_id)


async def add_note(tx: Transaction, report_id: UUID, text: str, audience: str) -> None:
    who = tx.principal
    values = tx.new_id(), report_id, audience, text, who.staff_id, who.agency_id, tx.now
    await tx.run(ADD_NOTE, *values)


async def notes(snapshot: Snapshot, report_id: UUID, audiences: Sequence[str]) -> Sequence[Note]:
    return await snapshot.all(NOTES, report_id, audiences)


async def add_message(tx: Transaction, report_id: UUID, side: str, text: str) -> UUID:
    message_id = tx.new_id()
    await tx.run(ADD_MESSAGE, message_id, report_id, side, text, tx.principal.staff_id, tx.now)
    return message_id


async def messages(snapshot: Snapshot, report_id: UUID) -> Sequence[Message]:
    return await snapshot.all(MESSAGES, report_id)


async def scribble(tx: Transaction, report_id: UUID, call: str, text: str) -> None:
    await tx.run(SCRIBBLE, report_id, tx.principal.staff_id, call, text, tx.now)


async def drafts(snapshot: Snapshot, report_id: UUID) -> Sequence[Scribble]:
    return await snapshot.all(SCRIBBLES, report_id, snapshot.principal.staff_id)


async def watch(
    tx: Transaction, report_id: UUID, *, is_writing: bool, idle: timedelta
) -> Sequence[Present]:
    """Note that the caller looks at the report, who holds on to it if it is theirs."""
    staff_id = tx.principal.staff_id
    await tx.run(WATCH, report_id, staff_id, tx.now, is_writing)
    await tx.run(HOLD_ON, report_id, staff_id, tx.now + idle)
    return await tx.all(WATCHERS, report_id, staff_id, tx.now - _LOOKS)
