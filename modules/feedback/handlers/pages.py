"""Pages for everybody: what has been reported around here, and what became of it."""

from typing import Annotated, Any, Final
from urllib.parse import urlencode

from litestar import Response, get
from litestar.params import FromPath, QueryParameter

from backend.kernel import Anyone, Injected, Snapshot
from backend.kernel.pages import page
from contracts.territory import CommuneRegister
from modules.feedback.handlers.parameters import Cursor
from modules.feedback.model.machines import ReportState
from modules.feedback.model.queues import PublicFilter
from modules.feedback.service import categories, public
from modules.feedback.service.reading import label

_FRESH: Final = {"Cache-Control": "public, max-age=30, stale-while-revalidate=120"}
_AT_ONCE: Final = 20
_SHOWN: Final = tuple(state for state in ReportState if state is not ReportState.WITHDRAWN)


@get("/reports", guards=[Anyone()])
async def show_reports(
    snapshot: Injected[Snapshot],
    commune: Annotated[str, QueryParameter(pattern="^([0-9]{5})?$")] = "",
    category: Annotated[str, QueryParameter(max_length=40)] = "",
    standing: Annotated[str, QueryParameter(name="state", max_length=40)] = "",
    cursor: Cursor = None,
) -> Response[str]:
    """Show public reports, newest first. An empty choice is no choice, as forms send it."""
    state = next((each for each in ReportState if each == standing), None)
    wanted = PublicFilter(
        commune_code=commune or None, category=category or None, state=state, since=None
    )
    found = await public.newest(snapshot, wanted, None, cursor, _AT_ONCE)
    chosen = {"commune": commune, "category": category, "state": standing}
    return page(
        "feedback/reports.html",
        headers=_FRESH,
        reports=found.items,
        communes=await names(snapshot, {item.commune_code for item in found.items} | {commune}),
        categories=[(each.code, each.label) for each in await categories.offered(snapshot)],
        states=[(each.value, label(each)) for each in _SHOWN],
        chosen=chosen,
        older=_address(chosen, found.next_cursor),
    )


@get("/reports/{code:str}", guards=[Anyone()])
async def show_report(code: FromPath[str], snapshot: Injected[Snapshot]) -> Response[str]:
    """Show one public report; one that is private, hidden or unknown is not found."""
    report = await public.read(snapshot, code)
    communes = await names(snapshot, {report.commune_code})
    return page("feedback/report.html", headers=_FRESH, report=report, communes=communes)


async def names(snapshot: Snapshot, codes: set[str]) -> dict[str, str]:
    """Return code → name of the communes that bear these codes today."""
    register = snapshot.ask(CommuneRegister)
    found = {code: await register.in_force(code, snapshot.today) for code in codes if code}
    return {code: unit.name for code, unit in found.items() if unit is not None}


def _address(chosen: dict[str, Any], cursor: str | None) -> str:
    if cursor is None:
        return ""
    return "/reports?" + urlencode({**{k: v for k, v in chosen.items() if v}, "cursor": cursor})
