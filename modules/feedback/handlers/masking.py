"""The page on which an officer decides what nobody else may see, and publishes what was shown.

It works without a script: parts of a photo are numbers, drawn over it by the server.
"""

from collections.abc import Iterator
from typing import Any, Final, get_args
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from backend.kernel import BadRequest, Form, Injected, Snapshot, Transaction, VersionStale, requires
from backend.kernel.pages import work_page
from contracts.files import FileStore
from contracts.problem import Fault
from contracts.territory import AgencyRegister
from modules.feedback.errors import NotFromHere, PreviewStale
from modules.feedback.handlers.buttons import Seen
from modules.feedback.handlers.console import Sent, View, said, shown_again
from modules.feedback.handlers.pages import names
from modules.feedback.model.machines import Call
from modules.feedback.model.moderation import (
    LookedAt,
    MaskReason,
    Masks,
    Publishing,
    Rectangle,
    TextMask,
)
from modules.feedback.model.views import DeskPhoto, DeskReport
from modules.feedback.scopes import TRIAGE
from modules.feedback.service import desk, moderation

_EDGES: Final = ("x", "y", "width", "height")
_MORE: Final = 3
"""So many more parts of a photo can be named at once."""


@get("/reports/{report_id:uuid}/masks", guards=[requires(TRIAGE)])
async def show_masks(
    report_id: FromPath[UUID],
    snapshot: Injected[Snapshot],
    view: View = "",
    sent: Sent = "",
) -> Response[str]:
    """Show what would be masked, and beside it exactly what everybody would read."""
    return await _masks_page(snapshot, report_id, view=view, sent=sent)


@post("/reports/{report_id:uuid}/masks", guards=[requires(TRIAGE)], status_code=303)
async def decide_masks(
    report_id: FromPath[UUID], form: Injected[Form], tx: Injected[Transaction]
) -> Response[Any]:
    """Mask what the form names, and show the page again."""
    store, view = tx.ask(FileStore), form.text("queue")
    report = await _shown(tx, report_id)
    version = form.read(Seen).version
    try:
        if version != report.version:
            raise VersionStale(current_version=report.version)
        done = await moderation.mask(
            tx, report_id, _masks(form, report), version=version, store=store
        )
    except (VersionStale, NotFromHere) as overtaken:
        return await _masks_page(tx, report_id, view=view, status=overtaken.status)
    return shown_again(_address(report_id), done, Call.MASKING, view)


@post("/reports/{report_id:uuid}/masks/publication", guards=[requires(TRIAGE)], status_code=303)
async def publish_masked(
    report_id: FromPath[UUID], form: Injected[Form], tx: Injected[Transaction]
) -> Response[Any]:
    """Publish exactly what this page showed."""
    view, version = form.text("queue"), form.read(Seen).version
    digest = form.read(Publishing).source_digest
    try:
        done = await moderation.publish(tx, report_id, digest, version=version)
    except (VersionStale, NotFromHere, PreviewStale) as overtaken:
        return await _masks_page(tx, report_id, view=view, status=overtaken.status)
    address = f"/console/feedback/reports/{report_id}"
    return shown_again(address, done, Call.PUBLICATION, view)


async def _masks_page(
    snapshot: Snapshot, report_id: UUID, *, view: str, sent: str = "", status: int = 200
) -> Response[str]:
    report = await _shown(snapshot, report_id)
    suggested = {(span.start, span.end) for span in report.personal_data}
    return work_page(
        "feedback/masks.html",
        snapshot.principal,
        status=status,
        overtaken=status != 200,
        report=report,
        masked=[(mask.start, mask.end) for mask in _of_report(report)],
        left=[(mask.start, mask.end) for mask in report.left if mask.seq == 1],
        own=[mask for mask in _of_report(report) if (mask.start, mask.end) not in suggested],
        reasons=get_args(MaskReason),
        more=_MORE,
        preview=await moderation.preview(snapshot, report_id, store=snapshot.ask(FileStore)),
        may_publish=Call.PUBLICATION in report.allowed,
        may_mask=Call.MASKING in report.allowed,
        communes=await names(snapshot, {report.commune_code}),
        view=view,
        sent=said(sent),
    )


async def _shown(snapshot: Snapshot, report_id: UUID) -> DeskReport:
    return await desk.show(
        snapshot,
        await desk.find(snapshot, report_id),
        agencies=snapshot.ask(AgencyRegister),
        store=snapshot.ask(FileStore),
    )


def _address(report_id: UUID) -> str:
    return f"/console/feedback/reports/{report_id}/masks"


def _of_report(report: DeskReport) -> list[TextMask]:
    return [mask for mask in report.spans if mask.seq == 1]


def _masks(form: Form, report: DeskReport) -> Masks:
    """Return what the form says of the report whose page it was."""
    choices = [
        (form.text(f"span-{n}"), TextMask(start=s.start, end=s.end, reason=s.reason))
        for n, s in enumerate(report.personal_data)
    ]
    suggested = {(span.start, span.end) for span in report.personal_data}
    own = [mask for mask in _of_report(report) if (mask.start, mask.end) not in suggested]
    kept = [mask for n, mask in enumerate(own) if form.text(f"own-{n}")]
    masked = [mask for choice, mask in choices if choice == "mask"]
    elsewhere = [mask for mask in report.spans if mask.seq != 1]
    return Masks(
        spans=(*elsewhere, *masked, *kept, *_found(report.text, form.text("more"))),
        left=(
            *(mask for mask in report.left if mask.seq != 1),
            *(mask for choice, mask in choices if choice == "leave"),
        ),
        photos=tuple(
            looked
            for n, photo in enumerate(report.photos)
            if (looked := _looked(form, n, photo)) is not None
        ),
    )


def _found(text: str, more: str) -> Iterator[TextMask]:
    """Yield every place where a line of `more` stands in the text."""
    for line in filter(None, map(str.strip, more.splitlines())):
        start = text.find(line)
        if start < 0:
            raise BadRequest(errors=[Fault(pointer="/more", code="unknown")])
        while start >= 0:
            yield TextMask(start=start, end=start + len(line))
            start = text.find(line, start + len(line))


def _looked(form: Form, n: int, photo: DeskPhoto) -> LookedAt | None:
    """Return what the form says of a photo, or None while nobody has looked at it."""
    parts = tuple(_parts(form, n, len(photo.rectangles) + _MORE))
    if not parts and not form.text(f"seen-{n}"):
        return None
    return LookedAt(file_id=photo.file_id, rectangles=parts)


def _parts(form: Form, n: int, most: int) -> Iterator[Rectangle]:
    for k in range(most):
        given = {edge: form.text(f"{edge}-{n}-{k}") for edge in _EDGES}
        if not any(given.values()):
            continue
        reason = form.text(f"reason-{n}-{k}") or "other"
        try:
            percent = {edge: float(text) / 100 for edge, text in given.items()}
            yield msgspec.convert({**percent, "reason": reason}, Rectangle)
        except ValueError as error:  # also what msgspec raises, and what float makes of words
            raise BadRequest(errors=[Fault(pointer=f"/x-{n}-{k}", code="format")]) from error
