"""What the pages for officers share: where one came from, what was done, and who was overtaken."""

from collections.abc import Collection, Mapping, Sequence
from typing import Annotated, Any, Final
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

from litestar import Response
from litestar.params import QueryParameter

from backend.kernel import DomainError, Form, Snapshot
from contracts.files import FileStore
from contracts.page import Page
from modules.feedback.handlers.buttons import Seen
from modules.feedback.model.machines import Call, ReportState
from modules.feedback.model.queues import QueueFilter
from modules.feedback.model.reports import Report
from modules.feedback.model.views import DeskItem, Step
from modules.feedback.service import desk

QUEUE: Final = "/console/feedback"
AT_ONCE: Final = 50
"""Lines of a page of the queue."""

View = Annotated[str, QueryParameter(name="queue", pattern=r"^[\w.,:&=%+-]{0,300}$")]
"""The query of the queue from which an officer came."""
Sent = Annotated[str, QueryParameter(pattern=r"^([A-Z0-9-]{1,40}\.[a-z_]{1,40})?$")]
"""What was just done, as code and call: the page says so, and drops the draft of it."""

_KEPT: Final = ("text", "reason", "agency_id", "deadline_class", "decision", "days", "until", "to")
"""What somebody had filled in, and finds again."""


async def queued(
    snapshot: Snapshot,
    view: str,
    cursor: str | None = None,
    *,
    otherwise: Collection[ReportState],
) -> Page[DeskItem]:
    """Return a page of the queue that an address asks for, of these states where it names none."""
    chosen = dict(parse_qsl(view))
    standing = chosen.get("state", "")
    wanted = QueueFilter(
        states=tuple(state for state in ReportState if state == standing) or tuple(otherwise),
        commune_code=chosen.get("commune"),
        category=chosen.get("category"),
        is_mine="mine" in chosen,
    )
    return await desk.queue(snapshot, wanted, cursor, AT_ONCE, store=snapshot.ask(FileStore))


def overtaken_by(
    steps: Sequence[Step],
    buttons: Sequence[str],
    lost: tuple[str, Form] | None = None,
    why: DomainError | None = None,
) -> dict[str, Any]:
    """Return what a page shows to whoever was overtaken: what happened, and their own words."""
    if lost is None or why is None:
        return {"status": 200, "overtaken": None, "written": {}}
    call, form = lost
    seen = form.read(Seen)
    given = {name: form.text(name) for name in _KEPT if form.text(name)}
    return {
        "status": why.status,
        "overtaken": {
            "call": call,
            "text": given.get("text", ""),
            "changes": steps[seen.version if seen.steps is None else seen.steps :],
            "can_go_on": call in buttons,
        },
        "written": {call: given} if call in buttons else {},
    }


def said(sent: str) -> tuple[str, str] | None:
    """Return code and label of what was just done."""
    code, _, call = sent.partition(".")
    return (code, call) if call in set(Call) else None


def shown_again(address: str, done: Report, call: str, view: str = "") -> Response[None]:
    """Lead to a page that says what was done; `view` is the queue to go on with."""
    told = {"sent": f"{done.code}.{call}"}
    return going_to(address, {**told, "queue": view} if view else told)


def going_to(address: str, told: Mapping[str, str]) -> Response[None]:
    """Lead to a page, with a query."""
    query = f"?{urlencode(told)}" if told else ""
    return Response(None, status_code=303, headers={"Location": f"{address}{query}"})


def address_of(report_id: UUID) -> str:
    """Return where the desk finds a report."""
    return f"{QUEUE}/reports/{report_id}"
