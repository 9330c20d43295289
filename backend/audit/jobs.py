"""What the log does by the clock."""

from datetime import timedelta
from typing import Final

from backend.audit import repository, sealing, witness
from backend.kernel import Job, Transaction

_MONTH: Final = timedelta(days=31)


async def _seal(tx: Transaction) -> None:
    """Copy what was signed, sign what had its place, give places: each what is committed."""
    await witness.copy(tx)
    await sealing.sign(tx)
    await sealing.place(tx)


async def _make_room(tx: Transaction) -> None:
    """Keep partitions ahead of the calendar."""
    for months in range(3):
        await tx.run(repository.MAKE_ROOM, tx.today + months * _MONTH)


SEAL: Final = Job(name="audit.seal", run=_seal, every=timedelta(seconds=15), seconds_max=600)
"""Seal within half a minute: a look is placed at one tick and signed for at the next."""

MAKE_ROOM: Final = Job(name="audit.make-room", run=_make_room, cron="17 3 * * *")
"""Make the partitions of this month and the next two."""
