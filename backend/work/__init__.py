"""Work that waits in PostgreSQL: deliveries of events, jobs, errands and the timetable.

`Worker` does it, `drain` does it for tests, `repair` is for people at the shell, `upkeep` forgets
and counts; `console` shows administrators how the installation is.
"""

from typing import Final

from backend.kernel import Console, Module
from backend.work.commands import work
from backend.work.console.handlers import ROUTES
from backend.work.console.pages import CARDS, NAV, PAGES
from backend.work.console.waiting import MEND
from backend.work.perform import Workshop
from backend.work.run import Did, Settings, Worker, drain, open_workshop
from backend.work.scopes import MEND as MENDING
from backend.work.scopes import SEE
from backend.work.upkeep import JOBS

__all__ = ["Did", "Settings", "Worker", "Workshop", "drain", "module", "open_workshop", "work"]

module: Final = Module(
    name="work",
    package=__name__,
    root=ROUTES,
    console=Console(pages=PAGES, nav=NAV, cards=CARDS),
    scopes=(SEE, MENDING),
    jobs=(*JOBS, MEND),
    settings=Settings,
    commands=tuple(work.commands.values()),
)
