"""Every statement about requests, holds, incidents, archives and erasures."""

from uuid import UUID

import msgspec

from backend.kernel import Query, Statement
from backend.kernel.statements import Paged
from backend.privacy.model import Erasure, Export, Incident, LegalHold, Request
from backend.privacy.scopes import ASK, DESK

ADD_REQUEST = Statement("""
    insert into privacy.request
        (id, code, person_id, kind, state, note_enc, received_at, answer_due, finish_due)
    values ($1, $2, $3, $4, 'received', $5, $6, $7, $8)
""")

OWN_REQUESTS = Paged(
    Request,
    """
    select id, code, person_id, kind, state, note_enc, received_at, answer_due, finish_due,
           extended_to, extension_reason, answered_at, finished_at, outcome, refusal_law, version
      from privacy.request
     where {visible} and {after}
     order by received_at desc, id desc
     limit {limit}
    """,
    by=("received_at", "id"),
    descending="desc",
    visible=ASK,
)

OPEN_REQUESTS = Paged(
    Request,
    """
    select id, code, person_id, kind, state, note_enc, received_at, answer_due, finish_due,
           extended_to, extension_reason, answered_at, finished_at, outcome, refusal_law, version
      from privacy.request
     where {visible} and finished_at is null and {after}
     order by finish_due, id
     limit {limit}
    """,
    by=("finish_due", "id"),
    visible=DESK,
)

REQUEST = Query(
    Request,
    """
    select id, code, person_id, kind, state, note_enc, received_at, answer_due, finish_due,
           extended_to, extension_reason, answered_at, finished_at, outcome, refusal_law, version
      from privacy.request
     where id = $1
    """,
)

MOVE_REQUEST = Query(
    Request,
    """
    update privacy.request
       set state = $2,
           answered_at = coalesce(answered_at, $4),
           finished_at = case when $2 in ('fulfilled', 'refused', 'withdrawn') then $4 end,
           outcome = case when $2 in ('fulfilled', 'refused') then $5 end,
           refusal_law = case when $2 = 'refused' then $6 end,
           extended_to = coalesce($7, extended_to),
           extension_reason = case when $7 is null then extension_reason else $5 end,
           version = version + 1
     where id = $1 and state = any ($3)
    returning id, code, person_id, kind, state, note_enc, received_at, answer_due, finish_due,
              extended_to, extension_reason, answered_at, finished_at, outcome, refusal_law, version
    """,
)

ADD_HOLD = Statement("""
    insert into privacy.hold (id, person_id, module, basis, until, proposed_by, proposed_at)
    values ($1, $2, $3, $4, $5, $6, $7)
""")

HOLDS = Paged(
    LegalHold,
    """
    select id, person_id, module, basis, until, proposed_by, proposed_at, placed_at, lifted_at
      from privacy.hold
     where {after}
     order by proposed_at desc, id desc
     limit {limit}
    """,
    by=("proposed_at", "id"),
    descending="desc",
)

HOLD = Query(
    LegalHold,
    """
    select id, person_id, module, basis, until, proposed_by, proposed_at, placed_at, lifted_at
      from privacy.hold
     where id = $1
    """,
)

PLACE_HOLD = Statement("""
    update privacy.hold
       set placed_by = $2, placed_at = $3
     where id = $1 and placed_at is null and lifted_at is null
""")

LIFT_HOLD = Statement("""
    update privacy.hold
       set lifted_by = $2, lifted_at = $3
     where id = $1 and lifted_at is null
""")


class Protected(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody of whom nothing may be erased."""

    person_id: UUID


HOLDS_OF = Query(
    LegalHold,
    """
    select id, person_id, module, basis, until, proposed_by, proposed_at, placed_at, lifted_at
      from privacy.hold
     where person_id = $1
       and placed_at is not null
       and lifted_at is null
       and (until is null or until > $2)
     order by module, id
     limit 100
    """,
)

HELD_PEOPLE = Query(
    Protected,
    """
    select distinct person_id
      from privacy.hold
     where person_id = any($1::uuid[])
       and module = $2
       and placed_at is not null
       and lifted_at is null
       and (until is null or until > $3)
     limit 10000
    """,
)

ADD_INCIDENT = Query(
    Incident,
    """
    insert into privacy.incident
        (id, detected_at, due_at, what, persons_affected, measures, recorded_by)
    values ($1, $2, $3, $4, $5, $6, $7)
    returning id, detected_at, due_at, what, persons_affected, measures, reported_at, report_ref,
              closed_at, version
    """,
)

INCIDENTS = Paged(
    Incident,
    """
    select id, detected_at, due_at, what, persons_affected, measures, reported_at, report_ref,
           closed_at, version
      from privacy.incident
     where {after}
     order by detected_at desc, id desc
     limit {limit}
    """,
    by=("detected_at", "id"),
    descending="desc",
)

INCIDENT = Query(
    Incident,
    """
    select id, detected_at, due_at, what, persons_affected, measures, reported_at, report_ref,
           closed_at, version
      from privacy.incident
     where id = $1
       for update
    """,
)

STEP_INCIDENT = Query(
    Incident,
    """
    update privacy.incident
       set reported_at = case when $2::text is null then reported_at
                              else coalesce(reported_at, $3) end,
           report_ref = coalesce(report_ref, $2),
           measures = coalesce($4, measures),
           persons_affected = coalesce($5, persons_affected),
           closed_at = case when $6 then coalesce(closed_at, $3) else closed_at end,
           version = version + 1
     where id = $1
    returning id, detected_at, due_at, what, persons_affected, measures, reported_at, report_ref,
              closed_at, version
    """,
)


class Note(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wrote with a request, sealed."""

    id: UUID
    note_enc: bytes


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """An archive that is to be made."""

    person_id: UUID
    session_id: UUID


class Archive(msgspec.Struct, frozen=True, kw_only=True):
    """An archive as it lies here."""

    wrapped: bytes
    archive: bytes


class Id(msgspec.Struct, frozen=True, kw_only=True):
    """One of ours."""

    id: UUID


ADD_EXPORT = Query(
    Id,
    """
    insert into privacy.export (id, person_id, session_id, state, asked_at, expires_at)
    select $1, $2, $3, 'waiting', $4, $5
     where not exists (
           select
             from privacy.export
            where export.person_id = $2 and export.asked_at > $6)
    returning id
    """,
)

EXPORTS_OF = Query(
    Export,
    """
    select id, state, asked_at, expires_at, bytes
      from privacy.export
     where person_id = $1 and session_id = $2
     order by asked_at desc
     limit 20
    """,
)

WAITING_EXPORT = Query(
    Waiting,
    """
    select person_id, session_id
      from privacy.export
     where id = $1 and state = 'waiting'
       for update
    """,
)

KEEP_ARCHIVE = Statement("""
    update privacy.export
       set state = 'ready', bytes = $2, wrapped = $3, archive = $4
     where id = $1 and state = 'waiting'
""")

ARCHIVE = Query(
    Archive,
    """
    select wrapped, archive
      from privacy.export
     where id = $1 and person_id = $2 and session_id = $3 and state = 'ready' and expires_at > $4
    """,
)

FORGET_ARCHIVES = Statement("""
    update privacy.export
       set state = 'gone', bytes = null, wrapped = null, archive = null
     where state <> 'gone' and expires_at <= $1
""")

ADD_ERASURE = Query(
    Id,
    """
    insert into privacy.erasure (id, person_id, receipt, state, asked_at, due_at)
    values ($1, $2, $3, $4, $5, $6)
        on conflict do nothing
    returning id
    """,
)

ERASURE_OF = Query(
    Erasure,
    """
    select id, person_id, receipt, state, asked_at, due_at, held, until, done_at
      from privacy.erasure
     where person_id = $1
     order by asked_at desc, id desc
     limit 1
    """,
)

ERASURE = Query(
    Erasure,
    """
    select id, person_id, receipt, state, asked_at, due_at, held, until, done_at
      from privacy.erasure
     where id = $1
       for update
    """,
)

WITHDRAW_ERASURE = Statement("""
    update privacy.erasure
       set state = 'withdrawn', done_at = $2
     where person_id = $1 and state = 'cooling' and due_at > $2
""")

FORESEEN = Statement("update privacy.erasure set held = $2 where id = $1 and state = 'cooling'")

ERASED = Statement("""
    update privacy.erasure
       set state = $2, held = $3, until = $4, done_at = $5
     where id = $1
""")

DUE_ERASURES = Query(
    Id,
    """
    select id
      from privacy.erasure
     where (state = 'cooling' and due_at <= $1)
        or (state = 'restricted' and (until is null or until <= $2))
     order by due_at, id
     limit 100
    """,
)

UNKNOWN = Query(Id, "select receipt as id from privacy.unknown_receipts($1) as receipt")

ROWS_OF = Query(
    Request,
    """
    select id, code, person_id, kind, state, note_enc, received_at, answer_due, finish_due,
           extended_to, extension_reason, answered_at, finished_at, outcome, refusal_law, version
      from privacy.request
     where person_id = $1
     order by received_at, id
     limit 1000
    """,
)

FORGET_NOTES = Statement("update privacy.request set note_enc = null where person_id = $1")
NOTES_OF = Query(
    Note,
    """
    select id, note_enc
      from privacy.request
     where person_id = $1 and note_enc is not null
     order by id
     limit 1000
    """,
)

KEEP_NOTE = Statement("update privacy.request set note_enc = $2 where id = $1")
FORGET_EXPORTS = Statement("delete from privacy.export where person_id = $1")
MOVE_REQUESTS = Statement("update privacy.request set person_id = $2 where person_id = $1")
MOVE_HOLDS = Statement("update privacy.hold set person_id = $2 where person_id = $1")
MOVE_ERASURES = Statement("update privacy.erasure set person_id = $2 where person_id = $1")
DROP_ERASURE = Statement("""
    update privacy.erasure
       set state = 'withdrawn', done_at = $2
     where person_id = $1 and state = 'cooling'
""")

OF_RECEIPT = Query(
    Erasure,
    """
    select id, person_id, receipt, state, asked_at, due_at, held, until, done_at
      from privacy.of_receipt($1)
    """,
)

HURRY = Statement(
    "update privacy.erasure set state = 'cooling', due_at = least(due_at, $2) where id = $1"
)

HELD_UP = Query(Id, "select id from privacy.held_up($1) as id where id is not null")
