-- The printed form, its signatures and its seals; and row policies by party, holder and agency.

-- Keys of the house are of the house ('') or of an organisation (its id).
alter table key drop constraint key_purpose_check, drop constraint key_check;
alter table key drop constraint key_pkey;
alter table key add column owner text not null default '';
alter table key add primary key (purpose, owner);
alter table key add check (purpose in (
    'ca', 'tsa', 'ocsp', 'status', 'log', 'witness', 'seal', 'qr', 'vc',
    'receipt', 'stamp', 'certificate', 'manifest', 'recognition', 'edoc'));

-- The organisation whose document it is, if it is one's. A job of the house drafts for nobody.
alter table document add column agency_id uuid;
alter table document alter column drafted_by drop not null;
create index document_by_agency on document (agency_id, id) where agency_id is not null;

alter table access
    add column relation text not null default 'party'
        check (relation in ('drafter', 'party', 'holder', 'representative', 'reader')),
    add column sees text not null default 'full' check (sees in ('full', 'summary'));
alter table access alter column granted_by drop not null;

alter table party
    add column organisation boolean not null default false,
    add column required boolean not null default true;

-- The base: what is signed first. The final file: with every signature and their evidence.
alter table revision
    add column base_sha256 bytea check (length(base_sha256) = 32),
    add column pdf_sha256 bytea unique check (length(pdf_sha256) = 32);

-- Which revision of a document counts, and where its status is told: hashes and numbers, no word
-- of anybody, so that a registrar who suspends it need not see it.
create table placement (
    list integer not null references status_list,
    place integer not null,
    document_id uuid not null,
    rev smallint not null,
    content_sha256 bytea not null check (length(content_sha256) = 32),
    is_current boolean not null default false,
    primary key (list, place)
);

create unique index placement_of_revision on placement (document_id, rev);
create unique index placement_current on placement (document_id) where is_current;

insert into placement (list, place, document_id, rev, content_sha256, is_current)
select list, place, document_id, rev, content_sha256, state = 'issued'
  from revision
 where list is not null;

revoke delete on placement from tinhs_rt, tinhs_job;

-- Signatures in a PDF follow one another: while one person signs, the next one waits.
create table lease (
    document_id uuid primary key,
    session_id uuid not null,
    person_id uuid not null,
    until timestamptz not null
);

-- What a session has prepared to be signed in the PDF: the moment it claims, the hash of the file.
alter table session_item
    add column claimed_at timestamptz,
    add column file_sha256 bytea check (length(file_sha256) = 32),
    add column cms_signature text;

alter table signature
    add column claimed_at timestamptz,
    add column cms bytea,
    add column place smallint;

drop policy theirs on access;
drop policy named_by_the_drafter on access;
create policy theirs on access
    for select using (
        person_id = any (tinhs.subjects())
        or person_id = tinhs.person_id()
        or granted_by in (tinhs.person_id(), tinhs.staff_id())
        or tinhs.kind() = 'job');
create policy named_by_the_drafter on access
    for insert with check (
        granted_by in (tinhs.person_id(), tinhs.staff_id())
        or tinhs.kind() = 'job');

drop policy theirs on document;
create policy theirs on document using (
    tinhs.kind() = 'job'
    or drafted_by in (tinhs.person_id(), tinhs.staff_id())
    or agency_id = any (tinhs.agencies())
    or exists (select from access where access.document_id = document.id));

drop policy theirs on revision;
create policy theirs on revision using (
    tinhs.kind() = 'job'
    or exists (select from document where document.id = revision.document_id));

drop policy theirs on party;
create policy theirs on party using (
    tinhs.kind() = 'job'
    or exists (select from document where document.id = party.document_id));

drop policy theirs on signature;
create policy theirs on signature using (
    tinhs.kind() = 'job'
    or exists (select from document where document.id = signature.document_id));

drop policy looked_up on subject;
create policy looked_up on subject using (tinhs.kind() in ('citizen', 'staff', 'job'));

alter table lease enable row level security;
alter table lease force row level security;
create policy theirs on lease using (
    tinhs.kind() = 'job'
    or exists (select from access where access.document_id = lease.document_id));

-- Printed forms, for as long as there are documents: their sources, by the hash that these name.
create table form (
    sha256 text primary key check (sha256 ~ '^[0-9a-f]{64}$'),
    sources jsonb not null
);

revoke update, delete on form from tinhs_rt, tinhs_job;

-- A device that was lost: what it signed before stands, what it signs afterwards does not.
alter table certificate add column revoked_at timestamptz;

-- Numbers alone: OCSP answers for those, and for no others.
create table issued_serial (serial text primary key);
revoke update, delete on issued_serial from tinhs_rt, tinhs_job;

-- Serial numbers and moments: what OCSP and the revocation list say to anyone.
create table revoked_certificate (
    serial text primary key,
    fingerprint bytea not null unique check (length(fingerprint) = 32),
    revoked_at timestamptz not null
);

revoke update, delete on revoked_certificate from tinhs_rt, tinhs_job;
