"""Reports by the million, to measure with: written in sets, in order of time as a province's are.

All that a list, a map, a count, a search or a sweep reads is there; the same dozen sentences come
again and again, and nobody reported any of it. A history has the first and the newest step alone.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Query, Transaction


class Written(msgspec.Struct, frozen=True, kw_only=True):
    """How many reports a batch has added."""

    reports: int


# One statement, because the planner knows nothing yet of what a statement before it has written,
# and joins it row by row. Ids, codes and times follow from the number of a report: all sort alike,
# and a report that is there already is left as it is. The last two of a hundred are of the last
# twenty days and mostly open; the others are spread evenly over three years before, and over.
# Places gather around 1,600 centres. The bytes that are hashed are those of `model/history.py`.
WRITE: Final = Query(
    Written,
    """
      with numbered as (
           select n,
                  substr('2346789CDFGHJKMNPQRTVWX', (n * 7919 % 23)::integer + 1, 1)
                  || substr('2346789CDFGHJKMNPQRTVWX', (n * 7919 / 23 % 23)::integer + 1, 1)
                  || substr('2346789CDFGHJKMNPQRTVWX', (n * 7919 / 529 % 23)::integer + 1, 1)
                  || substr('2346789CDFGHJKMNPQRTVWX', (n * 7919 / 12167 % 23)::integer + 1, 1)
                  || substr('2346789CDFGHJKMNPQRTVWX', (n * 7919 / 279841 % 23)::integer + 1, 1)
                  || substr('2346789CDFGHJKMNPQRTVWX', (n * 7919 / 6436343 % 23)::integer + 1, 1)
                  as drawn,
                  n > $3::bigint * 0.98 as is_recent,
                  date_trunc('milliseconds', $4::timestamptz
                      + case when n > $3::bigint * 0.98
                             then (n / $3::double precision - 1) * 50 * interval '19 days'
                                  - interval '1 day'
                             else (n / ($3::double precision * 0.98) - 1) * interval '1060 days'
                                  - interval '40 days' end) as at,
                  19.4 + (n * 17 % 40) * 0.028 + sin(n * 12.9898) * 0.01 as lat,
                  104.6 + (n * 23 % 40) * 0.033 + cos(n * 78.233) * 0.01 as lon,
                  ($5::text[])[1 + n * 31 % cardinality($5::text[])] as commune,
                  ($6::uuid[])[1 + n * 31 % cardinality($6::uuid[])] as agency,
                  1 + n % cardinality($7::text[]) as kind,
                  1 + n * 7 % cardinality($8::text[]) as sentence
             from generate_series($1::bigint, $2::bigint) as n
      ), made as materialized (
           select n, 'PA-' || drawn as code, at, commune, agency, lat, lon,
                  (lpad(to_hex((extract(epoch from at) * 1000)::bigint), 12, '0') || '7'
                   || substr(md5(n::text), 1, 3) || '8' || lpad(to_hex(n), 15, '0'))::uuid as id,
                  case when not is_recent then
                           case when n % 25 = 7 then 'withdrawn' else 'closed' end
                       else (array['received', 'in_review', 'resolved', 'with_agency',
                                   'with_agency'])[1 + n % 5] end as state,
                  case when is_recent and n % 5 = 0 then at
                       else least(at + interval '1 day' * (1 + n % 11),
                                  date_trunc('milliseconds', $4::timestamptz)) end as state_at,
                  ($7::text[])[kind] as category, ($9::smallint[])[kind] as version,
                  ($10::text[])[kind] as group_code, ($11::smallint[])[kind] as decimals,
                  ($8::text[])[sentence] || ' Gần số nhà ' || n % 997 || '.' as said,
                  ($12::text[])[sentence] || ' gan so nha ' || n % 997 as words
             from numbered
            where (select report.id
                     from feedback.report
                    where report.code = 'PA-' || drawn) is null
      ), told as materialized (
           select made.*, sha256(convert_to(id::text, 'UTF8')) as salt,
                  to_char(at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as filed,
                  to_char(state_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as ended,
                  case state when 'in_review' then 'claim' when 'with_agency' then 'assignment'
                             when 'resolved' then 'approval' when 'withdrawn' then 'withdrawal'
                             when 'closed' then 'closing' end as call,
                  at + interval '11 days' as due_at,
                  state in ('with_agency', 'resolved', 'closed') as is_given,
                  state in ('resolved', 'closed', 'withdrawn') as is_over,
                  case when not (state in ('closed', 'withdrawn')) then 3
                       when state_at < $4::timestamptz - interval '360 days' then 1
                       when state_at < $4::timestamptz - interval '89 days' then 2
                       else 3 end as kept
             from made
      ), committed as materialized (
           select told.*, sha256(salt || convert_to(
                      '{"photos":[],"text":"' || said || '"}', 'UTF8')) as commitment
             from told
      ), chained as materialized (
           select committed.*, sha256(decode(repeat('00', 32), 'hex') || convert_to(
                      '{"acting_agency":null,"actor":"citizen","at":"' || filed
                      || '","codes":[],"commitment":"' || encode(commitment, 'hex')
                      || '","from":null,"kind":"filing","report":"' || id || '","seq":1,'
                      || '"to":"received"}', 'UTF8')) as head
             from committed
      ), reporters as (
           insert into feedback.reporter (report_id, person_id, erased_at)
           select id, case when kept > 1 then md5('person' || n % 200000)::uuid end,
                  case when kept <= 1 then state_at + interval '365 days' end
             from chained
      ), reports as (
           insert into feedback.report (
               id, code, origin, client_key, body_digest, state, state_at, version,
               category_code, category_version, commune_code, commune_on, lat, lon, address,
               received_at, wish, kept)
           select id, code, 'account', sha256(convert_to('fill' || n, 'UTF8')), salt,
                  state, state_at, case when call is null then 1 else 2 end, category, version,
                  commune, (at at time zone 'Asia/Ho_Chi_Minh')::date, lat, lon,
                  'Số ' || n % 997, at, 'public', kept
             from chained
        returning 1 as one
      ), texts as (
           insert into feedback.report_text (report_id, original)
           select id, said
             from chained
      ), publications as (
           insert into feedback.publication (report_id, state, state_at)
           select id, case when state in ('received', 'withdrawn') then 'private'
                           else 'public' end, state_at
             from chained
      ), assignments as (
           insert into feedback.assignment (
               id, report_id, owner_agency_id, agency_name, area_code, state, state_at,
               offered_at)
           select md5(id::text)::uuid, id, agency, 'UBND ' || commune, commune,
                  case state when 'with_agency' then 'accepted' else 'approved' end,
                  state_at, least(at + interval '1 day', state_at)
             from chained
            where is_given
      ), clocks as (
           insert into feedback.clock (
               report_id, cycle, kind, deadline_class, original_class, began_at,
               original_due_at, due_at, provisional, stopped_at, level, next_check_at)
           select id, 1, case when is_given then 'handling' else 'triage' end, 'normal',
                  'normal', at, due_at, due_at, false, case when is_over then state_at end,
                  case when is_over then 0 when due_at < $4 then 4 else 1 end,
                  case when not is_over and due_at >= $4 then due_at end
             from chained
      ), ratings as (
           insert into feedback.rating (report_id, cycle, state, value, given_at)
           select id, 1, case state when 'closed' then 'locked' else 'open' end,
                  case when state = 'closed' and n % 3 = 0 then 1 + n % 7 % 3 end,
                  case when state = 'closed' and n % 3 = 0 then state_at end
             from chained
            where state in ('resolved', 'closed')
      ), events as (
           insert into feedback.event (
               report_id, seq, kind, at, actor, source, target, codes, commitment, hash)
           select id, 1, 'filing', at, 'citizen', null, 'received', '{}'::text[], commitment, head
             from chained
            union all
           select id, 2, call, state_at, 'staff', 'received', state, '{}'::text[], null,
                  sha256(head || convert_to(
                      '{"acting_agency":null,"actor":"staff","at":"' || ended
                      || '","codes":[],"commitment":null,"from":"received","kind":"' || call
                      || '","report":"' || id || '","seq":2,"to":"' || state || '"}', 'UTF8'))
             from chained
            where call is not null
      ), salts as (
           insert into feedback.event_salt (report_id, seq, salt)
           select id, 1, salt
             from chained
      ), shown as (
           insert into feedback.public_report (
               report_id, code, category_code, category_version, group_code, commune_code,
               agency_id, agency_name, state, state_at, filed_at, lat, lon, xy, body, photos,
               original_due_at, due_at, published_at, in_recent, steps, words)
           select id, code, category, version, group_code, commune,
                  case when is_given then agency end,
                  case when is_given then 'UBND ' || commune end, state, state_at, at,
                  seen.lat, seen.lon,
                  point(6378137 * radians(seen.lon),
                        6378137 * ln(tan(pi() / 4 + radians(seen.lat) / 2))),
                  said, '{}', due_at, due_at, at,
                  not (state in ('resolved', 'closed'))
                      or state_at >= $4::timestamptz - interval '90 days',
                  jsonb_build_array(
                      jsonb_build_object('at', filed, 'kind', 'filing', 'state', 'received'),
                      jsonb_build_object('at', ended, 'kind', call, 'state', state)),
                  to_tsvector('simple', lower(code) || ' ' || words || ' ubnd ' || commune
                      || ' month' || to_char(at at time zone 'Asia/Ho_Chi_Minh', 'YYYYMM'))
             from chained
            cross join lateral (
                  select case when decimals > 0
                              then round(chained.lat::numeric, decimals)::double precision
                              end as lat,
                         case when decimals > 0
                              then round(chained.lon::numeric, decimals)::double precision
                              end as lon) as seen
            where state not in ('received', 'withdrawn')
      )
    select count(*)::integer as reports from reports
    """,
)


class Batch(msgspec.Struct, frozen=True, kw_only=True):
    """Reports `first` to `last` of `of`, and what they are spread over."""

    first: int
    last: int
    of: int
    now: datetime
    communes: Sequence[str]
    agencies: Sequence[UUID]
    """One for each commune."""
    categories: Sequence[str]
    versions: Sequence[int]
    groups: Sequence[str]
    decimals: Sequence[int]
    """Of a degree, to which everybody learns a place, for each category; 0: not at all."""
    sentences: Sequence[str]
    folded: Sequence[str]
    """The sentences as they are searched for."""


async def write(tx: Transaction, batch: Batch) -> int:
    """Write a batch of reports with all that hangs on them; return how many were not there."""
    written = await tx.one(
        WRITE,
        batch.first,
        batch.last,
        batch.of,
        batch.now,
        list(batch.communes),
        list(batch.agencies),
        list(batch.categories),
        list(batch.sentences),
        list(batch.versions),
        list(batch.groups),
        list(batch.decimals),
        list(batch.folded),
    )
    return written.reports
