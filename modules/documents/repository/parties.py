"""Who is asked to sign a revision, and who declined."""

from backend.kernel import Statement

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

DECLINE = Statement(
    """
    update documents.party
       set state = 'declined'
     where document_id = $1
       and rev = $2
       and seq = $3
       and state = 'waiting'
    """
)
