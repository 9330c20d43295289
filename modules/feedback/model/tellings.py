"""What people are told about reports. Codes, categories, agencies and days: nothing of anybody."""

from typing import Final

from contracts.notifications import NotificationKind


def _kind(what: str, topic: str, *values: str, is_pressing: bool = False) -> NotificationKind:
    return NotificationKind(
        name=f"feedback.{what}", topic=topic, values=values, is_pressing=is_pressing
    )


OWN: Final = "own"
FOLLOWED: Final = "followed"
AREA: Final = "area"
WORK: Final = "work"

KINDS: Final = (
    _kind("received", OWN, "code", "category", "due"),
    _kind("questioned", OWN, "code", "category", "due", is_pressing=True),
    _kind("assigned", OWN, "code", "category", "agency", "due"),
    _kind("planned", OWN, "code", "category", "agency", "day"),
    _kind("extended", OWN, "code", "category", "due_before", "due"),
    _kind("resolved", OWN, "code", "category", "agency"),
    _kind("declined", OWN, "code", "category"),
    _kind("published", OWN, "code", "category"),
    _kind("hidden", OWN, "code", "category"),
    _kind("reopened", OWN, "code", "category", "due"),
    _kind("merged", OWN, "code", "category"),
    _kind("unmerged", OWN, "code", "category"),
    _kind("moved", FOLLOWED, "code", "category", "state"),
    _kind("nearby", AREA, "code", "category"),
    _kind("digest", AREA, "reports"),
    _kind("work-assigned", WORK, "code", "category", "due"),
    _kind("work-answered", WORK, "code", "category"),
    _kind("work-decided", WORK, "code", "category", "due"),
    _kind("work-to-decide", WORK, "code", "category", "due"),
    _kind("work-returned", WORK, "code", "category"),
    _kind("work-return-refused", WORK, "code", "category", "due"),
    _kind("work-unaccepted", WORK, "code", "category", "due"),
    _kind("work-not-taken", WORK, "code", "category", "agency"),
    _kind("work-due-soon", WORK, "code", "category", "due"),
    _kind("work-overdue", WORK, "code", "category", "due", "agency"),
    _kind("escalated", WORK, "code", "category", "due", "agency"),
)
"""Everything that the module tells."""
