-- A request that changes these tables is let in like any other, on the sign-in role's connection.
grant execute on function enter_session, enter_client, enter_console to tinhs_auth;

-- Passkeys of citizens and of officers. `ial` is what the session had proved that enrolled a
-- citizen's: whoever signs in with it later has proved no more. `be` and `bs` are WebAuthn's flags
-- (may be copied to other devices; has been), and a copied key counts no uses.
create table passkey (
    id uuid primary key,
    credential_id bytea not null unique check (length(credential_id) between 1 and 1023),
    person_id uuid references person,
    staff_id uuid references staff,
    public_key bytea not null,
    sign_count bigint not null check (sign_count >= 0),
    aaguid uuid not null,
    be boolean not null,
    bs boolean not null,
    ial smallint check (ial between 0 and 2),
    name text not null,
    added_at timestamptz not null,
    last_used_at timestamptz,
    revoked_at timestamptz,
    check ((person_id is null) <> (staff_id is null)),
    check ((person_id is null) = (ial is null))
);

create index passkey_by_person on passkey (person_id) where person_id is not null;
create index passkey_by_staff on passkey (staff_id) where staff_id is not null;

-- Nobody sees another's; administrators see that an officer has some, and never a citizen's.
alter table passkey enable row level security;
alter table passkey force row level security;
create policy theirs on passkey
    using (
        tinhs.kind() = 'job'
        or person_id = tinhs.person_id()
        or staff_id is not null and tinhs.kind() = 'staff');
