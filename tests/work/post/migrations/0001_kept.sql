-- Who did what, in the order in which it was done.
create table kept (
    id bigint generated always as identity primary key,
    reader text not null,
    box_id uuid,
    number integer not null
);
