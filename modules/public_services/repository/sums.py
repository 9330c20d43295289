"""Votes, and sums of dossiers that anybody may read."""

from collections.abc import Sequence
from datetime import date

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.public_services.model.statistics import DossierSum

VOTE = Statement("""
    insert into public_services.vote_sum as kept (code, day, opinion, votes)
    values ($1, $2, $3, 1)
        on conflict (code, day, opinion) do update
       set votes = kept.votes + 1
""")


SUMS = Query(
    DossierSum,
    """
    select month, agency, procedure_code, finished, by_first_date, by_present_date, ratings,
           satisfied
      from public_services.dossier_sum
     where ($1::text is null or agency = $1)
       and ($2::text is null or procedure_code = $2)
     order by month desc, agency, procedure_code
     limit 1000
    """,
)


FORGET_SUMS = Statement("delete from public_services.dossier_sum where month >= $1")


SUM_UP = Statement("""
    insert into public_services.dossier_sum (
           month, agency, procedure_code, finished, by_first_date, by_present_date, ratings,
           satisfied)
    select date_trunc('month', dossier.finished_at at time zone $2)::date, dossier.resolving_agency,
           coalesce(dossier.procedure_code, ''), count(*),
           count(*) filter (where dossier.finished_at <= dossier.first_due_at),
           count(*) filter (where dossier.finished_at <= dossier.due_at),
           case when count(rating.level) >= 5 then count(rating.level) end,
           case when count(rating.level) >= 5
                then count(*) filter (where rating.level >= 4) end
      from public_services.dossier
      left join public_services.dossier_rating as rating on rating.dossier_id = dossier.id
     where dossier.finished_at >= $1::date and dossier.status in (9, 10)
     group by 1, 2, 3
    having count(*) >= 5
""")


async def vote(tx: Transaction, code: str, opinion: str) -> None:
    await tx.run(VOTE, code, tx.today, opinion)


async def sums(
    snapshot: Snapshot, agency: str | None, procedure_code: str | None
) -> Sequence[DossierSum]:
    return await snapshot.all(SUMS, agency, procedure_code)


async def sum_up(tx: Transaction, since: date) -> None:
    """Sum up the months from the one that begins on `since`."""
    await tx.run(FORGET_SUMS, since)
    await tx.run(SUM_UP, since, "Asia/Ho_Chi_Minh")
