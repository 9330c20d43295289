"""Live changes for the desk."""

from typing import Annotated

from litestar import Response, get
from litestar.params import HeaderParameter

from backend.kernel import Injected, Snapshot, requires
from modules.feedback.model.stream import place_of, written
from modules.feedback.scopes import TRIAGE
from modules.feedback.service import stream

LastEventId = Annotated[
    str | None,
    HeaderParameter(
        name="Last-Event-ID",
        required=False,
        max_length=64,
        description="`id` of the last event that you have heard; browsers send it by themselves.",
    ),
]


@get("/desk/stream", guards=[requires(TRIAGE)], media_type="text/event-stream")
async def hear_desk(
    snapshot: Injected[Snapshot], last_event_id: LastEventId = None
) -> Response[bytes]:
    """Hear what changes in your communes, as server-sent events.

    `counts` says what waits, `feedback.report` which report is of another version now, `reset` that
    you missed too much and should read your lists anew. The answer ends; come again after `retry`
    milliseconds with `Last-Event-ID`, as `EventSource` does: nothing is lost, and nothing is told
    twice, whichever process answers.
    """
    heard = await stream.heard(snapshot, place_of(last_event_id))
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return Response(written(heard), media_type="text/event-stream", headers=headers)
