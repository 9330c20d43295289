-- What happens to people, and the procedures that it brings with it, in order.
create table life_event (
    slug text primary key check (slug ~ '^[a-z0-9-]{1,60}$'),
    title text not null,
    audience text not null check (audience in ('citizen', 'business')),
    fact text not null,
    position integer not null,
    steps jsonb not null
);
