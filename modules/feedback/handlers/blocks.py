"""Blocks: who sent what may send no more for a while, without anybody learning who it is."""

from uuid import UUID

from litestar import delete, get, post
from litestar.params import FromPath, JSONBody

from backend.kernel import (
    Injected,
    NotFound,
    Snapshot,
    Transaction,
    refuses,
    requires,
)
from contracts.page import Page
from modules.feedback.errors import UntilInThePast
from modules.feedback.handlers.parameters import Cursor, Limit
from modules.feedback.model.senders import Block, Blocking
from modules.feedback.scopes import CONFIGURE
from modules.feedback.service import senders


@get("/config/blocks", guards=[requires(CONFIGURE)])
async def list_blocks(
    snapshot: Injected[Snapshot], cursor: Cursor = None, limit: Limit = 20
) -> Page[Block]:
    """List the blocks that are in force."""
    return await senders.blocks(snapshot, cursor, limit)


@post(
    "/config/blocks",
    guards=[requires(CONFIGURE)],
    responses=refuses(NotFound, UntilInThePast),
)
async def block_sender(data: JSONBody[Blocking], tx: Injected[Transaction]) -> Page[Block]:
    """Let whoever sent a report send no more until a day, by their account, device or address.

    They are told the reason and the end, and whom to call in an emergency.
    """
    return Page(items=await senders.block(tx, data))


@delete("/config/blocks/{block_id:uuid}", guards=[requires(CONFIGURE)], responses=refuses(NotFound))
async def lift_block(block_id: FromPath[UUID], tx: Injected[Transaction]) -> None:
    """End a block before its time."""
    await senders.lift(tx, block_id)


ROUTES = (list_blocks, block_sender, lift_block)
