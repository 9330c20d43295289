"""The desk's queue: what waits, by views that are addresses, and one call for many of it."""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, get_args
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, QueryParameter

from backend.kernel import (
    BadRequest,
    Form,
    Injected,
    NotFound,
    Snapshot,
    Transaction,
    requires,
)
from backend.kernel.pages import work_page
from contracts.identity import Officers
from contracts.problem import Fault
from contracts.territory import AgencyRegister
from modules.feedback.handlers.console import (
    AT_ONCE,
    QUEUE,
    Sent,
    address_of,
    going_to,
    queued,
    said,
)
from modules.feedback.handlers.pages import names
from modules.feedback.handlers.parameters import Cursor
from modules.feedback.model.categories import DeadlineClass
from modules.feedback.model.moderation import Batch, BatchAnswer, BatchItem, FilterDraft
from modules.feedback.model.queues import OPEN
from modules.feedback.model.reports import DeclinationReason
from modules.feedback.repository import queues
from modules.feedback.scopes import TRIAGE
from modules.feedback.service import batches, categories, desk
from modules.feedback.service.reading import label

_FILTERS: Final = ("state", "commune", "category", "mine")
_ACTIONS: Final = ("claim", "assignment", "declination", "class")
_AREAS_MAX: Final = 400
"""Of more communes nobody chooses from a list."""


@get("/", guards=[requires(TRIAGE)])
async def show_queue(
    snapshot: Injected[Snapshot],
    standing: Annotated[str, QueryParameter(name="state", max_length=40)] = "",
    commune: Annotated[str, QueryParameter(pattern="^([0-9]{5})?$")] = "",
    category: Annotated[str, QueryParameter(max_length=40)] = "",
    mine: Annotated[str, QueryParameter(pattern="^1?$")] = "",
    cursor: Cursor = None,
    sent: Sent = "",
) -> Response[str]:
    """Show the reports of an officer's communes, the longest waiting first."""
    values = (standing, commune, category, mine)
    chosen = dict(zip(_FILTERS, values, strict=True))
    kept = {name: value for name, value in chosen.items() if value}
    view = urlencode(kept)
    found = await queued(snapshot, view, cursor, otherwise=OPEN)
    areas = {code for code in snapshot.principal.areas if len(code) > 2}
    communes = await names(
        snapshot,
        {item.commune_code for item in found.items} | (areas if len(areas) < _AREAS_MAX else set()),
    )
    holders = {item.claimed_by for item in found.items if item.claimed_by is not None}
    return work_page(
        "feedback/queue.html",
        snapshot.principal,
        reports=found.items,
        communes=communes,
        areas=sorted(((code, communes[code]) for code in areas & communes.keys()), key=_by_name),
        categories=[(each.code, each.label) for each in await categories.offered(snapshot)],
        states=[(state.value, label(state)) for state in OPEN],
        counts={count.name: count.n for count in await queues.counts(snapshot)},
        saved=await queues.filters(snapshot),
        holders=await snapshot.ask(Officers).names(holders),
        chosen=chosen,
        actions=_ACTIONS,
        declinations=get_args(DeclinationReason),
        classes=get_args(DeadlineClass),
        view=view,
        sent=said(sent),
        now=snapshot.now,
        older="?" + urlencode({**kept, "cursor": found.next_cursor}) if found.next_cursor else "",
    )


@get("/find", guards=[requires(TRIAGE)])
async def find_by_code(
    snapshot: Injected[Snapshot], code: Annotated[str, QueryParameter(max_length=20)]
) -> Response[None]:
    """Lead to the report that bears a code."""
    found = await desk.find_by_code(snapshot, code.strip().upper())
    return going_to(address_of(found.id), {})


@post("/filters", guards=[requires(TRIAGE)], status_code=303)
async def save_view(form: Injected[Form], tx: Injected[Transaction]) -> Response[None]:
    """Keep the view of the queue that is shown."""
    draft = form.read(FilterDraft)
    await queues.add_filter(tx, draft)
    return going_to(QUEUE, dict(parse_qsl(draft.query)))


@post("/filters/{filter_id:uuid}/removal", guards=[requires(TRIAGE)], status_code=303)
async def remove_view(filter_id: FromPath[UUID], tx: Injected[Transaction]) -> Response[None]:
    """Drop a view of one's own."""
    if not await queues.drop_filter(tx, filter_id):
        raise NotFound
    return going_to(QUEUE, {})


@post("/batches", guards=[requires(TRIAGE)], status_code=200)
async def run_many(form: Injected[Form], tx: Injected[Transaction]) -> Response[str]:
    """Say what would become of each report that was chosen; sent again from there, do it."""
    is_meant = form.text("meant") == "1"
    chosen = dict(_chosen(form))
    answered: list[tuple[BatchItem, BatchAnswer]] = []
    if chosen:
        batch = _batch(form, tuple(chosen), is_meant=is_meant)
        told = await batches.run(tx, batch, agencies=tx.ask(AgencyRegister))
        answered = list(zip(batch.items, told.items, strict=True))
    fine = [item for item, found in answered if not found.problem]
    return work_page(
        "feedback/batch.html",
        tx.principal,
        action=next((each for each in _ACTIONS if each == form.text("action")), _ACTIONS[0]),
        lines=[(item, chosen[item], found) for item, found in answered],
        fine=fine,
        is_done=is_meant,
        may_run=batches.may_run(tx, len(fine)),
        at_once=batches.AT_ONCE,
        words={name: form.text(name) for name in ("reason", "deadline_class", "text")},
        view=form.text("queue"),
    )


def _by_name(area: tuple[str, str]) -> str:
    return area[1]


def _chosen(form: Form) -> Iterator[tuple[BatchItem, str]]:
    """Yield what was ticked, and the code that stood beside it."""
    for n in range(AT_ONCE):
        parts = form.text(f"row-{n}").split(".")
        if parts != [""]:
            try:
                report_id, version, code = parts
                item = msgspec.convert({"id": report_id, "version": int(version)}, BatchItem)
            except ValueError as error:
                raise BadRequest(errors=[Fault(pointer=f"/row-{n}", code="format")]) from error
            yield item, code


def _batch(form: Form, items: tuple[BatchItem, ...], *, is_meant: bool) -> Batch:
    given: Mapping[str, Any] = {
        "action": form.text("action"),
        "items": items,
        "dry_run": not is_meant,
        **{name: text for name in _words_of(form.text("action")) if (text := form.text(name))},
    }
    try:
        return msgspec.convert(given, Batch, strict=False)
    except msgspec.ValidationError as error:
        raise BadRequest(errors=[Fault(pointer="", code="inconsistent")]) from error


def _words_of(action: str) -> tuple[str, ...]:
    """Return the fields that belong to an action: of the others, a list keeps its first choice."""
    return {"declination": ("reason", "text"), "class": ("deadline_class", "text")}.get(action, ())


PAGES: Final = (show_queue, find_by_code, save_view, remove_view, run_many)
