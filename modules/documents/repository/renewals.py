"""Archival timestamps over the log."""

from backend.kernel import Query, Statement
from modules.documents.model.renewal import Record

LATEST = Query(
    Record,
    """
    select number, size, stamped, tokens, made_at, good_until
      from documents.evidence_record
     order by number desc
     limit 1
    """,
)

ALL = Query(
    Record,
    """
    select number, size, stamped, tokens, made_at, good_until
      from documents.evidence_record
     order by number
     limit 10000
    """,
)

ADD = Statement(
    """
    insert into documents.evidence_record (number, size, stamped, tokens, made_at, good_until)
    values ($1, $2, $3, $4, $5, $6)
        on conflict (number) do nothing
    """
)
