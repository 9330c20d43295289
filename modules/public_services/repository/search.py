"""Documents to be searched, the words people use, and the index made of both."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.public_services.model.index import Document, Term

_PIECE_BYTES: Final = 1024 * 1024

# One list of documents: what is in force on a day, with our words where there are some. Whoever
# knows an abolished procedure by its title finds the one in which it lives on.
DOCUMENTS = Query(
    Document,
    """
    with ended as (
        select successor as code, array_agg(last.title order by last.title) as titles
          from public_services.procedure
         cross join unnest(procedure.successors) as successor
         cross join lateral (
                   select title
                     from public_services.procedure_version
                    where procedure_no = procedure.no
                    order by valid_from desc
                    limit 1
               ) as last
         where procedure.abolished_on <= $1::date
         group by successor
    )
    select procedure.code, version.title,
           coalesce(words.plain_title, '') as plain_title,
           coalesce(words.summary, '') as summary,
           coalesce(words.situations, '{}') || coalesce(ended.titles, '{}') as situations,
           version.levels, version.field_code, version.field_name, version.audiences,
           version.channels, version.free, version.online_level,
           array(
               select paper ->> 'name'
                 from jsonb_array_elements(version.body -> 'cases') as a_case,
                      jsonb_array_elements(a_case -> 'papers') as paper
                limit 100
           ) as papers,
           array(
               select result ->> 'title'
                 from jsonb_array_elements(version.body -> 'results') as result
                limit 20
           ) as results,
           array(
               select keyword
                 from jsonb_array_elements_text(version.body -> 'keywords') as keyword
                limit 50
           ) as keywords
      from public_services.procedure
      join public_services.procedure_version as version on version.procedure_no = procedure.no
      left join public_services.citizen_text as words
        on words.procedure_no = procedure.no and words.lang = 'vi'
      left join ended on ended.code = procedure.code
     where daterange(version.valid_from, version.valid_to) @> $1::date
     order by procedure.code
     limit 50000
    """,
)

TERMS = Query(
    Term,
    """
    select kind, text, target
      from public_services.search_term
     where active
     order by kind, text, target
     limit 20000
    """,
)

PUT_TERMS = Statement(
    """
    insert into public_services.search_term (id, kind, text, target, active, note)
    select id, kind, text, target, true, ''
      from jsonb_to_recordset($1::jsonb) as term (id uuid, kind text, text text, target text)
        on conflict (kind, text, target) do nothing
    """
)


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """From what an index was made."""

    version: int
    catalogue_seq: int
    terms_digest: str
    as_of: date
    built_at: datetime


NEWEST = Query(
    Made,
    """
    select version, catalogue_seq, terms_digest, as_of, built_at
      from public_services.search_index
     order by version desc
     limit 1
    """,
)


class Piece(msgspec.Struct, frozen=True, kw_only=True):
    """Some of the bytes of an index."""

    content: bytes


# Stored outside the row and not compressed, so a piece costs what its own pages cost.
PIECE = Query(
    Piece,
    """
    select substring(content from $2::integer for $3::integer) as content
      from public_services.search_index
     where version = $1
    """,
)

PUT = Statement(
    """
    insert into public_services.search_index (
        catalogue_seq, terms_digest, as_of, built_at, digest, content
    )
    values ($1, $2, $3, $4, $5, $6)
    """
)

FORGET = Statement(
    """
    delete from public_services.search_index
     where version not in (
               select version from public_services.search_index order by version desc limit 3
           )
    """
)


async def documents(snapshot: Snapshot, day: date) -> Sequence[Document]:
    return await snapshot.all(DOCUMENTS, day)


async def terms(snapshot: Snapshot) -> Sequence[Term]:
    return await snapshot.all(TERMS)


async def put_terms(tx: Transaction, content: Sequence[Term]) -> None:
    """Add terms; those that are there already stay as editors left them."""
    rows = [{"id": tx.new_id(), **msgspec.to_builtins(term)} for term in content]
    await tx.run(PUT_TERMS, rows)


async def newest(snapshot: Snapshot) -> Made | None:
    return await snapshot.maybe(NEWEST)


async def content(snapshot: Snapshot, version: int) -> bytes:
    """Return the bytes of an index, piece by piece, so that others have their turn between."""
    pieces: list[bytes] = []
    while True:
        piece = await snapshot.one(PIECE, version, len(pieces) * _PIECE_BYTES + 1, _PIECE_BYTES)
        pieces.append(piece.content)
        if len(piece.content) < _PIECE_BYTES:
            return b"".join(pieces)


async def put(
    tx: Transaction, seq: int, terms_digest: str, digest: str, index: bytes, *, day: date
) -> None:
    """Keep an index, and the two before it."""
    await tx.run(PUT, seq, terms_digest, day, tx.now, digest, index)
    await tx.run(FORGET)
