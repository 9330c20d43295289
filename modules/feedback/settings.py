"""How long things may take. No law names these figures; the published practice of Huế does."""

from typing import Annotated

import msgspec
from msgspec import Meta

Days = Annotated[int, Meta(ge=1, le=90)]


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Terms of the desk and of the agencies, in working days unless said otherwise."""

    triage_days: Annotated[
        Days, Meta(description="Working days in which the desk gives a report to somebody.")
    ] = 1
    priority_days: Annotated[
        Days, Meta(description="Working days for handling a report of class `priority`.")
    ] = 3
    normal_days: Annotated[
        Days, Meta(description="Working days for handling a report of class `normal`.")
    ] = 7
    complex_days: Annotated[
        Days,
        Meta(
            description="Working days for handling a report of class `complex`, and the most that"
            " any class reaches by extensions."
        ),
    ] = 17
    answer_days: Annotated[
        Days, Meta(description="Working days that a question waits for its reporter's answer.")
    ] = 5
    urgent_hours: Annotated[
        int, Meta(ge=1, le=720, description="Hours for handling a report of class `urgent`.")
    ] = 24
    urgent_triage_minutes: Annotated[
        int,
        Meta(ge=1, le=1440, description="Minutes in which the desk passes on an `urgent` report."),
    ] = 30
