"""What has changed at the desk, as server-sent events (HTML standard, section 9.2).

An answer says what happened since `Last-Event-ID` and ends; `retry` tells the browser when to come
again, which it does by itself. So nobody waits in a process: one that dies is missed by nobody,
each answer is read under the row policies of that moment, and a session that has ended hears no
more.
"""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from modules.feedback.model.moderation import Count

TOPIC: Final = "feedback.report"
RETRY_MILLISECONDS: Final = 4000
CHANGES_MAX: Final = 500
"""Where more has changed than this, whoever listens reads its list anew."""


class Changed(msgspec.Struct, frozen=True, kw_only=True):
    """A report that is not as it was: fetch it again, if you show it."""

    id: UUID
    version: int
    state: str


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """Everything since a place; `is_reset`: more than can be told, or from too long ago."""

    place: int
    changes: Sequence[Changed]
    counts: Sequence[Count]
    is_reset: bool = False


def place_of(last_event_id: str | None) -> int | None:
    """Return where somebody stopped listening; None for nowhere that we know."""
    text = last_event_id or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 18 else None


def written(heard: Heard) -> bytes:
    """Write an answer. Only ids, versions, states and numbers are in it."""
    parts = [f"retry: {RETRY_MILLISECONDS}\n\n"]
    if heard.is_reset:
        parts.append(_event("reset", b"{}", None))
    parts += [_event(TOPIC, msgspec.json.encode(each), None) for each in heard.changes]
    counts = {count.name: count.n for count in heard.counts}
    parts.append(_event("counts", msgspec.json.encode(counts), heard.place))
    return "".join(parts).encode()


def _event(name: str, body: bytes, place: int | None) -> str:
    # The place stands with the last event alone: half an answer is heard again as a whole.
    said = "" if place is None else f"id: {place}\n"
    return f"{said}event: {name}\ndata: {body.decode()}\n\n"
