"""Procedures as they stand on a day, their histories, and what happened to them in order."""

from collections.abc import Sequence
from datetime import date
from typing import Any
from uuid import UUID

import msgspec

from backend.kernel import Paged, Query, Snapshot, Transaction
from contracts.page import Page
from modules.public_services.model.engine import Filters
from modules.public_services.model.procedures import CitizenText, Stored
from modules.public_services.model.views import Card, FieldCard, KeptProfile, KeptText, VersionCard
from modules.public_services.repository.columns import STORED

ON = Query(
    Stored,
    f"""
    select {STORED}
     where procedure.code = $1
       and daterange(version.valid_from, version.valid_to) @> $2::date
    """,
)

ON_EACH = Query(
    Stored,
    f"""
    select {STORED}
     where procedure.code = any($1::text[])
       and daterange(version.valid_from, version.valid_to) @> $2::date
     limit 1000
    """,
)

LAST = Query(
    Stored,
    f"""
    select {STORED}
     where procedure.code = $1
       and version.valid_from <= $2::date
       and version.valid_from is distinct from version.valid_to
     order by version.valid_from desc
     limit 1
    """,
)

BY_ID = Query(
    Stored,
    f"""
    select {STORED}
     where procedure.code = $1 and version.id = $2
    """,
)

VERSIONS = Query(
    VersionCard,
    """
    select version.id, version.revision, version.title, version.valid_from, version.valid_to,
           decision.number as decision_number, decision.agency as decision_agency
      from public_services.procedure
      join public_services.procedure_version as version on version.procedure_no = procedure.no
      join public_services.publishing_decision as decision on decision.id = version.decision_id
     where procedure.code = $1
     order by version.valid_from, version.revision
     limit 1000
    """,
)

LIST = Paged(
    Card,
    """
    select procedure.code, version.title, version.levels, version.field_code,
           version.field_name, version.audiences, version.online_level, version.channels,
           version.free
      from public_services.procedure
      join public_services.procedure_version as version on version.procedure_no = procedure.no
     where daterange(version.valid_from, version.valid_to) @> $1::date
       and ($2::text is null or $2 = any(version.levels))
       and ($3::text is null or version.field_code = $3)
       and ($4::text is null or $4 = any(version.audiences))
       and ($5::text is null or $5 = any(version.channels))
       and ($6::boolean is null or version.free = $6)
       and ($7::text[] is null or procedure.code = any($7))
       and {after}
     order by procedure.code
     limit {limit}
    """,
    by=("procedure.code",),
)

STARTING_LIKE = Query(
    Card,
    """
    select procedure.code, version.title, version.levels, version.field_code,
           version.field_name, version.audiences, version.online_level, version.channels,
           version.free
      from public_services.procedure
      join public_services.procedure_version as version on version.procedure_no = procedure.no
     where daterange(version.valid_from, version.valid_to) @> $1::date
       and (procedure.code = $2 or starts_with(lower(version.title), lower($2)))
     order by procedure.code
     limit $3
    """,
)

FIELDS = Query(
    FieldCard,
    """
    select field_code as code, max(field_name) as name, count(*)::integer as procedures
      from public_services.procedure_version
     where daterange(valid_from, valid_to) @> $1::date
     group by field_code
     order by max(field_name), field_code
     limit 2000
    """,
)


class Coded(msgspec.Struct, frozen=True, kw_only=True):
    """What a procedure is called."""

    code: str


CODE_OF = Query(Coded, "select code from public_services.procedure where id = $1")


class Identified(msgspec.Struct, frozen=True, kw_only=True):
    """A procedure's id."""

    id: UUID


# What the province and its communes decide, and takes at a desk.
FILED_IN_PERSON = Query(
    Identified,
    """
    select procedure.id
      from public_services.procedure
      join public_services.procedure_version as version on version.procedure_no = procedure.no
     where daterange(version.valid_from, version.valid_to) @> $1::date
       and 'in_person' = any(version.channels)
       and version.levels && '{province,commune}'
     order by procedure.code
     limit 50000
    """,
)


class Named(msgspec.Struct, frozen=True, kw_only=True):
    """An agency as records name it."""

    name: str


AGENCIES = Query(
    Named,
    """
    select distinct name collate "C" as name
      from public_services.procedure_version
      join public_services.publishing_decision as decision on decision.id = decision_id,
           jsonb_array_elements_text(
               case when body -> 'agencies' -> 'performing' <> '[]'
                    then body -> 'agencies' -> 'performing'
                    when body -> 'agencies' -> 'competent' <> '[]'
                    then body -> 'agencies' -> 'competent'
                    else jsonb_build_array(decision.agency) end) as name
     where daterange(valid_from, valid_to) @> $1::date
     order by 1
     limit 10000
    """,
)


class TextOf(CitizenText, frozen=True, kw_only=True):
    """Our words about one of several procedures."""

    procedure_no: int


class ProfileOf(KeptProfile, frozen=True, kw_only=True):
    """What a province sets about one of several procedures."""

    procedure_no: int


class Numbered(msgspec.Struct, frozen=True, kw_only=True):
    """A procedure's own number."""

    no: int


NUMBER = Query(Numbered, "select no from public_services.procedure where code = $1")

TEXT = Query(
    KeptText,
    """
    select plain_title, summary, situations, version
      from public_services.citizen_text
     where procedure_no = $1 and lang = $2
    """,
)

SPOKEN = Query(
    CitizenText,
    """
    select plain_title, summary, situations, lang
      from public_services.citizen_text
     where procedure_no = $1 and lang in ($2, 'vi')
     order by lang = $2 desc
     limit 1
    """,
)

TEXTS = Query(
    TextOf,
    """
    select plain_title, summary, situations, lang, procedure_no
      from public_services.citizen_text
     where procedure_no = any($1::bigint[]) and lang = 'vi'
     limit 1000
    """,
)

PUT_TEXT = Query(
    KeptText,
    """
    insert into public_services.citizen_text (
        procedure_no, lang, plain_title, summary, situations
    )
    select $1, $2, $3, $4, $5
     where $6 = 0 or exists (
               select from public_services.citizen_text where procedure_no = $1 and lang = $2)
        on conflict (procedure_no, lang) do update
       set plain_title = excluded.plain_title,
           summary = excluded.summary,
           situations = excluded.situations,
           version = citizen_text.version + 1
     where citizen_text.version = $6
    returning plain_title, summary, situations, version
    """,
)

PROFILE = Query(
    KeptProfile,
    """
    select profile, version
      from public_services.province_profile
     where procedure_no = $1 and province_code = $2
    """,
)

PROFILES = Query(
    ProfileOf,
    """
    select profile, version, procedure_no
      from public_services.province_profile
     where procedure_no = any($1::bigint[]) and province_code = $2
     limit 1000
    """,
)

PUT_PROFILE = Query(
    KeptProfile,
    """
    insert into public_services.province_profile (procedure_no, province_code, profile)
    select $1, $2, $3::jsonb
     where $4 = 0 or exists (
               select from public_services.province_profile
                where procedure_no = $1 and province_code = $2)
        on conflict (procedure_no, province_code) do update
       set profile = excluded.profile,
           version = province_profile.version + 1
     where province_profile.version = $4
    returning profile, version
    """,
)


async def on(snapshot: Snapshot, code: str, day: date) -> Stored | None:
    return await snapshot.maybe(ON, code, day)


async def on_each(snapshot: Snapshot, codes: Sequence[str], day: date) -> dict[str, Stored]:
    """Return those that are in force, by code; at most 1,000."""
    return {each.code: each for each in await snapshot.all(ON_EACH, codes, day)}


async def texts(snapshot: Snapshot, numbers: Sequence[int]) -> dict[int, CitizenText]:
    return {
        each.procedure_no: CitizenText(
            plain_title=each.plain_title, summary=each.summary, situations=each.situations
        )
        for each in await snapshot.all(TEXTS, numbers)
    }


async def profiles(
    snapshot: Snapshot, numbers: Sequence[int], province: str
) -> dict[int, KeptProfile]:
    return {each.procedure_no: each for each in await snapshot.all(PROFILES, numbers, province)}


async def code_of(snapshot: Snapshot, procedure_id: UUID) -> str | None:
    found = await snapshot.maybe(CODE_OF, procedure_id)
    return None if found is None else found.code


async def agencies(snapshot: Snapshot, day: date) -> list[str]:
    """Return who performs procedures that are in force, by name."""
    return [each.name for each in await snapshot.all(AGENCIES, day)]


async def filed_in_person(snapshot: Snapshot, day: date) -> list[UUID]:
    """Return what may be filed at any centre of the province, in the order of the codes."""
    return [each.id for each in await snapshot.all(FILED_IN_PERSON, day)]


async def last(snapshot: Snapshot, code: str, day: date) -> Stored | None:
    """Return what was in force on a day, or last before it."""
    return await snapshot.maybe(LAST, code, day)


async def version(snapshot: Snapshot, code: str, version_id: UUID) -> Stored | None:
    return await snapshot.maybe(BY_ID, code, version_id)


async def versions(snapshot: Snapshot, code: str) -> Sequence[VersionCard]:
    return await snapshot.all(VERSIONS, code)


async def page(snapshot: Snapshot, cursor: str | None, limit: int, filters: Filters) -> Page[Card]:
    """Return what is in force today, in the order of the codes."""
    codes = None if filters.codes is None else sorted(filters.codes)
    said = (filters.level, filters.field, filters.audience, filters.channel, filters.free, codes)
    return await snapshot.page(LIST, cursor, limit, snapshot.today, *said)


async def starting_like(snapshot: Snapshot, text: str, limit: int) -> Sequence[Card]:
    return await snapshot.all(STARTING_LIKE, snapshot.today, text, limit)


async def fields(snapshot: Snapshot, day: date) -> Sequence[FieldCard]:
    return await snapshot.all(FIELDS, day)


async def number(snapshot: Snapshot, code: str) -> int | None:
    found = await snapshot.maybe(NUMBER, code)
    return None if found is None else found.no


async def text(snapshot: Snapshot, procedure_no: int, lang: str) -> KeptText | None:
    return await snapshot.maybe(TEXT, procedure_no, lang)


async def spoken(snapshot: Snapshot, procedure_no: int, lang: str) -> CitizenText | None:
    """Return our words in a language, or in Vietnamese where there are none in it."""
    return await snapshot.maybe(SPOKEN, procedure_no, lang)


async def profile(snapshot: Snapshot, procedure_no: int, province: str) -> KeptProfile | None:
    return await snapshot.maybe(PROFILE, procedure_no, province)


async def put_text(tx: Transaction, no: int, lang: str, row: KeptText) -> KeptText | None:
    """Keep the words unless somebody else changed them meanwhile."""
    return await tx.maybe(
        PUT_TEXT, no, lang, row.plain_title, row.summary, row.situations, row.version
    )


async def put_profile(
    tx: Transaction, no: int, province: str, said: dict[str, Any], seen: int
) -> KeptProfile | None:
    """Keep the profile unless somebody else changed it meanwhile."""
    return await tx.maybe(PUT_PROFILE, no, province, said, seen)
