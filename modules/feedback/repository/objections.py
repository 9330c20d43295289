"""Objections of followers: one of each person in each cycle."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.feedback.model.objections import Objected, ObjectionCard


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How a public report ended, if it did."""

    report_id: UUID
    cycle: int
    state: str
    state_at: datetime


# The cycle is how often the report was begun again, and once: its history in public says so.
ENDED: Final = Query(
    Ended,
    """
    select report_id,
           (1 + jsonb_array_length(jsonb_path_query_array(
               steps, '$[*] ? (@.kind == "reopening_granted")')))::integer as cycle,
           state, state_at
      from feedback.public_report
     where code = $1
    """,
)

ADD: Final = Statement("""
    insert into feedback.objection (report_id, cycle, person_id, text, at)
    values ($1, $2, $3, $4, $5)
        on conflict (report_id, cycle, person_id) do update
       set text = excluded.text
""")

OWN: Final = Query(
    Objected,
    """
    select $4::text as code, cycle, at
      from feedback.objection
     where report_id = $1 and cycle = $2 and person_id = $3
    """,
)

LISTED: Final = Query(
    ObjectionCard,
    """
    select cycle, text, at
      from feedback.objection
     where report_id = $1
     order by at
     limit 200
    """,
)


async def ended(snapshot: Snapshot, code: str) -> Ended | None:
    return await snapshot.maybe(ENDED, code)


async def add(tx: Transaction, of: Ended, code: str, person_id: UUID, text: str) -> Objected:
    """Keep an objection; another one by the same person in the same cycle takes its place."""
    await tx.run(ADD, of.report_id, of.cycle, person_id, text, tx.now)
    return await tx.one(OWN, of.report_id, of.cycle, person_id, code)


async def listed(snapshot: Snapshot, report_id: UUID) -> Sequence[ObjectionCard]:
    return await snapshot.all(LISTED, report_id)
