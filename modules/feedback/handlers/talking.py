"""What is said beside the calls, and what officers keep for themselves."""

from typing import Annotated
from uuid import UUID

from litestar import delete, get, post, put
from litestar.params import FromPath, JSONBody, QueryParameter

from backend.kernel import (
    Anyone,
    Injected,
    NotFound,
    Snapshot,
    TooManyRequests,
    Transaction,
    Tries,
    refuses,
    requires,
)
from contracts.identity import Officers
from modules.feedback.handlers.parameters import Token
from modules.feedback.model.moderation import (
    Counts,
    FilterDraft,
    Filters,
    Messaging,
    Noting,
    SavedFilter,
    Scribble,
    Watchers,
)
from modules.feedback.repository import queues
from modules.feedback.scopes import TRIAGE, WORK
from modules.feedback.service import talking, tracking


@post(
    "/desk/reports/{report_id:uuid}/notes",
    guards=[requires(TRIAGE)],
    status_code=204,
    responses=refuses(NotFound),
)
async def note_at_desk(
    report_id: FromPath[UUID], data: JSONBody[Noting], tx: Injected[Transaction]
) -> None:
    """Note something for the desk, or for the agencies too. Citizens never read it."""
    await talking.note(tx, report_id, data)


@post(
    "/work/reports/{report_id:uuid}/notes",
    guards=[requires(WORK)],
    status_code=204,
    responses=refuses(NotFound),
)
async def note_at_work(
    report_id: FromPath[UUID], data: JSONBody[Messaging], tx: Injected[Transaction]
) -> None:
    """Note something for your agency and the desk. Citizens never read it."""
    await talking.note_at_work(tx, report_id, data)


@post(
    "/desk/reports/{report_id:uuid}/messages",
    guards=[requires(TRIAGE)],
    status_code=204,
    responses=refuses(NotFound),
)
async def say_as_desk(
    report_id: FromPath[UUID], data: JSONBody[Messaging], tx: Injected[Transaction]
) -> None:
    """Say something to reporter and agency. It moves no deadline."""
    await talking.say_as_desk(tx, report_id, data)


@post(
    "/work/reports/{report_id:uuid}/messages",
    guards=[requires(WORK)],
    status_code=204,
    responses=refuses(NotFound),
)
async def say_as_agency(
    report_id: FromPath[UUID], data: JSONBody[Messaging], tx: Injected[Transaction]
) -> None:
    """Say something to whoever reported, without learning who that is. It moves no deadline."""
    await talking.say_as_agency(tx, report_id, data)


@post(
    "/reports/{report_id:uuid}/messages",
    guards=[Anyone()],
    status_code=204,
    responses=refuses(NotFound, TooManyRequests),
)
async def say_as_reporter(
    report_id: FromPath[UUID],
    data: JSONBody[Messaging],
    tx: Injected[Transaction],
    tries: Injected[Tries],
    tracking_token: Token = None,
) -> None:
    """Say something to desk and agency about one of your own reports. It moves no deadline."""
    await tracking.show(tx, tries, tracking_token, report_id=report_id)
    await talking.say_as_reporter(tx, report_id, data)


@put(
    "/desk/reports/{report_id:uuid}/draft",
    guards=[requires(TRIAGE)],
    status_code=204,
    responses=refuses(NotFound),
)
async def keep_draft(
    report_id: FromPath[UUID], data: JSONBody[Scribble], tx: Injected[Transaction]
) -> None:
    """Keep what you have begun to write; it is yours alone, and moves nothing."""
    await talking.scribble(tx, report_id, data)


@post(
    "/desk/reports/{report_id:uuid}/presence",
    guards=[requires(TRIAGE)],
    status_code=200,
    responses=refuses(NotFound),
)
async def show_presence(
    report_id: FromPath[UUID],
    tx: Injected[Transaction],
    *,
    writing: Annotated[
        bool, QueryParameter(description="Whether you write something that is not sent yet.")
    ] = False,
) -> Watchers:
    """Say that you are still looking, and see who else is. It holds on to your claim."""
    return await talking.watch(tx, report_id, is_writing=writing, officers=tx.ask(Officers))


@get("/desk/counts", guards=[requires(TRIAGE)])
async def count_queue(snapshot: Injected[Snapshot]) -> Counts:
    """Count what waits in your communes; 1,000 stands for that many or more."""
    return Counts(items=await queues.counts(snapshot))


@get("/desk/filters", guards=[requires(TRIAGE)])
async def list_filters(snapshot: Injected[Snapshot]) -> Filters:
    """List the views of the queue that you keep, and those that colleagues share."""
    return Filters(items=await queues.filters(snapshot))


@post("/desk/filters", guards=[requires(TRIAGE)])
async def keep_filter(data: JSONBody[FilterDraft], tx: Injected[Transaction]) -> SavedFilter:
    """Keep a view of the queue, for yourself or your agency."""
    return await queues.add_filter(tx, data)


@delete(
    "/desk/filters/{filter_id:uuid}",
    guards=[requires(TRIAGE)],
    responses=refuses(NotFound),
)
async def drop_filter(filter_id: FromPath[UUID], tx: Injected[Transaction]) -> None:
    """Drop one of your own views."""
    if not await queues.drop_filter(tx, filter_id):
        raise NotFound
