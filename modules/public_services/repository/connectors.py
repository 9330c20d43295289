"""How far each system is read, and whether it answers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.public_services.model.simulation import Simulation


class ConnectorRow(msgspec.Struct, frozen=True, kw_only=True):
    """A system, as far as it is read."""

    source: str
    last_ok_at: datetime | None
    cursor: str
    failures: int
    rest_until: datetime | None
    simulation: Simulation | None


FIND = Query(
    ConnectorRow,
    """
    select source, last_ok_at, cursor, failures, rest_until, simulation
      from public_services.connector
     where source = $1
    """,
)

LIST = Query(
    ConnectorRow,
    """
    select source, last_ok_at, cursor, failures, rest_until, simulation
      from public_services.connector
     order by source
     limit 100
    """,
)

ANSWERED = Statement(
    """
    update public_services.connector
       set cursor = case when cursor = $2 then $3 else cursor end,
           failures = 0,
           rest_until = null,
           last_ok_at = $4
     where source = $1
    """
)


class Failures(msgspec.Struct, frozen=True, kw_only=True):
    """How often a system has not answered, one time after another."""

    failures: int


FAILED = Query(
    Failures,
    """
    insert into public_services.connector as kept (source, last_ok_at, failures)
    values ($1, null, 1)
        on conflict (source) do update
       set failures = kept.failures + 1
    returning failures
    """,
)

REST = Statement("update public_services.connector set rest_until = $2 where source = $1")

SIMULATE = Statement(
    """
    insert into public_services.connector as kept (source, last_ok_at, simulation)
    values ($1, $2, $3::jsonb)
        on conflict (source) do update
       set simulation = excluded.simulation,
           cursor = case when kept.simulation ->> 'seed' = excluded.simulation ->> 'seed'
                         then kept.cursor else '' end,
           rest_until = null
    """
)


async def find(snapshot: Snapshot, source: str) -> ConnectorRow | None:
    return await snapshot.maybe(FIND, source)


async def listed(snapshot: Snapshot) -> Sequence[ConnectorRow]:
    return await snapshot.all(LIST)


async def answered(tx: Transaction, source: str, before: str, after: str, at: datetime) -> None:
    """Note that a system answered, and how far it is read now unless another was faster."""
    await tx.run(ANSWERED, source, before, after, at)


async def failed(tx: Transaction, source: str) -> int:
    """Note that a system did not answer; return how often that was, one time after another."""
    return (await tx.one(FAILED, source)).failures


async def rest(tx: Transaction, source: str, until: datetime) -> None:
    """Leave a system alone for a while."""
    await tx.run(REST, source, until)


async def simulate(tx: Transaction, source: str, simulation: Simulation, at: datetime) -> None:
    """Let a simulated system stand where a real one would."""
    said: Any = msgspec.to_builtins(simulation)
    await tx.run(SIMULATE, source, at, said)
