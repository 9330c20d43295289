"""The numbers of the console's first page, each asked as the officer who looks."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any, Final, TypeAlias

import structlog

from backend.identity.entry import ConsoleCookie, enter
from backend.kernel import Figure, House, Snapshot
from backend.kernel.database import Connection
from backend.kernel.pages import cards_of
from backend.kernel.pool import Pool

Figures: TypeAlias = Callable[[bytes], Awaitable[Sequence[Figure]]]
"""Takes what stands for an officer's cookie in the table; raises what entering raises."""

_log: Final = structlog.get_logger("tinhs")


def figures_of(pool: Callable[[], Pool], house: House, clock: Callable[[], datetime]) -> Figures:
    """Return what asks every card that an officer's roles open, in one reading transaction.

    `pool` is asked at each call: it opens after this is made.
    """

    async def figures(cookie: bytes) -> Sequence[Figure]:
        shown = ConsoleCookie(cookie=cookie, form=None)
        async with pool().connection() as connection:
            try:
                officer = await enter(connection, shown, writes=False, now=clock())
                snapshot = Snapshot(connection, house, clock(), officer)
                return [
                    Figure(
                        module=module,
                        name=card.name,
                        path=card.path,
                        number=await _number(connection, snapshot, card.load),
                        is_alarm=card.is_alarm,
                    )
                    for module, card in cards_of(officer.roles)
                ]
            finally:
                await connection.execute("rollback")

    return figures


async def _number(
    connection: Connection, snapshot: Snapshot, load: Callable[[Any], Awaitable[int]]
) -> int | None:
    """Return a card's number; a card that fails spoils itself alone."""
    await connection.execute("savepoint card")
    try:
        return await load(snapshot)
    except Exception as error:  # noqa: BLE001 - a stranger's card can fail in any way
        _log.warning("a card failed", error=type(error).__qualname__)
        await connection.execute("rollback to savepoint card")
        return None
