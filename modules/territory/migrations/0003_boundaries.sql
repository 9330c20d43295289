-- A polygon has no holes, so they are rows of their own, to be subtracted.
create table boundary (
    dataset text not null references dataset,
    code text not null,
    part smallint not null,
    ring smallint not null,
    role text not null check (role in ('outer', 'inner')),
    area polygon not null,
    primary key (dataset, code, part, ring)
);

-- Serves `area @> polygon(…)`; `area @> point` would read every row.
create index boundary_by_area on boundary using gist (area);

-- A coarser copy for drawing, as GeoJSON coordinates. It decides nothing.
create table boundary_outline (
    dataset text not null references dataset,
    code text not null,
    coordinates jsonb not null,
    primary key (dataset, code)
);
