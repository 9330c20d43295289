"""Work that waits in PostgreSQL: deliveries of events, jobs, errands and the timetable.

`Worker` does it, `drain` does it for tests, `repair` is for people, `upkeep` forgets and counts.
"""

from typing import Final

from backend.kernel import Module
from backend.work.run import Did, Settings, Worker, drain, open_workshop
from backend.work.upkeep import JOBS

__all__ = ["Did", "Settings", "Worker", "drain", "module", "open_workshop"]

module: Final = Module(name="work", package=__name__, jobs=JOBS, settings=Settings)
