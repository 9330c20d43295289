-- A file somebody brought: what it would change is staged, and applied as a whole or not at all.
create table import (
    id uuid primary key,
    state text not null check (
        state in ('uploaded', 'ready', 'rejected', 'applied', 'withdrawn')
    ),
    options jsonb not null,
    file_name text not null,
    digest text not null,
    records integer not null default 0,
    errors integer not null default 0,
    warnings integer not null default 0,
    uploaded_at timestamptz not null,
    uploaded_by uuid,
    validated_at timestamptz,
    -- The last change of a version that the file was held against.
    catalogue_seq bigint not null default 0,
    applied_at timestamptz,
    left_out text[] not null default '{}'
);

-- Two uploads at once would validate against a catalogue that the other is about to change.
create unique index one_import_at_a_time on import ((true)) where state = 'uploaded';

create table import_part (
    import_id uuid not null references import on delete cascade,
    part integer not null,
    content bytea not null,
    primary key (import_id, part)
);

create table import_finding (
    import_id uuid not null references import on delete cascade,
    position integer not null,
    severity text not null check (severity in ('error', 'warning')),
    code text not null,
    file text not null,
    place text not null,
    column_name text not null,
    value text not null,
    procedure_code text not null,
    primary key (import_id, position)
);

create table import_record (
    import_id uuid not null references import on delete cascade,
    position integer not null,
    code text not null,
    change text not null check (change in ('new', 'changed', 'unchanged', 'abolished')),
    fields text[] not null default '{}',
    procedure_id uuid not null,
    version_id uuid not null,
    decision_id uuid not null,
    decision_number text not null,
    decision_agency text not null,
    valid_from date not null,
    head jsonb,
    body jsonb,
    source jsonb,
    citizen_text jsonb,
    digest text not null,
    primary key (import_id, position),
    unique (import_id, code)
);
