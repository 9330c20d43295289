"""What registrars look at: who has to sign next, what was amended, who wants one gone."""

from datetime import datetime
from uuid import UUID

import msgspec

from backend.kernel import Paged, Query
from contracts.documents import State


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """How many documents wait for one role to sign, of one run or of none.

    `is_organisation`: the house seals by itself; everybody else signs with a key of their own.
    """

    kind: str
    run_id: UUID | None
    run: str | None
    role: str
    is_organisation: bool
    count: int
    since: datetime
    until: datetime


# Whose turn it is: nobody before them waits. A document in parallel turns counts for each role.
STEPS = Query(
    Step,
    """
    select document.kind, run.id as run_id, run.name as run, party.role,
           party.organisation as is_organisation, count(*) as count,
           min(revision.frozen_at) as since, min(revision.collect_until) as until
      from documents.document
      join documents.revision on revision.document_id = document.id
                             and revision.state in ('frozen', 'signing')
      join documents.party on party.document_id = revision.document_id
                          and party.rev = revision.rev
                          and party.state = 'waiting'
      left join documents.run_item as item on item.document_id = document.id
      left join documents.issuance_run as run on run.id = item.run_id
     where document.agency_id = any($1::uuid[])
       and not exists (select
                         from documents.party as before
                        where before.document_id = party.document_id
                          and before.rev = party.rev
                          and before.state = 'waiting'
                          and before.turn < party.turn)
     group by document.kind, run.id, run.name, party.role, party.organisation
     order by run.id desc nulls last, document.kind, min(party.turn), party.role
     limit 200
    """,
)


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """How many there are; counting stops at 1,000."""

    number: int


WAITING_COUNT = Query(
    Counted,
    """
    select count(*) as number
      from (select
              from documents.document
              join documents.revision on revision.document_id = document.id
                                     and revision.state in ('frozen', 'signing')
             where document.agency_id = any($1::uuid[])
             limit 1000) as few
    """,
)

UNDECIDED_COUNT = Query(
    Counted,
    """
    select count(*) as number
      from documents.trust_change as change
     where change.proposed_by <> $1
       and not exists (select from documents.trust_decision where change_id = change.id)
    """,
)


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """A document that waits for signatures: since when, until when, and whose turn it is."""

    document_id: UUID
    rev: int
    code: str
    kind: str
    run: str | None
    roles: tuple[str, ...]
    since: datetime
    until: datetime


WAITING = Paged(
    Waiting,
    """
    select document.id as document_id, revision.rev, document.code, document.kind,
           run.name as run,
           array(select party.role
                   from documents.party
                  where party.document_id = revision.document_id
                    and party.rev = revision.rev
                    and party.state = 'waiting'
                  order by party.turn, party.seq
                  limit 10) as roles,
           revision.frozen_at as since, revision.collect_until as until
      from documents.document
      join documents.revision on revision.document_id = document.id
                             and revision.state in ('frozen', 'signing')
      left join documents.run_item as item on item.document_id = document.id
      left join documents.issuance_run as run on run.id = item.run_id
     where document.agency_id = any($1::uuid[])
       and ($2::uuid is null or run.id = $2)
       and {after}
     order by revision.document_id
     limit {limit}
    """,
    by=("revision.document_id",),
)


class Amended(msgspec.Struct, frozen=True, kw_only=True):
    """A document that was written anew after it had been issued: which, why, and how far it is."""

    document_id: UUID
    code: str
    kind: str
    rev: int
    state: State
    because: str | None
    frozen_at: datetime | None


AMENDED = Paged(
    Amended,
    """
    select document.id as document_id, document.code, document.kind, revision.rev, revision.state,
           revision.amends_because as because, revision.frozen_at
      from documents.document
      join documents.revision on revision.document_id = document.id
                             and revision.rev > 1
     where document.agency_id = any($1::uuid[])
       and {after}
     order by revision.document_id desc, revision.rev desc
     limit {limit}
    """,
    by=("revision.document_id", "revision.rev"),
    descending="newest first",
)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """That a registrar wants a document revoked, and why."""

    asked_by: UUID
    reason: str
    asked_at: datetime


ASKED = Query(
    Asked,
    """
    select asked_by, reason, asked_at
      from documents.revocation
     where document_id = $1
     order by asked_at
     limit 10
    """,
)


class Counting(msgspec.Struct, frozen=True, kw_only=True):
    """What the status list says of the revision that counts: 0 is valid."""

    rev: int
    issued_at: datetime | None
    value: int


COUNTING = Query(
    Counting,
    """
    select placement.rev, placement.issued_at,
           coalesce((select change.value
                       from documents.status_change as change
                      where change.list = placement.list
                        and change.place = placement.place
                      order by change.seq desc
                      limit 1), 0) as value
      from documents.placement
     where placement.document_id = $1
       and placement.is_current
    """,
)


class Length(msgspec.Struct, frozen=True, kw_only=True):
    """How many entries have a place in the log, and how many wait for one."""

    size: int
    pending: int


LENGTH = Query(
    Length,
    """
    select (select coalesce(max(idx) + 1, 0) from documents.log_entry) as size,
           (select count(*) from documents.log_pending) as pending
    """,
)
