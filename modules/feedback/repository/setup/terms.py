"""Terms of the classes, which are only ever added."""

from collections.abc import Sequence
from datetime import date
from typing import Final

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.feedback.model.categories import DeadlineClass
from modules.feedback.model.setup.terms import ClassTerm, TermDraft

ALL: Final = Query(
    ClassTerm,
    """
    select deadline_class, valid_from, triage_days, triage_minutes, handling_days,
           handling_hours
      from feedback.deadline_term
     order by deadline_class, valid_from desc
     limit 4000
    """,
)


class Edition(msgspec.Struct, frozen=True, kw_only=True):
    """What changes whenever terms are added."""

    terms: int


EDITION: Final = Query(Edition, "select count(*)::integer as terms from feedback.deadline_term")

# Touches no row when terms were set up for that day already.
ADD: Final = Statement("""
    insert into feedback.deadline_term (
        deadline_class, valid_from, triage_days, triage_minutes, handling_days, handling_hours)
    values ($1, $2, $3, $4, $5, $6)
        on conflict (deadline_class, valid_from) do nothing
""")


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """Reports of one day that nobody deals with yet."""

    received_on: date
    reports: int


WAITING: Final = Query(
    Waiting,
    """
    select (clock.began_at at time zone 'Asia/Ho_Chi_Minh')::date as received_on,
           count(*)::integer as reports
      from feedback.clock
     where clock.kind = 'triage'
       and clock.stopped_at is null
       and clock.deadline_class = $1
     group by 1
     order by 1
     limit 366
    """,
)


class Running(msgspec.Struct, frozen=True, kw_only=True):
    """How many clocks run for an agency."""

    n: int


RUNNING: Final = Query(
    Running,
    """
    select count(*)::integer as n
      from (select
              from feedback.clock
             where kind = 'handling' and stopped_at is null and deadline_class = $1
             limit 1000) as clock
    """,
)


async def all_terms(snapshot: Snapshot) -> Sequence[ClassTerm]:
    return await snapshot.all(ALL)


async def edition(snapshot: Snapshot) -> Edition:
    return await snapshot.one(EDITION)


async def add(tx: Transaction, of: DeadlineClass, draft: TermDraft) -> bool:
    """Add terms. False: there are some from that day already."""
    return bool(
        await tx.run(
            ADD,
            of,
            draft.valid_from,
            draft.triage_days,
            draft.triage_minutes,
            draft.handling_days,
            draft.handling_hours,
        )
    )


async def waiting(snapshot: Snapshot, of: DeadlineClass) -> Sequence[Waiting]:
    return await snapshot.all(WAITING, of)


async def running(snapshot: Snapshot, of: DeadlineClass) -> int:
    return (await snapshot.one(RUNNING, of)).n
