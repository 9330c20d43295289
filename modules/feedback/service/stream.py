"""Live changes for the desk: asked again and again, each time from where it was left."""

from backend.kernel import Snapshot
from modules.feedback.model.stream import CHANGES_MAX, Heard
from modules.feedback.repository import queues
from modules.feedback.repository import stream as repository


async def heard(snapshot: Snapshot, since: int | None) -> Heard:
    """Return what has changed since a place, exactly once, and what waits now.

    Whoever comes from nowhere hears the counts alone; whoever comes from a place that is not
    known here (a database that was restored), or missed too much, is told to read everything anew.
    """
    known = await repository.place(snapshot)
    counts = await queues.counts(snapshot)
    if since is None:
        return Heard(place=known.place, changes=(), counts=counts)
    is_lost = since > known.place
    changes = (
        () if is_lost else await repository.changes(snapshot, since, known.place, CHANGES_MAX + 1)
    )
    if is_lost or len(changes) > CHANGES_MAX:
        return Heard(place=known.place, changes=(), counts=counts, is_reset=True)
    return Heard(place=known.place, changes=changes, counts=counts)
