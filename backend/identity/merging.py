"""Two accounts of one human being become one; the other modules hear of it."""

from uuid import UUID

import msgspec

from backend.kernel import Query, Transaction
from contracts.identity import PersonMerged


class Merged(msgspec.Struct, frozen=True, kw_only=True):
    """Whether there was anything left to merge."""

    is_done: bool


MERGE = Query(Merged, "select identity.merge_person($1, $2, $3) as is_done")


async def merge(tx: Transaction, old: UUID, new: UUID) -> None:
    """Let `new` be whom `old` was. Only after both were proved by one person at one time.

    What had been opened for the old account is closed: its devices sign in again, as the other.
    """
    if not (await tx.one(MERGE, old, new, tx.now)).is_done:
        raise LookupError("an account that is closed cannot be merged")
    await tx.publish(PersonMerged(old_id=old, new_id=new))
