"""Reports by the million, to measure with: written in sets, spread over years as a province's are.

All that a list, a map or a count reads is there; words repeat, and nobody reported any of it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Query, Statement, Transaction


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """A report of a batch."""

    id: UUID


# Ids and codes follow from the number of a report, so no two are the same and all sort by time.
# Two in a hundred are of the last twenty days and mostly open; the others are spread over three
# years and over. Places gather around forty centres.
REPORTS: Final = Query(
    Written,
    """
    insert into feedback.report (
        id, code, origin, client_key, body_digest, state, state_at, version,
        category_code, category_version, commune_code, commune_on, lat, lon, address,
        received_at, wish)
    select (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7'
            || substr(md5(n::text), 1, 3) || '8'
            || lpad(to_hex(n), 15, '0'))::uuid,
           'PA-' || (
               select string_agg(
                          substr('2346789CDFGHJKMNPQRTVWX',
                                 (n * 7919 / power(23, place)::bigint % 23)::integer + 1, 1),
                          '' order by place)
                 from generate_series(0, 5) as place),
           'account', sha256(('fill' || n)::bytea), sha256('fill'::bytea),
           state, case when state = 'received' then at
                       else least(at + interval '9 days', $4) end,
           case when state = 'received' then 1 else 2 end,
           ($6::text[])[1 + n % cardinality($6::text[])], 1,
           ($5::text[])[1 + n * 31 % cardinality($5::text[])], '2026-01-01',
           19.4 + (n * 17 % 40) * 0.028 + sin(n * 12.9898) * 0.01,
           104.6 + (n * 23 % 40) * 0.033 + cos(n * 78.233) * 0.01,
           'Số ' || n % 200, at, 'public'
      from (select n,
                   case when n % 50 = 49 then
                       case n / 50 % 8 when 0 then 'received' when 1 then 'in_review'
                                       when 2 then 'resolved' else 'with_agency' end
                       when n % 25 = 7 then 'withdrawn' else 'closed' end as state,
                   $4::timestamptz - interval '1100 days'
                   + n / $3::double precision
                     * (case when n % 50 = 49 then interval '19 days'
                             else interval '1060 days' end)
                   + (case when n % 50 = 49 then interval '1080 days'
                           else interval '0' end) as at
              from generate_series($1::bigint, $2::bigint) as n) as numbered
    returning id
    """,
)

_TEXT: Final = (
    "Ổ gà sâu giữa đường, trời mưa đọng nước không thấy, xe máy rất dễ ngã; đề nghị sớm vá lại."
)

TEXTS: Final = Statement("""
    insert into feedback.report_text (report_id, original)
    select id, $2
      from feedback.report
     where id = any ($1::uuid[])
""")

PUBLICATIONS: Final = Statement("""
    insert into feedback.publication (report_id, state, state_at)
    select id, case when state in ('received', 'withdrawn') then 'private' else 'public' end,
           received_at
      from feedback.report
     where id = any ($1::uuid[])
""")

ASSIGNMENTS: Final = Statement("""
    insert into feedback.assignment (
        id, report_id, owner_agency_id, agency_name, area_code, state, state_at, offered_at)
    select md5(id::text)::uuid, id,
           coalesce(($2::uuid[])[array_position($3::text[], commune_code)],
                    md5(commune_code)::uuid),
           'UBND ' || commune_code, commune_code,
           case when state = 'with_agency' then 'accepted' else 'approved' end,
           state_at, received_at
      from feedback.report
     where id = any ($1::uuid[])
       and state in ('with_agency', 'resolved', 'closed')
""")

CLOCKS: Final = Statement("""
    insert into feedback.clock (
        report_id, cycle, kind, deadline_class, original_class, began_at, original_due_at,
        due_at, provisional, stopped_at)
    select id, 1, case when state in ('received', 'in_review') then 'triage' else 'handling' end,
           'normal', 'normal', received_at, received_at + interval '11 days',
           received_at + interval '11 days', false,
           case when state in ('resolved', 'closed', 'withdrawn')
                then received_at + (8 + hashtext(code) % 5) * interval '1 day' end
      from feedback.report
     where id = any ($1::uuid[])
""")

FIRST_EVENTS: Final = Statement("""
    insert into feedback.event (
        report_id, seq, kind, at, actor, target, codes, commitment, hash)
    select id, 1, 'filing', at, 'citizen', 'received', '{}', salted,
           sha256(decode(repeat('00', 32), 'hex') || convert_to(
               '{"acting_agency":null,"actor":"citizen","at":"'
               || to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
               || '","codes":[],"commitment":"' || encode(salted, 'hex')
               || '","from":null,"kind":"filing","report":"' || id || '","seq":1,'
               || '"to":"received"}', 'UTF8'))
      from (select id, date_trunc('milliseconds', received_at) as at,
                   sha256(id::text::bytea) as salted
              from feedback.report
             where id = any ($1::uuid[])) as filed
""")

LAST_EVENTS: Final = Statement("""
    insert into feedback.event (report_id, seq, kind, at, actor, source, target, codes, hash)
    select id, 2, kind, at, 'staff', 'received', state, '{}',
           sha256(before || convert_to(
               '{"acting_agency":null,"actor":"staff","at":"'
               || to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')
               || '","codes":[],"commitment":null,"from":"received","kind":"' || kind
               || '","report":"' || id || '","seq":2,"to":"' || state || '"}', 'UTF8'))
      from (select report.id, report.state, date_trunc('milliseconds', report.state_at) as at,
                   event.hash as before,
                   case report.state when 'in_review' then 'claim'
                                     when 'with_agency' then 'assignment'
                                     when 'resolved' then 'approval'
                                     when 'withdrawn' then 'withdrawal' else 'closing' end as kind
              from feedback.report
              join feedback.event on event.report_id = report.id and event.seq = 1
             where report.version = 2
               and report.id = any ($1::uuid[])) as ended
""")

PUBLIC: Final = Statement("""
    insert into feedback.public_report (
        report_id, code, category_code, category_version, group_code, commune_code, agency_id,
        agency_name, state, state_at, filed_at, lat, lon, xy, body, photos, original_due_at,
        due_at, published_at, in_recent, words)
    select report.id, report.code, report.category_code, report.category_version,
           category.group_code, report.commune_code, assignment.owner_agency_id,
           assignment.agency_name, report.state, report.state_at, report.received_at,
           round(report.lat::numeric, 3)::double precision,
           round(report.lon::numeric, 3)::double precision,
           report.xy, $2, '{}', report.received_at + interval '11 days',
           report.received_at + interval '11 days', report.received_at,
           report.received_at > $3::timestamptz - interval '90 days',
           to_tsvector('simple', 'o ga duong xe may ' || report.code)
      from feedback.report
      join feedback.category on category.code = report.category_code
      left join feedback.assignment on assignment.report_id = report.id
     where report.state not in ('received', 'withdrawn')
       and report.id = any ($1::uuid[])
""")


class Told(msgspec.Struct, frozen=True, kw_only=True):
    """What a setting of the transaction is now."""

    value: str


# The row policies look reports up one by one, by a plan that a connection makes while the table is
# small; without this it would read the whole table for each row.
BY_INDEX: Final = Query(Told, "select set_config('enable_seqscan', 'off', true) as value")


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Reports `first` to `last` of `of`, and what they are spread over."""

    first: int
    last: int
    of: int
    now: datetime
    communes: Sequence[str]
    categories: Sequence[str]
    agencies: Sequence[UUID]
    """Those of the first communes; the others' ids follow from their codes."""


async def write(tx: Transaction, batch: Batch) -> None:
    """Write a batch of reports with all that hangs on them."""
    await tx.one(BY_INDEX)
    spread = list(batch.communes), list(batch.categories)
    made = await tx.all(REPORTS, batch.first, batch.last, batch.of, batch.now, *spread)
    ids = [written.id for written in made]
    await tx.run(TEXTS, ids, _TEXT)
    await tx.run(PUBLICATIONS, ids)
    await tx.run(ASSIGNMENTS, ids, list(batch.agencies), list(batch.communes))
    await tx.run(CLOCKS, ids)
    await tx.run(FIRST_EVENTS, ids)
    await tx.run(LAST_EVENTS, ids)
    await tx.run(PUBLIC, ids, _TEXT, batch.now)
