"""Dossiers as they are shown: by a proof, or to their owner."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Paged, Query, Snapshot
from contracts.page import Page
from modules.public_services.model.dossier_views import Connector, Told
from modules.public_services.model.dossiers import Dossier, Moment

COLUMNS: Final = """
           dossier.id, dossier.source, dossier.code, dossier.procedure_code,
           dossier.procedure_title, dossier.receiving_agency, dossier.resolving_agency,
           dossier.status, dossier.status_at, dossier.submitted_at, dossier.received_at,
           dossier.first_due_at, dossier.due_at, dossier.due_source, dossier.finished_at,
           dossier.returned_at, dossier.fee_due_vnd, dossier.synced_at, dossier.demo
"""


class DossierMoment(Moment, frozen=True, kw_only=True):
    """A state that one of several dossiers took."""

    dossier_id: UUID


class Coded(msgspec.Struct, frozen=True, kw_only=True):
    """What people call a dossier."""

    code: str


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """What the transaction shows of itself from now on."""

    shown: str


SHOW = Query(
    Shown,
    "select set_config('public_services.shown_tag', encode($1::bytea, 'hex'), true) as shown",
)

BY_TAG = Query(
    Dossier,
    f"""
    select {COLUMNS}
      from public_services.dossier_factor as factor
      join public_services.dossier on dossier.id = factor.dossier_id
     where factor.tag = $1
     limit 1
    """,
)

MOMENTS = Query(
    DossierMoment,
    """
    select occurred_at, to_status, dossier_id
      from public_services.dossier_event
     where dossier_id = any($1::uuid[])
     order by dossier_id, occurred_at, source_seq, id
     limit 10000
    """,
)

CONNECTORS = Query(
    Connector,
    """
    select source, last_ok_at, failures, simulation is not null as simulated
      from public_services.connector
     where source = any($1::text[])
     limit 100
    """,
)

CODE = Query(
    Coded,
    """
    select code
      from public_services.dossier
     where id = $1
    """,
)

OWNED: Final = """
      from public_services.dossier_owner as whose
      join public_services.dossier on dossier.owner_index = whose.owner_index
     where whose.person_id = $1
"""

OWN = Paged(
    Dossier,
    f"""
    select {COLUMNS}
    {OWNED}
       and {{after}}
     order by dossier.status_at desc, dossier.id desc
     limit {{limit}}
    """,
    by=("dossier.status_at", "dossier.id"),
    descending="desc",
)

OWN_ONE = Query(
    Dossier,
    f"""
    select {COLUMNS}
    {OWNED}
       and dossier.id = $2
    """,
)

# What it moved from is the move before it in time, in whatever order they came.
STEPS = Paged(
    Told,
    """
    select step.occurred_at, step.to_status, step.id, step.dossier_id, step.sequence,
           step.from_status, step.step_due_at, coalesce(told.department, '') as department,
           coalesce(told.content, '') as content, coalesce(told.reason, '') as reason
      from (select id, dossier_id, occurred_at, source_seq as sequence, to_status, step_due_at,
                   lag(to_status) over (order by occurred_at, source_seq, id) as from_status
              from public_services.dossier_event
             where dossier_id = $1) as step
      left join public_services.dossier_event_text as told on told.event_id = step.id
     where {after}
     order by step.occurred_at, step.sequence, step.id
     limit {limit}
    """,
    by=("step.occurred_at", "step.sequence", "step.id"),
)


async def shown_by(snapshot: Snapshot, tag: bytes) -> Dossier | None:
    """Return the dossier that this digest proves to know; the database shows no other."""
    await snapshot.one(SHOW, tag)
    return await snapshot.maybe(BY_TAG, tag)


async def code_of(snapshot: Snapshot, dossier_id: UUID) -> str:
    """Return what people call a dossier; `""` for one that was forgotten meanwhile."""
    found = await snapshot.maybe(CODE, dossier_id)
    return "" if found is None else found.code


async def moments(snapshot: Snapshot, ids: Sequence[UUID]) -> Sequence[DossierMoment]:
    return await snapshot.all(MOMENTS, ids)


async def connectors(snapshot: Snapshot, sources: Sequence[str]) -> Sequence[Connector]:
    return await snapshot.all(CONNECTORS, sources)


async def own(snapshot: Snapshot, person_id: UUID, cursor: str | None, limit: int) -> Page[Dossier]:
    return await snapshot.page(OWN, cursor, limit, person_id)


async def own_one(snapshot: Snapshot, person_id: UUID, dossier_id: UUID) -> Dossier | None:
    return await snapshot.maybe(OWN_ONE, person_id, dossier_id)


async def steps(snapshot: Snapshot, dossier_id: UUID, cursor: str | None, limit: int) -> Page[Told]:
    return await snapshot.page(STEPS, cursor, limit, dossier_id)
