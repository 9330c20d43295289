"""Words that editors keep, and what many people ask for."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from backend.kernel import Paged, Query, Snapshot, Statement, Transaction
from contracts.page import Page
from modules.public_services.model.asking import SearchSum
from modules.public_services.model.terms import KeptTerm, TermDraft

DAYS: Final = timedelta(days=90)

TERMS = Paged(
    KeptTerm,
    """
    select kind, text, target, active, note, id, version
      from public_services.search_term
     where ($1::text is null or kind = $1)
       and {after}
     order by kind, text, id
     limit {limit}
    """,
    by=("kind", "text", "id"),
)

TERM = Query(
    KeptTerm,
    """
    select kind, text, target, active, note, id, version
      from public_services.search_term
     where id = $1
    """,
)

ADD_TERM = Query(
    KeptTerm,
    """
    insert into public_services.search_term (id, kind, text, target, active, note)
    values ($1, $2, $3, $4, $5, $6)
        on conflict (kind, text, target) do nothing
    returning kind, text, target, active, note, id, version
    """,
)

PUT_TERM = Query(
    KeptTerm,
    """
    update public_services.search_term
       set kind = $2,
           text = $3,
           target = $4,
           active = $5,
           note = $6,
           version = version + 1
     where id = $1 and version = $7
       and not exists (
               select from public_services.search_term as other
                where (other.kind, other.text, other.target) = ($2, $3, $4) and other.id <> $1)
    returning kind, text, target, active, note, id, version
    """,
)

DROP_TERM = Statement("delete from public_services.search_term where id = $1")

MORE = Statement("""
    update public_services.search_sum
       set uses = uses + $3,
           unopened = unopened + $4
     where day = $1 and question = $2
""")

# Only what five have asked by now is no row yet, so each row is of five at least.
FIRST = Statement("""
    insert into public_services.search_sum as kept (day, question, uses, unopened)
    values ($1, $2, $3, $4)
        on conflict (day, question) do update
       set uses = kept.uses + excluded.uses,
           unopened = kept.unopened + excluded.unopened
""")

SUMS = Query(
    SearchSum,
    """
    select question, sum(uses)::integer as uses, sum(unopened)::integer as unopened
      from public_services.search_sum
     where day > $1
     group by question
     order by sum(unopened) desc, sum(uses) desc, question
     limit $2
    """,
)

FORGET_SUMS = Statement("delete from public_services.search_sum where day <= $1")


async def terms(
    snapshot: Snapshot, kind: str | None, cursor: str | None, limit: int
) -> Page[KeptTerm]:
    return await snapshot.page(TERMS, cursor, limit, kind)


async def term(snapshot: Snapshot, term_id: UUID) -> KeptTerm | None:
    return await snapshot.maybe(TERM, term_id)


async def add_term(tx: Transaction, draft: TermDraft) -> KeptTerm | None:
    """Add a term; None when there is the same one already."""
    said = (draft.kind, draft.text, draft.target, draft.active, draft.note)
    return await tx.maybe(ADD_TERM, tx.new_id(), *said)


async def put_term(tx: Transaction, term_id: UUID, draft: TermDraft, seen: int) -> KeptTerm | None:
    """Change a term; None when somebody else did, or when another says the same."""
    said = (draft.kind, draft.text, draft.target, draft.active, draft.note)
    return await tx.maybe(PUT_TERM, term_id, *said, seen)


async def drop_term(tx: Transaction, term_id: UUID) -> bool:
    return await tx.run(DROP_TERM, term_id) == 1


async def count(tx: Transaction, told: SearchSum) -> None:
    """Add to the sum of a question that many ask."""
    said = (tx.today, told.question, told.uses, told.unopened)
    if not await tx.run(MORE, *said):
        await tx.run(FIRST, *said)


async def sums(snapshot: Snapshot, limit: int) -> Sequence[SearchSum]:
    return await snapshot.all(SUMS, snapshot.today - DAYS, limit)


async def forget_sums(tx: Transaction, before: date) -> None:
    await tx.run(FORGET_SUMS, before)
