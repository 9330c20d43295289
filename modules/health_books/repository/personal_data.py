"""What this module's tables hold of one person."""

from datetime import datetime
from uuid import UUID

import msgspec

from backend.kernel import Query, Statement
from modules.health_books.repository.visits import ItemRow


class Filed(msgspec.Struct, frozen=True, kw_only=True):
    """A visit, as its patient is told of it."""

    id: UUID
    encounter_id: str
    filed_at: datetime


OF_PERSON = Query(
    Filed,
    """
    select id, encounter_id, filed_at
      from health_books.visit
     where person_id = $1
     order by filed_at
     limit 1000
    """,
)

ITEMS = Query(
    ItemRow,
    """
    select id, visit_id, kind, body, body_enc
      from health_books.item
     where person_id = $1
     order by id
     limit 10000
    """,
)

MOVE_VISITS = Statement("update health_books.visit set person_id = $2 where person_id = $1")

MOVE_ITEMS = Statement("update health_books.item set person_id = $2 where person_id = $1")
