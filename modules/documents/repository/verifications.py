"""Finished files by their hash, and what was asked."""

from uuid import UUID

import msgspec

from backend.kernel import Query, Statement
from modules.documents.model.findings import Verdict

KNOW = Statement(
    """
    insert into documents.issued_file (sha256, list, place, log_id, verdict)
    select sha256, list, place, log_id, verdict
      from unnest($1::bytea[], $2::integer[], $3::integer[], $4::uuid[], $5::jsonb[])
           as fresh (sha256, list, place, log_id, verdict)
        on conflict (sha256) do nothing
    """
)


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """A file that the house has finished: the verdict of that day, and how it stands now."""

    verdict: Verdict
    value: int | None
    successor: bytes | None
    has_stale_lists: bool
    """Whether an authority of the trust store has not said lately whom it has revoked."""


KNOWN = Query(
    Known,
    """
    select file.verdict, latest.value, latest.successor,
           exists (select
                     from documents.trust_anchor as anchor
                     join documents.foreign_list as said on said.anchor_sha256 = anchor.sha256
                    where anchor.tree <> 'tsa'
                      and said.next_update <= $2) as has_stale_lists
      from documents.issued_file as file
      left join lateral (
               select value, successor
                 from documents.status_change
                where list = file.list
                  and place = file.place
                order by seq desc
                limit 1) as latest on true
     where file.sha256 = $1
    """,
)


class Logged(msgspec.Struct, frozen=True, kw_only=True):
    """Under which id the log holds a document's line."""

    id: UUID


OF_CONTENT = Query(
    Logged,
    """
    select log_id as id
      from documents.sealed_content
     where content_sha256 = $1
    """,
)


class OfAgency(msgspec.Struct, frozen=True, kw_only=True):
    """A document of an organisation, and under which id the log holds its line."""

    content_sha256: bytes
    log_id: UUID


OF_AGENCY = Query(
    OfAgency,
    """
    select content_sha256, log_id
      from documents.sealed_content
     where agency_id = $1
       and log_id > $2
     order by log_id
     limit 2000
    """,
)

# By the hash of its content, or of its PDF as issued. The log tells anybody as much.
OF_DIGEST = Query(
    OfAgency,
    """
    select content_sha256, log_id
      from documents.sealed_content
     where content_sha256 in (
               $1,
               (select placement.content_sha256
                  from documents.issued_file
                  join documents.placement on placement.list = issued_file.list
                                          and placement.place = issued_file.place
                 where issued_file.sha256 = $1))
    """,
)

NOTE = Statement(
    """
    insert into documents.verification (id, sha256, verdict, partner, checked_at)
    select id, sha256, verdict, $4, $5
      from unnest($1::uuid[], $2::bytea[], $3::text[]) as asked (id, sha256, verdict)
    """
)

FORGET = Statement("delete from documents.verification where checked_at < $1")
