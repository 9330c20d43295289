"""More time: asked for, and decided on."""

from typing import Final
from uuid import UUID

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.feedback.model.views import ExtensionCard

ASKED: Final = Query(
    ExtensionCard,
    """
    select id, days, asked_at
      from feedback.extension
     where report_id = $1 and granted is null
     order by cycle desc
     limit 1
    """,
)

# One for each cycle: touches no row when there is one already.
ASK: Final = Statement("""
    insert into feedback.extension (id, report_id, cycle, days, asked_at)
    values ($1, $2, $3, $4, $5)
        on conflict (report_id, cycle) do nothing
""")

DECIDE: Final = Statement("""
    update feedback.extension
       set granted = $2, decided_at = $3
     where id = $1 and granted is null
""")


async def asked(snapshot: Snapshot, report_id: UUID) -> ExtensionCard | None:
    """Return what has been asked for and not been decided."""
    return await snapshot.maybe(ASKED, report_id)


async def ask(tx: Transaction, report_id: UUID, cycle: int, days: int) -> bool:
    """Keep the request. False: there was one in this cycle."""
    return bool(await tx.run(ASK, tx.new_id(), report_id, cycle, days, tx.now))


async def decide(tx: Transaction, extension_id: UUID, *, granted: bool) -> None:
    await tx.run(DECIDE, extension_id, granted, tx.now)
