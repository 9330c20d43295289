"""The same thing reported twice: hints, suggestions, and making two reports one and two again."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from io import BytesIO
from typing import Any, Final
from uuid import UUID

from PIL import Image

from backend.kernel import NotFound, Snapshot, Transaction
from contracts.feedback import ReportMerged, ReportUnmerged
from contracts.files import FileStore
from modules.feedback.errors import NotMergeable, WindowOver, WouldCycle
from modules.feedback.model.duplicates import (
    DAYS,
    RESOLVED_DAYS,
    SHOWN_TO_CITIZENS,
    SHOWN_TO_STAFF,
    Score,
    dhash,
    scored,
)
from modules.feedback.model.hints import Hint, Suggestion
from modules.feedback.model.machines import Call, PublicationState, ReportState, Who
from modules.feedback.model.masks import masked
from modules.feedback.model.places import Point, snapped, stretch
from modules.feedback.model.reports import Report, excerpt
from modules.feedback.model.requests import Merge, Reason
from modules.feedback.repository import duplicates as repository
from modules.feedback.repository import following, reports, work
from modules.feedback.service import categories, desk, handovers, reading
from modules.feedback.service.moves import Words, make
from modules.feedback.service.projection import settle

HINTS_MAX: Final = 5
UNMERGE_DAYS: Final = 30
_NO_CANONICAL: Final = frozenset({ReportState.DUPLICATE, ReportState.WITHDRAWN})
_THUMB: Final = (9, 8)


async def similar(snapshot: Snapshot, report: Report, *, store: FileStore) -> Sequence[Suggestion]:
    """Return the reports that this one may be the same as, likeliest first, with every part."""
    if report.location is None:
        return []
    window = await _window(snapshot, report.location, report.category_code)
    text = await reports.text(snapshot, report.id)
    mine = [
        attachment.dhash
        for attachment in await reports.attachments(snapshot, report.id)
        if attachment.dhash is not None
    ]
    found: list[tuple[Score, repository.Near]] = []
    for other in await repository.near(snapshot, window, report.id):
        apart = abs((report.received_at - other.received_at).total_seconds())
        score = scored(
            metres=other.far * stretch(report.location),
            days=apart / 86400,
            is_same_category=other.category_code == report.category_code,
            texts=(text, other.text),
            photos=(mine, other.dhashes),
        )
        if score.total >= SHOWN_TO_STAFF:
            found.append((score, other))
    found.sort(key=lambda pair: (-pair[0].total, pair[1].code))
    return [
        Suggestion(
            id=other.id,
            code=other.code,
            category=await categories.card(snapshot, other.category_code, other.category_version),
            state=other.state,
            state_label=reading.label(other.state),
            received_at=other.received_at,
            excerpt=excerpt(other.text),
            thumb_url=reading.thumb(other.file_id, store),
            score=score,
        )
        for score, other in found
    ]


async def hints(
    snapshot: Snapshot,
    point: Point,
    category: str,
    text: str,
    photos: Sequence[int],
    *,
    store: FileStore,
) -> Sequence[Hint]:
    """Return public reports that somebody may be about to repeat, at most five."""
    window = await _window(snapshot, point, category)
    version = await categories.opened(snapshot, category)
    seen = snapped(point, version.precision) or point
    found: list[tuple[Score, repository.Near]] = []
    for other in await repository.public_near(snapshot, window):
        score = scored(
            metres=other.far * stretch(seen),
            days=(snapshot.now - other.received_at).total_seconds() / 86400,
            is_same_category=other.category_code == category,
            texts=(masked(text), other.text),
            photos=(photos, other.dhashes),
        )
        if score.total >= SHOWN_TO_CITIZENS:
            found.append((score, other))
    found.sort(key=lambda pair: (-pair[0].total, pair[1].code))
    return [
        Hint(
            code=other.code,
            state=other.state,
            state_label=reading.label(other.state),
            filed_at=other.received_at,
            excerpt=excerpt(other.text),
            thumb_url=reading.thumb(other.file_id, store),
        )
        for _, other in found[:HINTS_MAX]
    ]


async def merge(tx: Transaction, report_id: UUID, into: Merge, *, version: int) -> Report:
    """Let a report be another: its clock and work stop, and what was merged into it goes along.

    Raises `WouldCycle`, or `NotMergeable` for one that is not there to stay.
    """
    child = await desk.find(tx, report_id)
    if into.canonical_id == child.id:
        raise WouldCycle
    canonical = await desk.find(tx, into.canonical_id)
    if canonical.canonical_id == child.id:
        raise WouldCycle
    is_sealed = canonical.publication is PublicationState.SEALED
    if is_sealed or canonical.state in _NO_CANONICAL:
        raise NotMergeable(state=canonical.state.value)
    kept = {
        "report": [{"state_at": child.state_at.isoformat()}],
        "work": [
            {"id": str(each.id), "state": each.state.value, "state_at": each.state_at.isoformat()}
            for each in await repository.live_work(tx, child.id)
        ],
        "children": [{"id": str(each)} for each in await repository.children(tx, child.id)],
    }
    said = Words(text=into.text, codes=(canonical.code,))
    who, call = Who.MODERATOR, Call.MERGE
    await make(tx, child, call, who, version=version, words=said, canonical_id=canonical.id)
    await repository.add(tx, child.id, canonical.id, await _score(tx, child, canonical), kept)
    await repository.repoint(tx, child.id, canonical.id)
    await work.cancel_coordinators(tx, child.id)
    settled = await settle(tx, child)
    await tx.publish(ReportMerged(report_id=child.id, canonical_id=canonical.id))
    return settled


async def unmerge(tx: Transaction, report_id: UUID, reason: Reason, *, version: int) -> Report:
    """Let a report be itself again, as it was; the time between is a pause.

    Raises `WindowOver` when the other one closed more than thirty days ago.
    """
    child = await desk.find(tx, report_id)
    merged = await repository.in_force(tx, child.id)
    canonical = None if merged is None else await reports.find(tx, merged.canonical_id)
    if canonical is not None and _is_long_closed(tx, canonical):
        raise WindowOver
    said = Words(text=reason.text)
    await make(tx, child, Call.UNMERGE, Who.MODERATOR, version=version, words=said)
    if merged is None:
        raise NotFound
    await repository.undo(tx, merged, child.id)
    settled = await settle(tx, child)
    if settled.assignment_id is not None and settled.owner_agency_id is not None:
        await handovers.offer(tx, settled, settled.assignment_id, settled.owner_agency_id)
    await tx.publish(ReportUnmerged(report_id=child.id, canonical_id=merged.canonical_id))
    return settled


async def join_followers(tx: Transaction, merged: ReportMerged) -> None:
    """Let whoever is concerned by a duplicate hear of the report that is dealt with for it."""
    await repository.join_followers(tx, merged.report_id, merged.canonical_id)
    await following.count(tx, merged.canonical_id)


async def part_followers(tx: Transaction, separated: ReportUnmerged) -> None:
    """Let those go again who came by a merge alone; whoever followed by themselves stays."""
    await repository.part_followers(tx, separated.report_id, separated.canonical_id)
    await following.count(tx, separated.canonical_id)


async def fingerprint(tx: Transaction, report_id: UUID, *, store: FileStore) -> None:
    """Note how the photos of a report look, so that others can be held against them."""
    for file_id in await repository.without_fingerprint(tx, report_id):
        try:
            content = await store.read(file_id, "thumb")
        except NotFound:  # withdrawn or erased since
            continue
        await repository.fingerprint(tx, file_id, await asyncio.to_thread(_looked_at, content))


def _looked_at(content: bytes) -> int:
    """Reduce a picture of our own making to 9 by 8 grey values."""
    with Image.open(BytesIO(content)) as picture:
        grey: Any = picture.convert("L")
        return dhash(grey.resize(_THUMB, Image.Resampling.LANCZOS).tobytes())


def _is_long_closed(tx: Transaction, report: Report) -> bool:
    is_closed = report.state is ReportState.CLOSED
    return is_closed and tx.now > report.state_at + timedelta(days=UNMERGE_DAYS)


async def _window(snapshot: Snapshot, point: Point, category: str) -> repository.Window:
    return repository.Window(
        point=point,
        categories=await categories.siblings(snapshot, category),
        since=snapshot.now - timedelta(days=DAYS),
        resolved_since=snapshot.now - timedelta(days=RESOLVED_DAYS),
    )


async def _score(tx: Transaction, child: Report, canonical: Report) -> float | None:
    if child.location is None:
        return None
    window = await _window(tx, child.location, child.category_code)
    near = await repository.near(tx, window, child.id)
    text = await reports.text(tx, child.id)
    for other in near:
        if other.id == canonical.id:
            return scored(
                metres=other.far * stretch(child.location),
                days=abs((child.received_at - other.received_at).total_seconds()) / 86400,
                is_same_category=other.category_code == child.category_code,
                texts=(text, other.text),
            ).total
    return None
