"""What identity does by the clock."""

from datetime import timedelta
from typing import Final

from backend.identity import repository
from backend.identity.account import repository as account
from backend.identity.account.phone import settle
from backend.identity.console import repository as console
from backend.identity.login import repository as login
from backend.identity.minting import SESSION_LIFE
from backend.identity.oauth import repository as oauth
from backend.identity.people import turning
from backend.kernel import Job, Transaction

_A_DAY: Final = timedelta(days=1)
_A_MONTH: Final = timedelta(days=30)


async def _sweep(tx: Transaction) -> None:
    await tx.run(repository.SWEEP, tx.now)
    await tx.run(oauth.SWEEP_PUSHED, tx.now)
    await tx.run(login.SWEEP_INTERACTIONS, tx.now)
    await tx.run(account.SWEEP_CHANGES, tx.now)
    await tx.run(oauth.SWEEP_CODES, tx.now - _A_DAY)
    await tx.run(login.SWEEP_CHALLENGES, tx.now - _A_DAY)
    await tx.run(console.SWEEP, tx.now - _A_MONTH)
    await turning.bury_peppers(tx, SESSION_LIFE)


SWEEP = Job(name="identity.sweep", run=_sweep, every=timedelta(minutes=1))
"""Forget what is over: proofs, requests and codes that could not be used any more."""

SETTLE_PHONES = Job(name="identity.settle-phones", run=settle, every=timedelta(minutes=1))
"""Give people the numbers whose day is over."""
