"""Every statement of administration. They run as the sign-in role, in the officer's transaction."""

from datetime import date
from typing import Final
from uuid import UUID

import msgspec

from backend.identity.admin.model import Heir, Officer, PartnerProgram, Proposal, Reorganised
from backend.kernel import Paged, Query, Statement


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What an officer is now."""

    status: str
    is_admin: bool


class Succeeded(msgspec.Struct, frozen=True, kw_only=True):
    """An agency whose affairs have an heir already."""

    id: UUID


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A reorganisation that was carried out just now."""

    id: UUID
    former: tuple[UUID, ...]
    heirs: tuple[Heir, ...]
    on_date: date


_OFFICER: Final = """
    select staff.id, staff.name, staff.email, staff.status,
           (select min(held.agency_id::text)::uuid
              from identity.staff_role as held
             where held.staff_id = staff.id
               and held.valid_from <= $1
               and (held.valid_to is null or held.valid_to > $1)) as agency_id,
           array(
               select held.role
                 from identity.staff_role as held
                where held.staff_id = staff.id
                  and held.valid_from <= $1
                  and (held.valid_to is null or held.valid_to > $1)
                order by held.role) as roles,
           array(
               select held.area_code
                 from identity.staff_area as held
                where held.staff_id = staff.id
                  and held.valid_from <= $1
                  and (held.valid_to is null or held.valid_to > $1)
                order by held.area_code) as areas,
           exists (
               select
                 from identity.passkey
                where passkey.staff_id = staff.id and passkey.revoked_at is null) as has_key,
           staff.disabled_at
      from identity.staff
"""

OFFICERS = Paged(
    Officer,
    f"""
    {_OFFICER}
     where {{after}}
     order by staff.id
     limit {{limit}}
    """,
    by=("staff.id",),
)

OFFICER = Query(Officer, f"{_OFFICER} where staff.id = $2")

# The row is held: two decisions about one officer take turns.
HELD = Query(
    Held,
    """
    select staff.status,
           exists (
               select
                 from identity.staff_role as held
                where held.staff_id = staff.id
                  and held.role = 'admin'
                  and held.valid_from <= $2
                  and (held.valid_to is null or held.valid_to > $2)) as is_admin
      from identity.staff
     where staff.id = $1
       for no key update of staff
    """,
)

PROPOSE = Statement("""
    insert into identity.proposal
        (id, kind, payload, subject_id, proposed_by, proposed_at, expires_at, state, decided_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
""")

_PROPOSAL: Final = """
    select id, payload as change, subject_id, proposed_by, proposed_at, expires_at,
           case when state = 'open' and expires_at <= $1 then 'expired' else state end as state,
           decided_by, decided_at
      from identity.proposal
"""

PROPOSALS = Paged(
    Proposal,
    f"""
    {_PROPOSAL}
     where {{after}}
       and ($2::text is null
            or $2 = case when state = 'open' and expires_at <= $1 then 'expired' else state end)
     order by id desc
     limit {{limit}}
    """,
    by=("id",),
    descending="desc",
)

PROPOSAL = Query(Proposal, f"{_PROPOSAL} where id = $2")

# Of two who decide at once the second finds it decided. Nobody decides about themselves.
DECIDE = Statement("""
    update identity.proposal
       set state = $2, decided_by = $3, decided_at = $4
     where id = $1
       and state = 'open'
       and expires_at > $4
       and proposed_by <> $3
       and subject_id is distinct from $3
""")

# Whoever proposed it takes it back.
WITHDRAW = Statement("""
    update identity.proposal
       set state = 'refused', decided_at = $3
     where id = $1 and state = 'open' and proposed_by = $2
""")

VOID_PROPOSALS = Statement("""
    update identity.proposal
       set state = 'refused', decided_at = $2
     where proposed_by = $1 and state = 'open'
""")

END_ROLES = Statement("""
    update identity.staff_role
       set valid_to = $4
     where staff_id = $1
       and (valid_to is null or valid_to > $4)
       and (agency_id <> $2 or role <> all ($3::text[]))
""")

ADD_ROLES = Statement("""
    insert into identity.staff_role (staff_id, role, agency_id, valid_from, granted_by)
    select $1, granted.role, $3, $4, $5
      from unnest($2::text[]) as granted (role)
     where not exists (
           select
             from identity.staff_role as held
            where held.staff_id = $1
              and held.role = granted.role
              and (held.valid_to is null or held.valid_to > $4))
""")

END_AREAS = Statement("""
    update identity.staff_area
       set valid_to = $3
     where staff_id = $1
       and (valid_to is null or valid_to > $3)
       and area_code <> all ($2::text[])
""")

REINVITE = Statement(
    "update identity.staff set status = 'invited', disabled_at = null where id = $1"
)

PROGRAMS = Paged(
    PartnerProgram,
    """
    select client.id, client.name, client.scopes, client.purposes,
           client.agreement_ref as agreement, client.rate_per_min as rate_per_minute,
           array(
               select coalesce(key ->> 'kid', '')
                 from jsonb_array_elements(coalesce(client.jwks -> 'keys', '[]')) as key
           ) as key_ids,
           client.disabled_at
      from identity.client
     where client.kind = 'partner' and {after}
     order by client.id
     limit {limit}
    """,
    by=("client.id",),
)

KEEP_PROGRAM = Statement("""
    insert into identity.client
        (id, kind, name, auth_method, jwks, scopes, purposes, agreement_ref, rate_per_min,
         not_before)
    values ($1, 'partner', $2, 'private_key_jwt', $3, $4, $5, $6, $7, $8)
    on conflict (id) do update
       set name = excluded.name, jwks = excluded.jwks, scopes = excluded.scopes,
           purposes = excluded.purposes, agreement_ref = excluded.agreement_ref,
           rate_per_min = excluded.rate_per_min, not_before = excluded.not_before,
           disabled_at = null
     where client.kind = 'partner'
""")

DISABLE_PROGRAM = Statement("""
    update identity.client
       set disabled_at = $2
     where id = $1 and kind = 'partner' and disabled_at is null
""")

ADD_REORGANISATION = Statement("""
    insert into identity.reorganisation (id, former, heirs, on_date, carry_roles)
    values ($1, $2, $3, $4, $5)
""")

ALREADY_SUCCEEDED = Query(
    Succeeded,
    """
    select old_id as id
      from identity.agency_successor
     where old_id = any ($1)
     limit 1
    """,
)

ADD_SUCCESSORS = Statement("""
    insert into identity.agency_successor (old_id, new_id, on_date, kind, areas)
    select former.id, heir.agency_id, $3, $4, heir.areas
      from unnest($1::uuid[]) as former (id)
      cross join jsonb_to_recordset($2) as heir (agency_id uuid, areas text[])
""")

REORGANISATIONS = Paged(
    Reorganised,
    """
    select id, former, heirs, on_date as on, carry_roles, done_at
      from identity.reorganisation
     where {after}
     order by id desc
     limit {limit}
    """,
    by=("id",),
    descending="desc",
)

CARRY_OVER = Query(Due, "select id, former, heirs, on_date from identity.carry_over($1)")

LOCK_SUCCESSION = Statement("select pg_advisory_xact_lock(74260005)")
