"""What identity does by the clock."""

from datetime import timedelta

from backend.identity import repository
from backend.kernel import Job, Transaction


async def _sweep(tx: Transaction) -> None:
    await tx.run(repository.SWEEP, tx.now)


SWEEP = Job(name="identity.sweep", run=_sweep, every=timedelta(minutes=1))
"""Forget the proofs that are too old to be shown again."""
