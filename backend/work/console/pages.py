"""The administrators' pages of the system. Each button does what its twin does."""

import asyncio
from typing import Annotated, Any, Final
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath, QueryParameter

from backend.kernel import (
    BadRequest,
    Card,
    DomainError,
    Form,
    Injected,
    Nav,
    NotFound,
    Snapshot,
    Transaction,
    requires,
    t,
)
from backend.kernel.pages import work_page
from backend.work.console import facts, incidents, waiting
from backend.work.console.handlers import Asking
from backend.work.console.incidents import Told
from backend.work.errors import NotBuried
from backend.work.scopes import MEND, SEE
from contracts.problem import Fault
from contracts.status import SERVICE_NAMES

_WORK: Final = "/console/work"
_STATUS: Final = f"{_WORK}/status"
_FIELDS: Final = ("said_vi", "said_en")

NAV: Final = (
    Nav(name="waiting", path=_WORK, scope=SEE, icon="tools"),
    Nav(name="installation", path=f"{_WORK}/installation", scope=SEE, icon="code"),
    Nav(name="status", path=_STATUS, scope=SEE, icon="mail"),
)

CARDS: Final = (
    Card(name="buried", path=_WORK, scope=SEE, load=waiting.given_up_count, is_alarm=True),
)

Done = Annotated[str, QueryParameter(pattern=r"^[a-z]{0,20}$", description="What was done.")]
After = Annotated[int, QueryParameter(ge=0, le=2**62, description="Only later ids.")]


@get("/", guards=[requires(SEE)])
async def show_work(
    snapshot: Injected[Snapshot], done: Done = "", after: After = 0
) -> Response[str]:
    """Show what waits and how late it is, and what was given up."""
    buried = await waiting.given_up(snapshot, after)
    return work_page(
        "work/waiting.html",
        snapshot.principal,
        lines=await waiting.backlog(snapshot),
        buried=buried,
        now=snapshot.now,
        done=done,
        older=f"{_WORK}?after={buried[-1].id}" if len(buried) == waiting.AT_ONCE else "",
    )


@post("/buried/{work_id:int}/{step:str}", guards=[requires(MEND)], status_code=303)
async def mend_work(
    work_id: FromPath[int], step: FromPath[str], tx: Injected[Transaction]
) -> Response[Any]:
    """Let work that was given up be tried again, or go for good."""
    if not 0 < work_id < 2**62:
        raise NotBuried
    if step == "retry":
        await waiting.mend(tx, work_id, "retry")
    elif step == "discard":
        await waiting.mend(tx, work_id, "discard")
    else:
        raise NotFound
    return _back(_WORK, step)


@get("/installation", guards=[requires(SEE)])
async def show_installation(request: Asking, snapshot: Injected[Snapshot]) -> Response[str]:
    """Show modules, settings, the last migrations, the last backup."""
    told = facts.facts_of(request)
    return work_page(
        "work/installation.html",
        snapshot.principal,
        modules=told.modules,
        settings=told.settings,
        migrations=await facts.migrations(snapshot),
        backup=await asyncio.to_thread(told.backup),
        now=snapshot.now,
    )


@get("/status", guards=[requires(SEE)])
async def show_incidents(snapshot: Injected[Snapshot], done: Done = "") -> Response[str]:
    """Show what people are told about faults, and a form to tell them more."""
    return await _incidents(snapshot, done=done)


@post("/status", guards=[requires(MEND)], status_code=303)
async def tell_of_incident(form: Injected[Form], tx: Injected[Transaction]) -> Response[Any]:
    """Tell everybody of a fault."""
    written = {name: form.text(name).strip() for name in _FIELDS}
    services = [name for name in SERVICE_NAMES if form.text(f"service-{name}")]
    try:
        told = msgspec.convert({**written, "services": services}, Told)
    except msgspec.ValidationError:
        refused = BadRequest(errors=[Fault(pointer="", code="required")])
        return await _incidents(tx, written=written, services=services, refused=refused)
    await incidents.tell(tx, told)
    return _back(_STATUS, "told")


@post("/status/{incident_id:uuid}/end", guards=[requires(MEND)], status_code=303)
async def end_told(incident_id: FromPath[UUID], tx: Injected[Transaction]) -> Response[Any]:
    """Tell everybody that it is over."""
    await incidents.end(tx, incident_id)
    return _back(_STATUS, "ended")


async def _incidents(
    snapshot: Snapshot,
    *,
    done: str = "",
    written: dict[str, str] | None = None,
    services: list[str] | None = None,
    refused: DomainError | None = None,
) -> Response[str]:
    return work_page(
        "work/status.html",
        snapshot.principal,
        status=200 if refused is None else refused.status,
        incidents=await incidents.listed(snapshot),
        names=SERVICE_NAMES,
        written=written or dict.fromkeys(_FIELDS, ""),
        chosen=services or [],
        done=done,
        refused="" if refused is None else t("work.console.incomplete"),
    )


def _back(address: str, done: str) -> Response[None]:
    return Response(None, status_code=303, headers={"Location": f"{address}?done={done}"})


PAGES: Final = (
    show_work,
    mend_work,
    show_installation,
    show_incidents,
    tell_of_incident,
    end_told,
)
