"""Pages for administrators: what belongs elsewhere, and who may send nothing for a while."""

import re
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from backend.kernel import (
    VIETNAM,
    BadRequest,
    DomainError,
    Form,
    Injected,
    Line,
    Snapshot,
    Transaction,
    requires,
)
from backend.kernel.pages import work_page
from contracts.problem import Fault
from modules.feedback.handlers.setup.parts import (
    SETTINGS,
    Done,
    back,
    name_of,
    version_of,
    why,
    wrong,
)
from modules.feedback.model.categories import CategoryCode
from modules.feedback.model.reports import Reasoning
from modules.feedback.model.route_outs import RouteOutDraft
from modules.feedback.model.senders import Blocking
from modules.feedback.scopes import CONFIGURE
from modules.feedback.service import senders
from modules.feedback.service.setup import categories, route_outs

_WAYS: Final = f"{SETTINGS}/ways"
_BLOCKS: Final = f"{SETTINGS}/blocks"
_AT_ONCE: Final = 100
_UUID: Final = re.compile("[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class WayForm(msgspec.Struct, frozen=True, kw_only=True):
    """A way to another channel as a form holds it: its words a line each."""

    text_vi: str
    text_en: str
    phone: Line | None = None
    link: Line | None = None
    law: Line | None = None
    keywords: str = ""
    category: CategoryCode | None = None
    valid_from: date
    valid_to: date | None = None

    def draft(self) -> RouteOutDraft:
        """Return the way as the interface takes it. Raises `BadRequest`."""
        words = [word for line in self.keywords.splitlines() if (word := line.strip())]
        try:
            return msgspec.convert(
                {**msgspec.structs.asdict(self), "keywords": words}, RouteOutDraft
            )
        except msgspec.ValidationError as error:
            where = "valid_to" if "valid_to" in str(error) else "keywords"
            raise BadRequest(errors=[Fault(pointer=f"/{where}", code="inconsistent")]) from error


class BlockForm(msgspec.Struct, frozen=True, kw_only=True):
    """Who is to send nothing until the end of a day."""

    report: str
    until: date
    reason: Reasoning


@get("/settings/ways", guards=[requires(CONFIGURE)])
async def show_ways(snapshot: Injected[Snapshot], done: Done = "") -> Response[str]:
    """Show what belongs elsewhere, and where."""
    return await _ways(snapshot, done=done)


@post("/settings/ways", guards=[requires(CONFIGURE)], status_code=303)
async def keep_way(form: Injected[Form], tx: Injected[Transaction]) -> Response[Any]:
    """Keep a way to another channel, new or changed."""
    try:
        code, draft = name_of(form), form.read(WayForm).draft()
        await route_outs.write(tx, code, draft, seen=version_of(form))
    except DomainError as refused:
        return await _ways(tx, refused=refused, said=form)
    return back(_WAYS, code)


@get("/settings/blocks", guards=[requires(CONFIGURE)])
async def show_blocks(snapshot: Injected[Snapshot], done: Done = "") -> Response[str]:
    """Show which blocks are in force, and nobody's name."""
    return await _blocks(snapshot, done=done)


@post("/settings/blocks", guards=[requires(CONFIGURE)], status_code=303)
async def block_by_form(form: Injected[Form], tx: Injected[Transaction]) -> Response[Any]:
    """Let whoever sent a report send no more until the end of a day."""
    try:
        said = form.read(BlockForm)
        found = _UUID.findall(said.report.lower())
        if not found:
            raise BadRequest(errors=[Fault(pointer="/report", code="format")])
        kinds = [kind for kind in ("account", "device", "address") if form.text(kind)]
        if not kinds:
            raise BadRequest(errors=[Fault(pointer="/kinds", code="required")])
        ends = datetime.combine(said.until, datetime.min.time(), VIETNAM) + timedelta(days=1)
        given = {"report_id": found[-1], "kinds": kinds, "until": ends, "reason": said.reason}
        await senders.block(tx, msgspec.convert(given, Blocking))
    except DomainError as refused:
        return await _blocks(tx, refused=refused, said=form)
    return back(_BLOCKS, "block")


@post("/settings/blocks/{block_id:uuid}/end", guards=[requires(CONFIGURE)], status_code=303)
async def lift_by_form(block_id: FromPath[UUID], tx: Injected[Transaction]) -> Response[Any]:
    """End a block before its time."""
    await senders.lift(tx, block_id)
    return back(_BLOCKS, "lifted")


async def _ways(
    snapshot: Snapshot,
    *,
    done: str = "",
    refused: DomainError | None = None,
    said: Form | None = None,
) -> Response[str]:
    fields = ("code", *(field.name for field in msgspec.structs.fields(WayForm)))
    today = snapshot.today
    every = await categories.versions(snapshot)
    return work_page(
        "feedback/ways.html",
        snapshot.principal,
        status=200 if refused is None else refused.status,
        ways=await route_outs.listed(snapshot),
        categories={each.code: each.label for each in every if each.is_open(today)},
        written={name: "" if said is None else said.text(name) for name in fields},
        refused="" if refused is None else why(refused),
        wrong=[] if refused is None else wrong(refused),
        today=today,
        done=done,
    )


async def _blocks(
    snapshot: Snapshot,
    *,
    done: str = "",
    refused: DomainError | None = None,
    said: Form | None = None,
) -> Response[str]:
    fields = ("report", "until", "reason")
    return work_page(
        "feedback/blocks.html",
        snapshot.principal,
        status=200 if refused is None else refused.status,
        blocks=(await senders.blocks(snapshot, None, _AT_ONCE)).items,
        written={name: "" if said is None else said.text(name) for name in fields},
        refused="" if refused is None else why(refused),
        wrong=[] if refused is None else wrong(refused),
        done=done,
    )


CHANNEL_PAGES: Final = (show_ways, keep_way, show_blocks, block_by_form, lift_by_form)
