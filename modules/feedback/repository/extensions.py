"""More time: asked for, and decided on."""

from typing import Final
from uuid import UUID

import msgspec

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


class Asker(msgspec.Struct, frozen=True, kw_only=True):
    """The officer who asked; none where a program did."""

    asked_by: UUID | None


ASKED_BY: Final = Query(Asker, "select asked_by from feedback.extension where id = $1")

# One for each cycle: touches no row when there is one already.
ASK: Final = Statement("""
    insert into feedback.extension (id, report_id, cycle, days, asked_at, asked_by)
    values ($1, $2, $3, $4, $5, $6)
        on conflict (report_id, cycle) do nothing
""")

DECIDE: Final = Statement("""
    update feedback.extension
       set granted = $2, decided_at = $3, decided_by = $4
     where id = $1 and granted is null
""")


async def asked(snapshot: Snapshot, report_id: UUID) -> ExtensionCard | None:
    """Return what has been asked for and not been decided."""
    return await snapshot.maybe(ASKED, report_id)


async def asked_by(snapshot: Snapshot, extension_id: UUID) -> UUID | None:
    """Return the officer who asked, as far as that is known."""
    return (await snapshot.one(ASKED_BY, extension_id)).asked_by


async def ask(tx: Transaction, report_id: UUID, cycle: int, days: int) -> bool:
    """Keep the request. False: there was one in this cycle."""
    staff_id = tx.principal.staff_id
    return bool(await tx.run(ASK, tx.new_id(), report_id, cycle, days, tx.now, staff_id))


async def decide(tx: Transaction, extension_id: UUID, *, granted: bool) -> None:
    await tx.run(DECIDE, extension_id, granted, tx.now, tx.principal.staff_id)
