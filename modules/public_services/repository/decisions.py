"""Decision tables as they are kept."""

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.public_services.model.decisions import Definition


class DecisionRow(msgspec.Struct, frozen=True, kw_only=True):
    """A decision table as it is kept."""

    key: str
    version: int
    status: Literal["draft", "published", "retired"]
    definition: Definition


PUBLISHED = Query(
    DecisionRow,
    """
    select key, version, status, definition
      from public_services.decision_table
     where status = 'published'
     order by key
     limit 500
    """,
)


PUBLISHED_OF = Query(
    DecisionRow,
    """
    select key, version, status, definition
      from public_services.decision_table
     where status = 'published' and key = any($1::text[])
     order by key
     limit 100
    """,
)


NEWEST = Query(
    DecisionRow,
    """
    select key, version, status, definition
      from public_services.decision_table
     where key = $1 and ($2::text is null or status = $2)
     order by version desc
     limit 1
    """,
)


# A draft is written over; what is published stays, and the draft is its next version.
DRAFT = Query(
    DecisionRow,
    """
    insert into public_services.decision_table as kept
           (key, version, status, definition, changed_at)
    values ($1, $2, 'draft', $3::jsonb, $4)
        on conflict (key, version) do update
       set definition = excluded.definition,
           changed_at = excluded.changed_at
     where kept.status = 'draft'
    returning key, version, status, definition
    """,
)


RETIRE = Statement("""
    update public_services.decision_table
       set status = 'retired',
           changed_at = $2
     where key = $1 and status = 'published'
""")


PUBLISH = Query(
    DecisionRow,
    """
    update public_services.decision_table
       set status = 'published',
           changed_at = $3
     where key = $1 and version = $2 and status = 'draft'
    returning key, version, status, definition
    """,
)


async def published(snapshot: Snapshot) -> Sequence[DecisionRow]:
    return await snapshot.all(PUBLISHED)


async def published_of(snapshot: Snapshot, keys: Sequence[str]) -> Sequence[DecisionRow]:
    """Return those of the tables that are published."""
    return await snapshot.all(PUBLISHED_OF, keys)


async def decision(snapshot: Snapshot, key: str, status: str | None) -> DecisionRow | None:
    """Return the newest version, of a status if one is named."""
    return await snapshot.maybe(NEWEST, key, status)


async def draft(
    tx: Transaction, key: str, version: int, definition: Definition
) -> DecisionRow | None:
    said: Any = msgspec.to_builtins(definition)
    return await tx.maybe(DRAFT, key, version, said, tx.now)


async def publish(tx: Transaction, key: str, version: int) -> DecisionRow | None:
    """Let a draft take the place of what is published."""
    await tx.run(RETIRE, key, tx.now)
    return await tx.maybe(PUBLISH, key, version, tx.now)
