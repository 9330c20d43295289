"""What happens to people's data by the clock: archives, erasures, epochs of keys."""

from datetime import datetime, time, timedelta
from typing import Final
from uuid import UUID

import msgspec

from backend.identity.people import epochs
from backend.kernel import VIETNAM, Job, Transaction
from backend.privacy import erasing, exporting, repository
from backend.privacy.settings import Settings


class About(msgspec.Struct, frozen=True, kw_only=True):
    """Which archive, or which erasure."""

    id: UUID


async def _make(tx: Transaction, about: About) -> None:
    await exporting.make(tx, about.id)


async def _foresee(tx: Transaction, about: About) -> None:
    await erasing.foresee(tx, about.id)


async def _erase(tx: Transaction, about: About) -> None:
    day = await erasing.erase(tx, about.id)
    if day is not None:
        morning = datetime.combine(day, time(), VIETNAM)
        await tx.enqueue(ERASE, about, at=morning, key=f"{about.id} {day}")


async def _sweep(tx: Transaction) -> None:
    """Forget archives whose day is over; make sure that no erasure that is due was forgotten."""
    await tx.run(repository.FORGET_ARCHIVES, tx.now)
    for due in await tx.all(repository.DUE_ERASURES, tx.now, tx.today):
        await tx.enqueue(ERASE, About(id=due.id), key=f"{due.id} {tx.today}")


async def _replay(tx: Transaction) -> None:
    await erasing.replay(tx)


async def _turn(tx: Transaction) -> None:
    settings = tx.ask(Settings)
    await epochs.turn(tx, lasts=settings.key_epoch, backups=settings.backup_window)


MAKE: Final = Job(name="privacy.make-archive", run=_make, payload=About, seconds_max=600)
"""Gather one person's data."""

FORESEE: Final = Job(name="privacy.foresee", run=_foresee, payload=About)
"""Find out what would stay of an account that is to be erased."""

ERASE: Final = Job(name="privacy.erase", run=_erase, payload=About, seconds_max=300)
"""Erase one person, as far as no law holds them."""

SWEEP: Final = Job(name="privacy.sweep", run=_sweep, every=timedelta(minutes=1))
"""Look what is due."""

REPLAY: Final = Job(name="privacy.replay", run=_replay, every=timedelta(minutes=1), seconds_max=600)
"""Erase again whom a restored backup has brought back."""

EPOCHS: Final = Job(
    name="privacy.turn-epochs", run=_turn, every=timedelta(minutes=10), seconds_max=300
)
"""Re-wrap people's keys for a new epoch, and destroy the key of one that no backup needs."""
