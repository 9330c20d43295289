"""Every statement about passkeys. They run as the sign-in role, behind the wall of the caller."""

from datetime import datetime
from uuid import UUID

import msgspec

from backend.kernel import Query, Statement


class Passkey(msgspec.Struct, frozen=True, kw_only=True):
    """A passkey, as its owner knows it."""

    id: UUID
    name: str
    is_copied: bool
    """Whether it is on several devices of its owner, which then count no uses."""
    added_at: datetime
    last_used_at: datetime | None


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What an answer of this passkey is judged by, and whose it is."""

    id: UUID
    person_id: UUID | None
    staff_id: UUID | None
    public_key: bytes
    sign_count: int
    ial: int | None


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """The name an authenticator gave to a passkey."""

    credential_id: bytes


class Owner(msgspec.Struct, frozen=True, kw_only=True):
    """How well it was ever proved who a person is."""

    ial: int


OF_PERSON = Query(
    Passkey,
    """
    select id, name, bs as is_copied, added_at, last_used_at
      from identity.passkey
     where person_id = $1 and revoked_at is null
     order by added_at, id
     limit 100
    """,
)

OF_STAFF = Query(
    Passkey,
    """
    select id, name, bs as is_copied, added_at, last_used_at
      from identity.passkey
     where staff_id = $1 and revoked_at is null
     order by added_at, id
     limit 100
    """,
)

TAKEN_BY_PERSON = Query(
    Taken,
    """
    select credential_id
      from identity.passkey
     where person_id = $1 and revoked_at is null
     order by added_at, id
     limit 100
    """,
)

TAKEN_BY_STAFF = Query(
    Taken,
    """
    select credential_id
      from identity.passkey
     where staff_id = $1 and revoked_at is null
     order by added_at, id
     limit 100
    """,
)

# The owner's row is held: two that are added, or removed, at once take turns.
LOCK_OWNER = Query(Owner, "select ial from identity.person where id = $1 for no key update")

ADD = Statement("""
    insert into identity.passkey
        (id, credential_id, person_id, staff_id, public_key, sign_count, aaguid, be, bs, ial, name,
         added_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    on conflict (credential_id) do nothing
""")

# Only of people who may still come in.
LIVING = Query(
    Kept,
    """
    select passkey.id, passkey.person_id, passkey.staff_id, passkey.public_key, passkey.sign_count,
           passkey.ial
      from identity.passkey
      left join identity.person on person.id = passkey.person_id
      left join identity.staff on staff.id = passkey.staff_id
     where passkey.credential_id = $1
       and passkey.revoked_at is null
       and coalesce(
           person.status in ('unverified', 'verified', 'temporary', 'newborn'),
           staff.status = 'active')
       for no key update of passkey
    """,
)

NOTE_USE = Statement("""
    update identity.passkey
       set sign_count = $2, bs = $3, last_used_at = $4
     where id = $1
""")

REVOKE = Statement("""
    update identity.passkey
       set revoked_at = $3
     where id = $1 and person_id = $2 and revoked_at is null
""")

REVOKE_ONE_OF_STAFF = Statement("""
    update identity.passkey
       set revoked_at = $3
     where id = $1 and staff_id = $2 and revoked_at is null
""")

REVOKE_OF_STAFF = Statement("""
    update identity.passkey
       set revoked_at = $2
     where staff_id = $1 and revoked_at is null
""")
