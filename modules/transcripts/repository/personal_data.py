"""What this module's tables hold of one person."""

from datetime import datetime
from typing import Any

import msgspec

from backend.kernel import Query, Statement


class Sheet(msgspec.Struct, frozen=True, kw_only=True):
    """A record, as its pupil is told of it."""

    school_year: str
    content: dict[str, Any]
    written_at: datetime


OF_PUPIL = Query(
    Sheet,
    """
    select school_year, content, written_at
      from transcripts.record
     where pupil_id = $1
     order by school_year
     limit 100
    """,
)

# Of a school of which both old and new had a record for one year, the old one stays where it is.
MOVE = Statement(
    """
    update transcripts.record
       set pupil_id = $2
     where pupil_id = $1
       and not exists (select
                         from transcripts.record as other
                        where other.pupil_id = $2
                          and other.agency_id = record.agency_id
                          and other.school_year = record.school_year)
    """
)
