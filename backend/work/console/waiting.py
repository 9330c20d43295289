"""What waits and what was given up, as requests may know it: never what it is about.

A request cannot touch the work of others. It leaves a piece of work that does, so what an
administrator decides is carried out by the worker, once, like everything else.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal, TypeAlias

import msgspec

from backend.kernel import Job, Query, Snapshot, Transaction
from backend.work.claim import finish
from backend.work.errors import NotBuried
from backend.work.repair import DECIDE, RETRY
from backend.work.upkeep import Backlog

AT_ONCE: Final = 100

Step: TypeAlias = Literal["retry", "discard"]


class GivenUp(msgspec.Struct, frozen=True, kw_only=True):
    """Work that was given up, and what went wrong the last time: an error's name, no values."""

    id: int
    name: str
    attempts: int
    crashes: int
    due_at: datetime
    error: str | None
    trace: str


class Mend(msgspec.Struct, frozen=True, kw_only=True):
    """What shall become of a piece of work that was given up."""

    id: int
    step: Step


BACKLOG = Query(
    Backlog,
    """
    select name, waiting, held, running, buried, oldest_due_at
      from kernel.backlog($1)
     limit 1000
    """,
)

GIVEN_UP = Query(
    GivenUp,
    """
    select id, name, attempts, crashes, due_at, error, trace
      from kernel.buried($1, $2)
     order by id
    """,
)


async def backlog(snapshot: Snapshot) -> Sequence[Backlog]:
    """Return what is unfinished, name by name; what was given up comes first."""
    found = await snapshot.all(BACKLOG, snapshot.now)
    return sorted(found, key=lambda line: (-line.buried, -line.age(snapshot.now), line.name))


async def given_up(snapshot: Snapshot, after: int = 0, limit: int = AT_ONCE) -> Sequence[GivenUp]:
    """Return work that was given up, the oldest first, from the id `after` on."""
    return await snapshot.all(GIVEN_UP, after, limit)


async def given_up_count(snapshot: Snapshot) -> int:
    """Return how much was given up."""
    return sum(line.buried for line in await backlog(snapshot))


async def mend(tx: Transaction, work_id: int, step: Step) -> None:
    """Let work that was given up be tried again, or go for good. Raises `NotBuried`."""
    found = await given_up(tx, work_id - 1, 1)
    if not found or found[0].id != work_id:
        raise NotBuried
    await tx.enqueue(MEND, Mend(id=work_id, step=step))


async def _mend(tx: Transaction, wish: Mend) -> None:
    decided = await tx.maybe(DECIDE, wish.id)
    if decided is None:
        return
    if wish.step == "retry":
        await tx.run(RETRY, [wish.id], tx.now)
    else:
        await finish(tx, wish.id, decided.subject, error=f"discarded: {decided.error}")


MEND: Final = Job(name="work.mend", run=_mend, payload=Mend)
"""Carries out what an administrator has decided about work that was given up."""
