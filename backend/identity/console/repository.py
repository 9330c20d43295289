"""Every statement about officers' links, sessions and standing. They run as the sign-in role."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from backend.kernel import Query, Statement

LinkKind = Literal["bootstrap", "recovery", "invitation"]


class Link(msgspec.Struct, frozen=True, kw_only=True):
    """A link that may still be used, and for whom."""

    staff_id: UUID
    name: str
    kind: LinkKind


class Entered(msgspec.Struct, frozen=True, kw_only=True):
    """An officer who is at work, and what they may do now."""

    staff_id: UUID
    step_up_at: datetime
    roles: frozenset[str]
    agency_id: UUID | None
    areas: tuple[str, ...]


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """An officer's name, and until when the session can last."""

    name: str
    expires_at: datetime


class Counted(msgspec.Struct, frozen=True, kw_only=True):
    """How many there are."""

    number: int


class Recovered(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody was made an administrator at the shell."""

    name: str
    made_at: datetime


# Whoever decides about administrators holds this until the end: two decisions see each other.
LOCK_ADMINS = Statement("select pg_advisory_xact_lock(74260004)")

ACTIVE_ADMINS = Query(
    Counted,
    """
    select count(distinct staff.id) as number
      from identity.staff
      join identity.staff_role as held on held.staff_id = staff.id
     where staff.status = 'active'
       and held.role = 'admin'
       and held.valid_from <= $1
       and (held.valid_to is null or held.valid_to > $1)
    """,
)

PROPOSED_BY_OTHERS = Query(
    Counted,
    """
    select count(*) as number
      from identity.proposal
     where state = 'open'
       and expires_at > $2
       and proposed_by <> $1
       and subject_id is distinct from $1
    """,
)

ADD_LINK = Statement("""
    insert into identity.enrolment (hash, staff_id, kind, made_by, made_at, expires_at)
    values ($1, $2, $3, $4, $5, $6)
""")

# Only the newest link of an officer opens anything.
VOID_LINKS = Statement("""
    update identity.enrolment
       set expires_at = $2
     where staff_id = $1 and used_at is null and expires_at > $2
""")

OPEN_LINK = Query(
    Link,
    """
    select enrolment.staff_id, staff.name, enrolment.kind
      from identity.enrolment
      join identity.staff on staff.id = enrolment.staff_id
     where enrolment.hash = $1
       and enrolment.used_at is null
       and enrolment.expires_at > $2
       and staff.status <> 'disabled'
    """,
)

USE_LINK = Statement("""
    update identity.enrolment
       set used_at = $2
     where hash = $1 and used_at is null and expires_at > $2
""")

ADD_STAFF = Statement("""
    insert into identity.staff (id, name, email, status, created_by)
    values ($1, $2, $3, 'invited', $4)
""")

ACTIVATE = Statement("update identity.staff set status = 'active' where id = $1")

DISABLE = Statement("""
    update identity.staff
       set status = 'disabled', disabled_at = $2
     where id = $1 and status <> 'disabled'
""")

# Two keys that are added, or removed, at once take turns.
LOCK_OFFICER = Statement("select id from identity.staff where id = $1 for no key update")

END_SESSIONS = Statement("""
    update identity.console_session
       set revoked_at = $2
     where staff_id = $1 and revoked_at is null
""")

ENTER = Query(
    Entered,
    """
    select staff_id, step_up_at, roles, agency_id, areas
      from identity.enter_console($1, $2, false, $3)
    """,
)

STANDING = Query(
    Standing,
    """
    select staff.name, session.expires_at
      from identity.console_session as session
      join identity.staff on staff.id = session.staff_id
     where session.hash = $1
    """,
)

# The old cookie dies with the statement that makes the new one; the day's end stays where it was.
RENEW = Statement("""
    with ended as (
        update identity.console_session
           set revoked_at = $4
         where hash = $1 and revoked_at is null
        returning staff_id, expires_at
    )
    insert into identity.console_session
        (hash, staff_id, step_up_at, csrf, idle_expires_at, expires_at)
    select $2, staff_id, $4, $3, $5, expires_at
      from ended
""")

END_SESSION = Statement("""
    update identity.console_session
       set revoked_at = $2
     where hash = $1 and revoked_at is null
""")

SWEEP = Statement("""
    delete from identity.console_session
     where hash in (
           select hash from identity.console_session where expires_at < $1 limit 10000)
""")

RECOVERIES = Query(
    Recovered,
    """
    select staff.name, enrolment.made_at
      from identity.enrolment
      join identity.staff on staff.id = enrolment.staff_id
     where enrolment.kind = 'recovery' and enrolment.made_at > $1
     order by enrolment.made_at desc
     limit 10
    """,
)
