"""What goes on by itself: places in the log, signatures over it, lists, deadlines."""

from datetime import timedelta
from typing import Final

from backend.kernel import Job, Transaction
from modules.documents.service import issuing, log, statuses, trusting, verification
from modules.documents.settings import Settings

# Each tick is a row that is kept for days, so not every second.
_OFTEN: Final = timedelta(seconds=10)


async def _sign(tx: Transaction) -> None:
    is_ours = tx.ask(Settings).log_signer == "worker"
    await issuing.issue(tx, await log.sign(tx) if is_ours else await log.signed_size(tx))


SEQUENCE: Final = Job(name="documents.sequence", run=log.sequence, every=_OFTEN)
"""Gives entries their places."""

SIGN: Final = Job(name="documents.sign", run=_sign, every=_OFTEN)
"""Signs what was committed before, and issues what is signed for."""

PUBLISH: Final = Job(name="documents.publish", run=statuses.publish, every=timedelta(minutes=1))
"""Publishes the status lists that have changed."""

EXPIRE: Final = Job(name="documents.expire", run=issuing.expire, every=timedelta(minutes=1))
"""Ends the collecting of signatures that took too long."""

READ_LISTS: Final = Job(
    name="documents.read-lists",
    run=trusting.READ_LISTS,
    every=timedelta(minutes=10),
    seconds_max=180,
)
"""Reads whom the authorities of the trust store have revoked."""

FORGET: Final = Job(name="documents.forget", run=verification.forget, cron="40 3 * * *")
"""Forgets what partners asked ninety days ago."""
