"""What goes on by itself: places in the log, signatures over it, lists, deadlines."""

from datetime import timedelta
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Job, Transaction
from modules.documents.service import issuing, log, statuses, trusting, verification
from modules.documents.settings import Settings

# Each tick is a row that is kept for days, so not every second.
_OFTEN: Final = timedelta(seconds=10)


_KNOWN_AT_ONCE: Final = 50


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """Revisions that were issued just now."""

    documents: tuple[tuple[UUID, int], ...]


async def _sign(tx: Transaction) -> None:
    is_ours = tx.ask(Settings).log_signer == "worker"
    fresh = await issuing.issue(tx, await log.sign(tx) if is_ours else await log.signed_size(tx))
    for start in range(0, len(fresh), _KNOWN_AT_ONCE):
        await tx.enqueue(KNOW, Issued(documents=tuple(fresh[start : start + _KNOWN_AT_ONCE])))


async def _know(tx: Transaction, issued: Issued) -> None:
    await verification.know(tx, issued.documents)


SEQUENCE: Final = Job(name="documents.sequence", run=log.sequence, every=_OFTEN)
"""Gives entries their places."""

SIGN: Final = Job(name="documents.sign", run=_sign, every=_OFTEN)
"""Signs what was committed before, and issues what is signed for."""

KNOW: Final = Job(name="documents.know", run=_know, payload=Issued)
"""Judges what was issued, so that whoever shows those very bytes is answered at once."""

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
