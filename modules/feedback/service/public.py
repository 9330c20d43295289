"""What everybody may read: the list, one report, its photos."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from backend.kernel import BadRequest, NotFound, Snapshot, t
from contracts.files import FileStore
from contracts.page import Page
from contracts.problem import Fault
from modules.feedback.model.codes import heard
from modules.feedback.model.places import Box, Circle, Point, stretch
from modules.feedback.model.queues import Listed, Projected, PublicFilter
from modules.feedback.model.reports import excerpt
from modules.feedback.model.views import PublicItem, PublicReport, Step
from modules.feedback.repository import public as repository
from modules.feedback.service import categories
from modules.feedback.service.reading import label

MONTHS: Final = 24
"""How far back words are looked for."""

WALK: Final = 2000
"""So many of the newest reports are looked through before the index of words is asked."""

_WALKED: Final = 2
"""Months that are walked: on the first of a month there is nothing in it yet."""

PHOTO_SECONDS: Final = 3600
"""How long the address behind a public photo is good for, after the report may have been hidden."""


async def newest(
    snapshot: Snapshot, wanted: PublicFilter, box: Box | None, cursor: str | None, limit: int
) -> Page[PublicItem]:
    """Return public reports, newest first, everywhere or within a box."""
    if box is None:
        page = await repository.newest(snapshot, wanted, cursor, limit)
    else:
        page = await repository.within(snapshot, wanted, box, cursor, limit)
    items = [await _item(snapshot, row, None) for row in page.items]
    return Page(items=items, next_cursor=page.next_cursor)


async def most_followed(
    snapshot: Snapshot, wanted: PublicFilter, cursor: str | None, limit: int
) -> Page[PublicItem]:
    """Return public reports, those that most people follow first."""
    page = await repository.most_followed(snapshot, wanted, cursor, limit)
    items = [await _item(snapshot, row, None) for row in page.items]
    return Page(items=items, next_cursor=page.next_cursor)


async def search(
    snapshot: Snapshot, wanted: PublicFilter, words: str, cursor: str | None, limit: int
) -> Page[PublicItem]:
    """Return public reports that hold all the words, newest first, two years back.

    Month by month, as far as a page is not full: whoever looks for what is not there waits for
    24 small questions, and nobody for a large one. The cursor says in which month to go on.
    """
    months, walk, inner = _months(snapshot, cursor)
    rows: list[Listed] = []
    for place, of_month in enumerate(months):
        if inner is None:
            walk = WALK if place < _WALKED else 0
        left = limit - len(rows)
        page = await repository.found(snapshot, wanted, words, of_month, inner, left, walk=walk)
        rows += page.items
        inner = None
        if page.next_cursor is not None:
            way = "w" if walk else ""
            return await _listed(snapshot, rows, f"{of_month:%Y%m}{way}-{page.next_cursor}")
        if len(rows) == limit and place + 1 < len(months):
            return await _listed(snapshot, rows, f"{months[place + 1]:%Y%m}-")
    return await _listed(snapshot, rows, None)


def _months(snapshot: Snapshot, cursor: str | None) -> tuple[list[date], int, str | None]:
    """Return the months to look through, how far to walk in the first, and where to go on in it."""
    first = snapshot.today.replace(day=1)
    months: list[date] = []
    while len(months) < MONTHS:
        months.append(first)
        first = (first - timedelta(days=1)).replace(day=1)
    if cursor is None:
        return months, 0, None
    begun, _, inner = cursor.partition("-")
    for place, of_month in enumerate(months):
        if begun.removesuffix("w") == f"{of_month:%Y%m}":
            return months[place:], WALK if begun.endswith("w") else 0, inner or None
    raise BadRequest(errors=[Fault(parameter="cursor", code="format")])


async def _listed(
    snapshot: Snapshot, rows: Sequence[Listed], next_cursor: str | None
) -> Page[PublicItem]:
    return Page(items=[await _item(snapshot, row, None) for row in rows], next_cursor=next_cursor)


async def history(snapshot: Snapshot, code: str) -> Sequence[Step]:
    """Return what everybody may know to have happened to a public report, without words."""
    row = await _find(snapshot, code)
    return [
        Step(at=step.at, kind=step.kind, label=t(f"feedback.calls.{step.kind}"), state=step.state)
        for step in row.steps
    ]


async def nearest(
    snapshot: Snapshot, wanted: PublicFilter, circle: Circle, cursor: str | None, limit: int
) -> Page[PublicItem]:
    """Return public reports around a point, the nearest first."""
    page = await repository.nearest(snapshot, wanted, circle, cursor, limit)
    items = [await _item(snapshot, row, circle.centre) for row in page.items]
    return Page(items=items, next_cursor=page.next_cursor)


async def read(snapshot: Snapshot, code: str) -> PublicReport:
    """Return a public report. One that is private, hidden or unknown is not found."""
    return await rendered(snapshot, await _find(snapshot, code))


async def rendered(snapshot: Snapshot, row: Projected) -> PublicReport:
    """Return a public copy as everybody reads it: the page and its preview are this one thing."""
    return PublicReport(
        code=row.code,
        category=await categories.card(snapshot, row.category_code, row.category_version),
        state=row.state,
        state_label=label(row.state),
        state_at=row.state_at,
        filed_at=row.filed_at,
        commune_code=row.commune_code,
        location=_point(row),
        agency=row.agency_name,
        original_due_at=row.original_due_at,
        due_at=row.due_at,
        followers=row.followers,
        objections=row.objections,
        text=row.body,
        result=row.result,
        reason=row.reason,
        photos=_photos(snapshot, row),
    )


async def photo(snapshot: Snapshot, code: str, number: int, *, store: FileStore) -> str:
    """Return where the photo of that number (from 1) lies, without anything that a camera wrote."""
    row = await _find(snapshot, code)
    if not 0 < number <= len(row.photos):
        raise NotFound
    return store.link(row.photos[number - 1], "public", seconds=PHOTO_SECONDS)


async def _find(snapshot: Snapshot, code: str) -> Projected:
    written = heard(code)
    row = None if written is None else await repository.find(snapshot, written)
    if row is None:
        raise NotFound
    return row


async def _item(snapshot: Snapshot, row: Listed, asked: Point | None) -> PublicItem:
    metres = None if row.far is None or asked is None else round(row.far * stretch(asked))
    return PublicItem(
        code=row.code,
        category=await categories.card(snapshot, row.category_code, row.category_version),
        state=row.state,
        state_label=label(row.state),
        state_at=row.state_at,
        filed_at=row.filed_at,
        commune_code=row.commune_code,
        location=_point(row),
        distance_m=metres,
        agency=row.agency_name,
        followers=row.followers,
        excerpt=excerpt(row.body),
        photos=_photos(snapshot, row),
    )


def _point(row: Projected | Listed) -> Point | None:
    return None if row.lat is None or row.lon is None else Point(lat=row.lat, lon=row.lon)


def _photos(snapshot: Snapshot, row: Projected | Listed) -> list[str]:
    address = f"{snapshot.base_url}/v1/feedback/public/reports/{row.code}/photos"
    return [f"{address}/{number}" for number, _ in enumerate(row.photos, start=1)]
