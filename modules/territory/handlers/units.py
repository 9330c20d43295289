"""Units: which is this, which was it, which is it on another day."""

from litestar import Response, get

from backend.kernel import Anyone, Injected, Snapshot, refuses
from contracts.page import Page
from modules.territory.errors import UnknownUnit
from modules.territory.handlers.answers import lasting
from modules.territory.handlers.parameters import (
    Code,
    Cursor,
    Level,
    On,
    Parent,
    Province,
    UnitLimit,
    WasOn,
)
from modules.territory.model.units import History, Predecessors, Successors, Unit
from modules.territory.service import units
from modules.territory.service.gazetteer import gazetteer


@get("/units", guards=[Anyone()])
async def list_units(
    snapshot: Injected[Snapshot],
    province: Province = None,
    level: Level = None,
    parent: Parent = None,
    on: On = None,
    cursor: Cursor = None,
    limit: UnitLimit = 100,
) -> Response[Page[Unit]]:
    """List the units of a province as they are on a day, in the order of their codes."""
    known = await gazetteer(snapshot)
    day, home = on or snapshot.today, province or known.home
    asked = (home, level, parent, day)
    found = units.listed(known.atlas, day, province=home, level=level, parent=parent)
    page = snapshot.page_of(found, cursor, limit, *asked, by="code")
    return lasting(page, known.version, "units", asked, cursor, limit)


@get("/units/{code:str}", guards=[Anyone()], responses=refuses(UnknownUnit))
async def read_unit(code: Code, snapshot: Injected[Snapshot], on: On = None) -> Response[Unit]:
    """Read the unit that bears a code on a day. The code alone may mean several, in turn."""
    known = await gazetteer(snapshot)
    day = on or snapshot.today
    return lasting(units.read(known.atlas, code, day), known.version, "unit", code, day)


@get("/units/{code:str}/history", guards=[Anyone()], responses=refuses(UnknownUnit))
async def read_unit_history(code: Code, snapshot: Injected[Snapshot]) -> Response[History]:
    """Read every unit that ever bore a code, oldest first."""
    known = await gazetteer(snapshot)
    found = History(units=tuple(units.history(known.atlas, code)))
    return lasting(found, known.version, "history", code)


@get("/units/{code:str}/successors", guards=[Anyone()], responses=refuses(UnknownUnit))
async def read_successors(
    code: Code, snapshot: Injected[Snapshot], was_on: WasOn = None, on: On = None
) -> Response[Successors]:
    """Find what a unit has become. One that was split has several candidates, none likelier."""
    known = await gazetteer(snapshot)
    day = on or snapshot.today
    found = units.successors(known.atlas, code, was_on, day)
    return lasting(found, known.version, "successors", code, was_on, day)


@get("/units/{code:str}/predecessors", guards=[Anyone()], responses=refuses(UnknownUnit))
async def read_predecessors(
    code: Code, snapshot: Injected[Snapshot], on: On = None
) -> Response[Predecessors]:
    """Find what a unit was made from, and how much of each."""
    known = await gazetteer(snapshot)
    day = on or snapshot.today
    found = Predecessors(predecessors=units.predecessors(known.atlas, code, day))
    return lasting(found, known.version, "predecessors", code, day)
