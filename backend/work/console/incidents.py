"""What people are told on `/status` about faults: written by administrators, read by everybody."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Final
from uuid import UUID

import msgspec
from msgspec import Meta

from backend.kernel import NotFound, Query, Snapshot, Transaction
from backend.work.errors import IncidentOver
from contracts.status import Incident, ServiceName

_TOLD_FOR: Final = timedelta(days=90)
_AT_ONCE: Final = 200

Said = Annotated[str, Meta(min_length=1, max_length=2000)]


class Told(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is wrong, in both languages: which services, and since when if not since now."""

    services: Annotated[tuple[ServiceName, ...], Meta(min_length=1, max_length=20)]
    said_vi: Said
    said_en: Said
    began_at: Annotated[datetime, Meta(tz=True)] | None = None


LIST = Query(
    Incident,
    """
    select id, services, said_vi, said_en, began_at, ended_at
      from kernel.incident
     where coalesce(ended_at, 'infinity') > $1
     order by began_at desc, id desc
     limit $2
    """,
)

TELL = Query(
    Incident,
    """
    insert into kernel.incident (id, services, said_vi, said_en, began_at, told_by, told_at)
    values ($1, $2, $3, $4, $5, $6, $7)
    returning id, services, said_vi, said_en, began_at, ended_at
    """,
)

END = Query(
    Incident,
    """
    update kernel.incident
       set ended_at = $2
     where id = $1
       and ended_at is null
    returning id, services, said_vi, said_en, began_at, ended_at
    """,
)

THERE = Query(
    Incident,
    """
    select id, services, said_vi, said_en, began_at, ended_at
      from kernel.incident
     where id = $1
    """,
)


async def listed(snapshot: Snapshot) -> Sequence[Incident]:
    """Return what `/status` tells, the newest first."""
    return await snapshot.all(LIST, snapshot.now - _TOLD_FOR, _AT_ONCE)


async def tell(tx: Transaction, told: Told) -> Incident:
    """Tell everybody of a fault. One from the future begins now."""
    began_at = min(told.began_at or tx.now, tx.now)
    return await tx.one(
        TELL,
        tx.new_id(),
        list(dict.fromkeys(told.services)),
        told.said_vi,
        told.said_en,
        began_at,
        tx.principal.staff_id,
        tx.now,
    )


async def end(tx: Transaction, incident_id: UUID) -> Incident:
    """Tell everybody that it is over. Raises `NotFound`, `IncidentOver`."""
    ended = await tx.maybe(END, incident_id, tx.now)
    if ended is not None:
        return ended
    if await tx.maybe(THERE, incident_id) is None:
        raise NotFound
    raise IncidentOver
