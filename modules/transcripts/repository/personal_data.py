"""What this module's tables hold of one person."""

from backend.kernel import Query, Statement
from modules.transcripts.repository.records import Row

OF_PUPIL = Query(
    Row,
    """
    select id, agency_id, pupil_id, content, content_enc, document_id
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
