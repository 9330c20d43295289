"""`/v1/admin`: what waits, what was given up, what is installed, what people are told."""

import asyncio
from typing import Annotated, Any, Final, TypeAlias
from uuid import UUID

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath, JSONBody, QueryParameter

from backend.kernel import Injected, NotFound, Snapshot, Transaction, refuses, requires
from backend.work.console import facts, incidents, waiting
from backend.work.console.facts import BackupState, InstalledModule, Migration, Setting
from backend.work.console.incidents import Told
from backend.work.console.waiting import GivenUp
from backend.work.errors import IncidentOver, NotBuried
from backend.work.scopes import MEND, SEE
from backend.work.upkeep import Backlog
from contracts.status import Incident

Asking: TypeAlias = Request[Any, Any, Any]
_TAGS: Final = ["work"]


class WorkWaiting(msgspec.Struct, frozen=True, kw_only=True):
    """What is unfinished, name by name."""

    lines: tuple[Backlog, ...]


class Buried(msgspec.Struct, frozen=True, kw_only=True):
    """Work that was given up. `next_after` is the `after` of the next lines; null at the end."""

    items: tuple[GivenUp, ...]
    next_after: int | None


class Installed(msgspec.Struct, frozen=True, kw_only=True):
    """What is installed here and how it was set up; secrets show only that they are set."""

    modules: tuple[InstalledModule, ...]
    settings: tuple[Setting, ...]
    migrations: tuple[Migration, ...]
    backup: BackupState


class Incidents(msgspec.Struct, frozen=True, kw_only=True):
    """What people were told in the last 90 days, the newest first."""

    items: tuple[Incident, ...]


@get("/v1/admin/work", operation_id="readBacklog", tags=_TAGS, guards=[requires(SEE)])
async def read_backlog(snapshot: Injected[Snapshot]) -> WorkWaiting:
    """Count what waits, runs and was given up. It names kinds of work and nobody's data."""
    return WorkWaiting(lines=tuple(await waiting.backlog(snapshot)))


@get("/v1/admin/work/buried", operation_id="listBuriedWork", tags=_TAGS, guards=[requires(SEE)])
async def list_buried(
    snapshot: Injected[Snapshot],
    after: Annotated[int, QueryParameter(ge=0, le=2**62, description="Only later ids.")] = 0,
    limit: Annotated[int, QueryParameter(ge=1, le=100)] = 20,
) -> Buried:
    """List work that was given up, the oldest first, and what went wrong the last time."""
    found = tuple(await waiting.given_up(snapshot, after, limit))
    return Buried(items=found, next_after=found[-1].id if len(found) == limit else None)


@post(
    "/v1/admin/work/buried/{work_id:int}/retry",
    operation_id="retryBuriedWork",
    tags=_TAGS,
    guards=[requires(MEND)],
    responses=refuses(NotBuried),
    status_code=202,
)
async def retry_buried(work_id: FromPath[int], tx: Injected[Transaction]) -> None:
    """Let work that was given up be tried again as if it were new; the worker sees to it."""
    await waiting.mend(tx, _known(work_id), "retry")


@post(
    "/v1/admin/work/buried/{work_id:int}/discard",
    operation_id="discardBuriedWork",
    tags=_TAGS,
    guards=[requires(MEND)],
    responses=refuses(NotBuried),
    status_code=202,
)
async def discard_buried(work_id: FromPath[int], tx: Injected[Transaction]) -> None:
    """Let go of it for good, and let what stands behind it pass."""
    await waiting.mend(tx, _known(work_id), "discard")


@get("/v1/admin/installation", operation_id="readInstallation", tags=_TAGS, guards=[requires(SEE)])
async def read_installation(request: Asking, snapshot: Injected[Snapshot]) -> Installed:
    """Read which modules and settings this process has, the last migrations, the last backup."""
    told = facts.facts_of(request)
    return Installed(
        modules=told.modules,
        settings=told.settings,
        migrations=tuple(await facts.migrations(snapshot)),
        backup=await asyncio.to_thread(told.backup),
    )


@get("/v1/admin/status", operation_id="listStatusIncidents", tags=_TAGS, guards=[requires(SEE)])
async def list_incidents(snapshot: Injected[Snapshot]) -> Incidents:
    """List what people are told on `/status` about faults."""
    return Incidents(items=tuple(await incidents.listed(snapshot)))


@post("/v1/admin/status", operation_id="tellStatusIncident", tags=_TAGS, guards=[requires(MEND)])
async def tell_incident(data: JSONBody[Told], tx: Injected[Transaction]) -> Incident:
    """Tell everybody of a fault, on `/status` and `/status.json`, within five seconds."""
    return await incidents.tell(tx, data)


@post(
    "/v1/admin/status/{incident_id:uuid}/end",
    operation_id="endStatusIncident",
    tags=_TAGS,
    guards=[requires(MEND)],
    responses=refuses(NotFound, IncidentOver),
    status_code=200,
)
async def end_incident(incident_id: FromPath[UUID], tx: Injected[Transaction]) -> Incident:
    """Tell everybody that it is over; it is shown for 90 days more."""
    return await incidents.end(tx, incident_id)


def _known(work_id: int) -> int:
    """Return a number that can be one of a piece of work. Raises `NotBuried`."""
    if not 0 < work_id < 2**62:
        raise NotBuried
    return work_id


ROUTES: Final = (
    read_backlog,
    list_buried,
    retry_buried,
    discard_buried,
    read_installation,
    list_incidents,
    tell_incident,
    end_incident,
)
