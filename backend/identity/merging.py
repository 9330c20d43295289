"""Two accounts of one human being become one; the other modules hear of it."""

from uuid import UUID

from backend.identity.consents.repository import CARRY_OVER, END_LIVE
from backend.kernel import Statement, Transaction
from contracts.identity import PersonMerged

CLOSE = Statement("""
    update identity.person
       set status = 'merged', merged_into = $2
     where id = $1 and status in ('unverified', 'verified', 'temporary', 'newborn', 'dormant')
""")

END_SESSIONS = Statement("""
    update identity.session
       set revoked_at = $2, reason = 'merged'
     where person_id = $1 and revoked_at is null
""")

END_PHONES = Statement("""
    update identity.person_phone
       set ended_at = $2, end_reason = 'merged'
     where person_id = $1 and ended_at is null
""")

MOVE_LINKS = Statement("update identity.upstream_link set person_id = $2 where person_id = $1")

MOVE_WARDS = Statement("""
    update identity.representation
       set guardian_id = $2
     where guardian_id = $1 and ward_id <> $2
""")


MOVE_PASSKEYS = Statement("update identity.passkey set person_id = $2 where person_id = $1")


async def merge(tx: Transaction, old: UUID, new: UUID) -> None:
    """Let `new` be whom `old` was. Only after both were proved by one person at one time.

    What had been opened for the old account is closed: its devices sign in again, as the other.
    """
    if not await tx.run(CLOSE, old, new):
        raise LookupError("an account that is closed cannot be merged")
    await tx.run(END_SESSIONS, old, tx.now)
    await tx.run(END_PHONES, old, tx.now)
    await tx.run(MOVE_LINKS, old, new)
    await tx.run(MOVE_WARDS, old, new)
    await tx.run(MOVE_PASSKEYS, old, new)
    await tx.run(CARRY_OVER, old, new, tx.now)
    await tx.run(END_LIVE, old)
    await tx.publish(PersonMerged(old_id=old, new_id=new))
