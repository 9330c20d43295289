"""Everything that is kept about one person."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Query, Statement, Transaction


class ToldOnce(msgspec.Struct, frozen=True, kw_only=True):
    """That a person was told something."""

    kind: str
    about: str
    created_at: datetime


TOLD: Final = Query(
    ToldOnce,
    """
    select kind, about, created_at
      from notifications.message
     where person_id = $1
     order by id
     limit 10000
    """,
)

ERASE: Final = (
    Statement("delete from notifications.message where person_id = $1"),
    Statement("delete from notifications.preference where person_id = $1"),
    Statement("delete from notifications.device where person_id = $1"),
)

# What was sealed with the old key is chosen anew.
MERGE: Final = (
    Statement("""
        update notifications.message
           set person_id = $2
         where person_id = $1
    """),
    Statement("delete from notifications.preference where person_id = $1 and $2::uuid is not null"),
    Statement("delete from notifications.device where person_id = $1 and $2::uuid is not null"),
)


async def told(tx: Transaction, person_id: UUID) -> Sequence[ToldOnce]:
    return await tx.all(TOLD, person_id)


async def erase(tx: Transaction, person_id: UUID) -> None:
    for statement in ERASE:
        await tx.run(statement, person_id)


async def merge(tx: Transaction, old_id: UUID, new_id: UUID) -> None:
    for statement in MERGE:
        await tx.run(statement, old_id, new_id)
