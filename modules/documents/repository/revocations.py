"""Who asked for a revocation: it takes two."""

from uuid import UUID

import msgspec

from backend.kernel import Query, Statement

ASK = Statement(
    """
    insert into documents.revocation (document_id, asked_by, reason, asked_at)
    values ($1, $2, $3, $4)
        on conflict (document_id, asked_by) do nothing
    """
)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """That a registrar has asked for it."""

    asked_by: UUID


FIRST_BY_ANOTHER = Query(
    Asked,
    """
    select asked_by
      from documents.revocation
     where document_id = $1
       and asked_by <> $2
     limit 1
    """,
)
