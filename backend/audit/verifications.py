"""An auditor has the whole log looked through: the worker does it, for it reads everything."""

from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from backend.audit import verifying
from backend.kernel import Job, NotFound, Query, Snapshot, Statement, Transaction

_SECONDS_MAX: Final = 1800


class Verification(msgspec.Struct, frozen=True, kw_only=True):
    """That the log was looked through, and what was found."""

    id: UUID
    asked_at: datetime
    finished_at: datetime | None
    """Null while a worker reads."""
    looks: int | None
    checkpoints: int | None
    first_bad: int | None
    """The first place of the log at which something is not what was sealed; null: none is."""
    findings: tuple[str, ...]
    """What is wrong, a sentence each; empty when the log is what it was."""


class About(msgspec.Struct, frozen=True, kw_only=True):
    """Which one is to be made."""

    id: UUID


ASK = Query(
    Verification,
    """
    insert into audit.verification (id, asked_by, asked_at)
    values ($1, $2, $3)
    returning id, asked_at, finished_at, looks, checkpoints, first_bad, findings
    """,
)

LATEST = Query(
    Verification,
    """
    select id, asked_at, finished_at, looks, checkpoints, first_bad, findings
      from audit.verification
     order by asked_at desc, id desc
     limit 1
    """,
)

FINISH = Statement(
    """
    update audit.verification
       set finished_at = $2, looks = $3, checkpoints = $4, first_bad = $5, findings = $6
     where id = $1
    """
)


async def ask(tx: Transaction) -> Verification:
    """Have the log looked through."""
    asked = await tx.one(ASK, tx.new_id(), tx.principal.staff_id, tx.now)
    await tx.enqueue(VERIFY, About(id=asked.id))
    return asked


async def latest(snapshot: Snapshot) -> Verification:
    """Return the last one that was asked for. Raises `NotFound` when nobody has."""
    found = await snapshot.maybe(LATEST)
    if found is None:
        raise NotFound
    return found


async def _verify(tx: Transaction, about: About) -> None:
    report = await verifying.verify(tx)
    told = (report.looks, report.checkpoints, report.first_bad, list(report.findings))
    await tx.run(FINISH, about.id, tx.now, *told)


VERIFY: Final = Job(
    name="audit.verify", run=_verify, payload=About, seconds_max=_SECONDS_MAX, attempts_max=2
)
"""Reads every look, every place and every checkpoint once."""
