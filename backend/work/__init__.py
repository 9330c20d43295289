"""Work that waits in PostgreSQL: deliveries of events, jobs, errands and the timetable.

`Worker` does it, `drain` does it for tests, `repair` is for people, `upkeep` forgets and counts.
"""

from typing import Final

from backend.kernel import Module
from backend.work.commands import work
from backend.work.perform import Workshop
from backend.work.run import Did, Settings, Worker, drain, open_workshop
from backend.work.upkeep import JOBS

__all__ = ["Did", "Settings", "Worker", "Workshop", "drain", "module", "open_workshop", "work"]

module: Final = Module(
    name="work",
    package=__name__,
    jobs=JOBS,
    settings=Settings,
    commands=tuple(work.commands.values()),
)
