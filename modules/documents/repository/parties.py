"""Who signs a revision, and whether they have."""

from uuid import UUID

import msgspec

from backend.kernel import Query, Statement

NAME_PARTIES = Statement(
    """
    insert into documents.party (
        document_id, rev, seq, role, person_id, subject_ref, turn, required, organisation, state
    )
    select $1, $2, seq, role, person_id, subject_ref, turn, required, organisation, 'waiting'
      from unnest($3::smallint[], $4::text[], $5::uuid[], $6::text[], $7::smallint[],
                  $8::boolean[], $9::boolean[])
           as fresh (seq, role, person_id, subject_ref, turn, required, organisation)
    """
)


class PartyRow(msgspec.Struct, frozen=True, kw_only=True):
    """Who signs, and whether they have."""

    seq: int
    role: str
    person_id: UUID
    subject_ref: str
    turn: int
    required: bool
    organisation: bool
    state: str


PARTIES = Query(
    PartyRow,
    """
    select seq, role, person_id, subject_ref, turn, required, organisation, state
      from documents.party
     where document_id = $1
       and rev = $2
     order by seq
     limit 32
    """,
)

MARK = Statement(
    """
    update documents.party
       set state = $4
     where document_id = $1
       and rev = $2
       and seq = $3
       and state = 'waiting'
    """
)
