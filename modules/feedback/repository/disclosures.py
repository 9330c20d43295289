"""Who reported, as it is kept: sealed, or an account."""

from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Query, Snapshot


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """An account, or a contact that is sealed under a key of its own."""

    person_id: UUID | None
    contact_id: UUID | None
    contact_name: bytes | None
    contact_phone: bytes | None
    contact_email: bytes | None


REPORTER: Final = Query(
    Kept,
    """
    select person_id, contact_id, contact_name, contact_phone, contact_email
      from feedback.reporter
     where report_id = $1
    """,
)


async def reporter(snapshot: Snapshot, report_id: UUID) -> Kept | None:
    return await snapshot.maybe(REPORTER, report_id)
