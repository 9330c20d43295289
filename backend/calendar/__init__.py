"""On which days offices work: every deadline of working days in the house is counted with it."""

from backend.calendar.counting import WorkingDays
from backend.calendar.handlers import read_days, write_days
from backend.calendar.officers import NAV, PAGES
from backend.calendar.scopes import EDIT
from backend.calendar.years import load
from backend.kernel import Console, Module
from contracts.calendar import WorkingCalendar

module = Module(
    name="calendar",
    package=__name__,
    routes=(read_days, write_days),
    scopes=(EDIT,),
    console=Console(pages=PAGES, nav=NAV),
    provides={WorkingCalendar: WorkingDays},
    reference=load,
)
