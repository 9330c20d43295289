"""What this module's tables hold of one person."""

from datetime import datetime
from typing import Any

import msgspec

from backend.kernel import Query, Statement


class Filed(msgspec.Struct, frozen=True, kw_only=True):
    """A visit, as its patient is told of it."""

    encounter_id: str
    filed_at: datetime
    items: tuple[dict[str, Any], ...]


OF_PERSON = Query(
    Filed,
    """
    select visit.encounter_id, visit.filed_at,
           coalesce(array_agg(item.body order by item.id) filter (where item.id is not null), '{}')
               as items
      from health_books.visit
      left join health_books.item on item.visit_id = visit.id
     where visit.person_id = $1
     group by visit.id
     order by visit.filed_at
     limit 1000
    """,
)

MOVE_VISITS = Statement("update health_books.visit set person_id = $2 where person_id = $1")

MOVE_ITEMS = Statement("update health_books.item set person_id = $2 where person_id = $1")
