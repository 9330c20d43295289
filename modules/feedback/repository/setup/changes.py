"""The history of what is set up, which is only ever added to."""

from typing import Final

import msgspec

from backend.kernel import Paged, Snapshot, Statement, Transaction
from contracts.page import Page
from modules.feedback.model.setup.changes import Change, SetupKind

ADD: Final = Statement("""
    insert into feedback.setup_change (id, kind, code, staff_id, at, reason, before, after)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
""")

LISTED: Final = Paged(
    Change,
    """
    select id, kind, code, staff_id, at, reason, before, after
      from feedback.setup_change
     where ($1::text is null or kind = $1)
       and ($2::text is null or code = $2)
       and {after}
     order by id desc
     limit {limit}
    """,
    by=("id",),
    descending="desc",
)


async def add(
    tx: Transaction,
    kind: SetupKind,
    code: str,
    reason: str,
    *,
    before: msgspec.Struct | None,
    after: msgspec.Struct,
) -> None:
    """Keep what was set up, with what it was before."""
    values = tx.new_id(), kind, code, tx.principal.staff_id, tx.now, reason, before, after
    await tx.run(ADD, *values)


async def listed(
    snapshot: Snapshot, kind: SetupKind | None, code: str | None, cursor: str | None, limit: int
) -> Page[Change]:
    return await snapshot.page(LISTED, cursor, limit, kind, code)
