"""Before everybody reads it: what is masked, what they would see, and that somebody has looked."""

import asyncio
from collections.abc import Sequence
from io import BytesIO
from typing import Any, Final
from uuid import UUID

from PIL import Image, ImageDraw

from backend.kernel import NotFound, Snapshot, Transaction
from contracts.files import FileStore
from modules.feedback.errors import MasksUndecided, NotPublishable, PhotosUnseen, PreviewStale
from modules.feedback.model.files import FOR_PUBLIC
from modules.feedback.model.machines import Call, Who, after
from modules.feedback.model.masks import spans
from modules.feedback.model.moderation import Decided, LookedAt, Masks, Rectangle, Sealing, TextMask
from modules.feedback.model.projection import digest
from modules.feedback.model.reports import Attachment, Report
from modules.feedback.model.views import Preview
from modules.feedback.repository import moderation as repository
from modules.feedback.repository import reports
from modules.feedback.service import categories, desk, public
from modules.feedback.service.moves import Words, make, not_from_here
from modules.feedback.service.projection import projected, settle
from modules.feedback.service.public import PHOTO_SECONDS

_BLACK: Final = (0, 0, 0)
_QUALITY: Final = 88


async def mask(
    tx: Transaction, report_id: UUID, masks: Masks, *, version: int, store: FileStore
) -> Report:
    """Decide what of a report nobody else reads, and note which photos were looked at.

    What is public already shows it masked at once. Raises `NotFound` for a photo of elsewhere.
    """
    report = await desk.find(tx, report_id)
    photos = {each.file_id: each for each in await reports.attachments(tx, report_id)}
    if not {photo.file_id for photo in masks.photos} <= photos.keys():
        raise NotFound
    if after(report.standing, Call.MASKING) is not None:
        before = await repository.decided(tx, report_id)
        for photo in masks.photos:
            await _look(tx, report_id, photos[photo.file_id], photo, before, store=store)
        await repository.decide(tx, report_id, masks)
    codes = (str(len(masks.spans)), str(len(masks.left)), str(len(masks.photos)))
    said = Words(codes=codes)
    await make(tx, report, Call.MASKING, Who.MODERATOR, version=version, words=said)
    return await settle(tx, report)


async def preview(snapshot: Snapshot, report_id: UUID, *, store: FileStore) -> Preview:
    """Return what everybody would read, by the function that writes what everybody reads."""
    report = await desk.find(snapshot, report_id)
    row = await projected(snapshot, report)
    return Preview(
        source_digest=digest(row),
        undecided=await _undecided(snapshot, report),
        unseen=[photo.file_id for photo in await _unseen(snapshot, report)],
        report=await public.rendered(snapshot, row),
        photos=[store.link(photo, "public", seconds=PHOTO_SECONDS) for photo in row.photos],
    )


async def publish(tx: Transaction, report_id: UUID, source_digest: str, *, version: int) -> Report:
    """Let everybody see a report as its preview showed it.

    Raises `NotPublishable`, `MasksUndecided`, `PhotosUnseen`, or `PreviewStale` when something
    has changed since.
    """
    report = await desk.find(tx, report_id)
    category = await categories.of(tx, report)
    if not category.may_be_public(report.wish):
        raise NotPublishable
    if after(report.standing, Call.PUBLICATION) is None:
        raise not_from_here(report, Who.MODERATOR)
    if await _undecided(tx, report):
        raise MasksUndecided
    if await _unseen(tx, report):
        raise PhotosUnseen
    if digest(await projected(tx, report)) != source_digest:
        raise PreviewStale
    await make(tx, report, Call.PUBLICATION, Who.MODERATOR, version=version)
    return await settle(tx, report)


async def publish_as_shown(
    tx: Transaction, report_id: UUID, *, version: int, store: FileStore
) -> Report:
    """Publish a report whose page showed every photo, and marked every number that is masked.

    Whoever presses the button there has looked: no change since can have the same version.
    """
    report = await desk.find(tx, report_id)
    text = await reports.text(tx, report_id)
    decided = await repository.decided(tx, report_id)
    masked, left = decided.of(1)
    found = (TextMask(start=s.start, end=s.end, reason=s.reason) for s in spans(text))
    new = [each for each in found if (each.start, each.end) not in (*masked, *left)]
    photos = await reports.attachments(tx, report_id)
    masks = Masks(
        spans=(*decided.spans, *new),
        left=tuple(decided.left),
        photos=tuple(
            LookedAt(
                file_id=photo.file_id,
                rectangles=tuple(p for of, p in decided.rectangles if of == photo.file_id),
            )
            for photo in photos
        ),
    )
    if new or any(photo.looked_at is None for photo in photos):
        report = await mask(tx, report_id, masks, version=version, store=store)
        version = report.version
    digested = digest(await projected(tx, report))
    return await publish(tx, report_id, digested, version=version)


async def seal(tx: Transaction, report_id: UUID, sealing: Sealing, *, version: int) -> Report:
    """Keep a denunciation from everybody but the identity desk, for ever."""
    report = await desk.find(tx, report_id)
    said = Words(text=sealing.text)
    await make(tx, report, Call.SEALING, Who.MODERATOR, version=version, words=said)
    return await settle(tx, report)


async def _undecided(snapshot: Snapshot, report: Report) -> int:
    """Return how many suggested masks of the report's own text nobody has decided on."""
    text = await reports.text(snapshot, report.id)
    decided = await repository.decided(snapshot, report.id)
    masked, left = decided.of(1)
    return sum(
        (found.start, found.end) not in left
        and not any(start <= found.start and found.end <= end for start, end in masked)
        for found in spans(text)
    )


async def _unseen(snapshot: Snapshot, report: Report) -> Sequence[Attachment]:
    return [
        photo
        for photo in await reports.attachments(snapshot, report.id)
        if photo.role == "reported" and photo.looked_at is None
    ]


async def _look(
    tx: Transaction,
    report_id: UUID,
    attachment: Attachment,
    photo: LookedAt,
    before: Decided,
    *,
    store: FileStore,
) -> None:
    known = [part for file_id, part in before.rectangles if file_id == photo.file_id]
    is_same = attachment.looked_at is not None and _edges(known) == _edges(photo.rectangles)
    if is_same:
        return
    shown: UUID | None = None
    if photo.rectangles:
        content = await store.read(photo.file_id, "clean")
        burned = await asyncio.to_thread(_burned, content, photo.rectangles)
        (kept,) = await store.receive([burned], purpose=FOR_PUBLIC, about=report_id)
        shown = kept.id
    if attachment.public_file_id is not None:
        await store.drop([attachment.public_file_id])
    await repository.looked(tx, report_id, photo.file_id, shown)


def _edges(parts: Sequence[Rectangle]) -> set[tuple[float, ...]]:
    return {
        tuple(round(edge, 5) for edge in (part.x, part.y, part.width, part.height))
        for part in parts
    }


def _burned(content: bytes, parts: Sequence[Rectangle]) -> bytes:
    """Paint over parts of a picture of our own making: what was below is gone, not covered."""
    with Image.open(BytesIO(content)) as picture:
        pixels: Any = picture.convert("RGB")
    width, height = pixels.size
    pen: Any = ImageDraw.Draw(pixels)
    for part in parts:
        corner = part.x * width, part.y * height
        far = corner[0] + part.width * width, corner[1] + part.height * height
        pen.rectangle((*corner, *far), fill=_BLACK)
    written = BytesIO()
    pixels.save(written, "JPEG", quality=_QUALITY)
    return written.getvalue()
