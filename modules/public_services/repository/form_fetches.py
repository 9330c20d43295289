"""Addresses of blank forms, and what came of asking for them."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Literal

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction

Outcome = Literal["kept", "missing", "refused", "not-a-form", "away"]
_AGAIN: timedelta = timedelta(days=30)
_SOON: timedelta = timedelta(days=1)


class WantedForm(msgspec.Struct, frozen=True, kw_only=True):
    """A form that records name by its address, and the procedures that ask for it."""

    url: str
    name: str
    procedures: tuple[str, ...]


# What is in force and was not asked for lately; what did not answer is asked again after a day.
WANTED = Query(
    WantedForm,
    """
    with named as (
        select paper -> 'form' ->> 'source_url' as url, min(paper -> 'form' ->> 'name') as name,
               array_agg(distinct procedure.code) as procedures
          from public_services.procedure_version as version
          join public_services.procedure on procedure.no = version.procedure_no
         cross join jsonb_path_query(
                   version.body, '$.cases[*].papers[*] ? (@.form.source_url != null)') as paper
         where daterange(version.valid_from, version.valid_to) @> $1::date
         group by 1
    )
    select named.url, named.name, named.procedures[1:200] as procedures
      from named
      left join public_services.form_fetch as earlier on earlier.url = named.url
     where length(named.url) <= 2000
       and split_part(named.url, '/', 3) = any($2::text[])
       and (earlier.asked_at is null or earlier.asked_at <= $3
            or earlier.outcome = 'away' and earlier.asked_at <= $4)
     order by earlier.asked_at nulls first, named.url
     limit $5
    """,
)

KEEP = Statement(
    """
    insert into public_services.form as kept (code, name, procedures)
    values ($1, $2, $3)
        on conflict (code) do update
       set procedures = array(
               select distinct code from unnest(kept.procedures || excluded.procedures) as code
                order by code),
           version = kept.version + 1
     where not kept.procedures @> excluded.procedures
    """
)

NOTE = Statement(
    """
    insert into public_services.form_fetch as kept (url, form_code, outcome, asked_at, failures)
    values ($1, $2, $3, $4, case when $3 = 'away' then 1 else 0 end)
        on conflict (url) do update
       set form_code = coalesce(excluded.form_code, kept.form_code),
           outcome = excluded.outcome,
           asked_at = excluded.asked_at,
           failures = case when excluded.outcome = 'away' then kept.failures + 1 else 0 end
    """
)


async def wanted(
    snapshot: Snapshot, hosts: Sequence[str], day: date, now: datetime, most: int
) -> Sequence[WantedForm]:
    """Return forms that are to be asked for, those never asked for first."""
    return await snapshot.all(WANTED, day, hosts, now - _AGAIN, now - _SOON, most)


async def keep(tx: Transaction, code: str, wanted: WantedForm) -> None:
    """Keep a form; the name that an editor gave it stays."""
    await tx.run(KEEP, code, wanted.name, wanted.procedures)


async def note(tx: Transaction, url: str, form_code: str | None, outcome: Outcome) -> None:
    await tx.run(NOTE, url, form_code, outcome, tx.now)
