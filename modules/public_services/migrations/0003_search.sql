-- Words that people use and the law does not. They are content: editors keep them.
create table search_term (
    id uuid primary key,
    kind text not null check (
        kind in ('phrase', 'synonym', 'abbreviation', 'drop_phrase', 'best_bet')
    ),
    text text not null,
    target text not null,
    active boolean not null,
    note text not null,
    version integer not null default 1,
    unique (kind, text, target)
);

-- The whole index as bytes, built by a worker and loaded by every process.
create table search_index (
    version bigint generated always as identity primary key,
    catalogue_seq bigint not null,
    terms_digest text not null,
    as_of date not null,
    built_at timestamptz not null,
    digest text not null,
    content bytea not null
);
