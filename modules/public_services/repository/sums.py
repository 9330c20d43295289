"""Votes, and sums of dossiers that anybody may read."""

from collections.abc import Sequence
from datetime import date

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.public_services.model.statistics import CommuneSum, DossierSum

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


COMMUNES = Query(
    CommuneSum,
    """
    select month, commune_code, finished, by_first_date, by_present_date, ratings, satisfied
      from public_services.dossier_commune_sum
     where $1::text is null or commune_code = $1
     order by month desc, commune_code
     limit 1000
    """,
)

FORGET_COMMUNES = Statement("delete from public_services.dossier_commune_sum where month >= $1")

SUM_UP_COMMUNES = Statement("""
    with ended as (
        select date_trunc('month', finished_at at time zone $2)::date as month, commune_code,
               finished_at <= first_due_at as by_first, finished_at <= due_at as by_present,
               rating.level,
               count(*) over (
                   partition by date_trunc('month', finished_at at time zone $2),
                                resolving_agency, procedure_code) >= 5 as is_told
          from public_services.dossier
          left join public_services.dossier_rating as rating on rating.dossier_id = dossier.id
         where finished_at >= $1::date and status in (9, 10)
    ),
    sized as (
        select month, commune_code, by_first, by_present, level, is_told,
               count(*) filter (where not is_told)
                   over (partition by month, commune_code) as untold
          from ended
         where commune_code is not null
    )
    insert into public_services.dossier_commune_sum (
           month, commune_code, finished, by_first_date, by_present_date, ratings, satisfied)
    select month, commune_code, count(*), count(*) filter (where by_first),
           count(*) filter (where by_present),
           case when count(level) >= 5 then count(level) end,
           case when count(level) >= 5 then count(*) filter (where level >= 4) end
      from sized
     where is_told or untold >= 5
     group by month, commune_code
    having count(*) >= 5
""")


async def communes(snapshot: Snapshot, commune_code: str | None) -> Sequence[CommuneSum]:
    return await snapshot.all(COMMUNES, commune_code)


async def vote(tx: Transaction, code: str, opinion: str) -> None:
    await tx.run(VOTE, code, tx.today, opinion)


async def sums(
    snapshot: Snapshot, agency: str | None, procedure_code: str | None
) -> Sequence[DossierSum]:
    return await snapshot.all(SUMS, agency, procedure_code)


async def sum_up(tx: Transaction, since: date) -> None:
    """Sum up the months from the one that begins on `since`."""
    for forget, anew in ((FORGET_SUMS, SUM_UP), (FORGET_COMMUNES, SUM_UP_COMMUNES)):
        await tx.run(forget, since)
        await tx.run(anew, since, "Asia/Ho_Chi_Minh")
