"""What authorities outside said of certificates, until when it counts."""

from backend.kernel import Query, Statement
from modules.documents.model.answers import Answer

CURRENT = Query(
    Answer,
    """
    select certificate_sha256, kind, raw, this_update, next_update, revoked_at
      from documents.revocation_cache
     where next_update > $1
     order by next_update desc
     limit 100
    """,
)

# An older answer does not take the place of a newer one.
KEEP = Statement(
    """
    insert into documents.revocation_cache (
        certificate_sha256, kind, raw, this_update, next_update, revoked_at, fetched_at
    )
    values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (certificate_sha256) do update
       set kind = excluded.kind,
           raw = excluded.raw,
           this_update = excluded.this_update,
           next_update = excluded.next_update,
           revoked_at = excluded.revoked_at,
           fetched_at = excluded.fetched_at
     where revocation_cache.this_update <= excluded.this_update
    """
)
