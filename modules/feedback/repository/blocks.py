"""Who may not report for a while."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Paged, Query, Snapshot, Statement, Transaction
from contracts.page import Page
from modules.feedback.model.senders import Block, BlockKind

IN_FORCE: Final = Query(
    Block,
    """
    select id, kind, reason, made_at, until, lifted_at
      from feedback.block
     where key_mac = any ($1::bytea[]) and until > $2 and lifted_at is null
     order by until desc
     limit 1
    """,
)

LIST: Final = Paged(
    Block,
    """
    select id, kind, reason, made_at, until, lifted_at
      from feedback.block
     where until > $1 and lifted_at is null
       and {after}
     order by id
     limit {limit}
    """,
    by=("id",),
)


class Marks(msgspec.Struct, frozen=True, kw_only=True):
    """By what a reporter is known again, as far as anything was kept."""

    person_id: UUID | None
    device_mac: bytes | None
    address_mac: bytes | None


MARKS: Final = Query(
    Marks,
    "select person_id, device_mac, address_mac from feedback.reporter where report_id = $1",
)

ADD: Final = Statement("""
    insert into feedback.block (id, kind, key_mac, reason, made_at, until)
    values ($1, $2, $3, $4, $5, $6)
""")

LIFT: Final = Statement("""
    update feedback.block
       set lifted_at = $2
     where id = $1 and lifted_at is null
""")


async def in_force(snapshot: Snapshot, key_macs: Sequence[bytes]) -> Block | None:
    return await snapshot.maybe(IN_FORCE, key_macs, snapshot.now)


async def listed(snapshot: Snapshot, cursor: str | None, limit: int) -> Page[Block]:
    return await snapshot.page(LIST, cursor, limit, snapshot.now)


async def marks(tx: Transaction, report_id: UUID) -> Marks | None:
    return await tx.maybe(MARKS, report_id)


async def add(
    tx: Transaction, kind: BlockKind, key_mac: bytes, *, reason: str, until: datetime
) -> Block:
    block = Block(
        id=tx.new_id(), kind=kind, reason=reason, made_at=tx.now, until=until, lifted_at=None
    )
    await tx.run(ADD, block.id, kind, key_mac, reason, tx.now, until)
    return block


async def lift(tx: Transaction, block_id: UUID) -> bool:
    return bool(await tx.run(LIFT, block_id, tx.now))
