-- What the public side needs beside the list: a history without words, search without marks, a map.
alter table public_report
    add column steps jsonb not null default '[]',
    add column words tsvector not null default '',
    add column in_recent boolean not null default true;

create index public_report_by_words on public_report using gin (words);
create index public_report_by_agency on public_report (agency_id, filed_at desc, code desc);
create index public_report_by_state on public_report (state_at) where in_recent;
create index public_report_by_category_and_place on public_report
    using gist (category_code, xy);

-- How many public reports lie in each cell of the map, and the sum of their places. `level` cells
-- divide the world into 2^level rows; category '' counts all. Set `recent` leaves out what ended
-- long ago.
create table map_cell (
    set text not null check (set in ('all', 'recent')),
    level smallint not null,
    x integer not null,
    y integer not null,
    category_code text not null,
    kind text not null check (kind in ('open', 'ended')),
    n integer not null,
    sum_x double precision not null,
    sum_y double precision not null,
    primary key (set, level, x, y, category_code, kind)
);

-- What has come to the map or gone from it and is not counted yet. Counted a few seconds later and
-- many at once, so that no two moderators wait for the same cell.
create table map_change (
    id bigint generated always as identity primary key,
    sign smallint not null check (sign in (-1, 1)),
    set text not null,
    xy point not null,
    category_code text not null,
    kind text not null
);

create function note_on_map() returns trigger language plpgsql as $$
declare
    ended constant text[] := '{resolved,declined,closed,withdrawn,duplicate}';
begin
    if tg_op <> 'INSERT' and old.xy is not null then
        insert into feedback.map_change (sign, set, xy, category_code, kind)
        select -1, counted.set, old.xy, old.category_code,
               case when old.state = any (ended) then 'ended' else 'open' end
          from unnest(array['all', case when old.in_recent then 'recent' end]) as counted (set)
         where counted.set is not null;
    end if;
    if tg_op <> 'DELETE' and new.xy is not null then
        insert into feedback.map_change (sign, set, xy, category_code, kind)
        select 1, counted.set, new.xy, new.category_code,
               case when new.state = any (ended) then 'ended' else 'open' end
          from unnest(array['all', case when new.in_recent then 'recent' end]) as counted (set)
         where counted.set is not null;
    end if;
    return null;
end
$$;

create trigger on_map_come after insert or delete on public_report
    for each row execute function note_on_map();
create trigger on_map_move after update of state, xy, category_code, in_recent on public_report
    for each row
    when ((old.state, old.xy::text, old.category_code, old.in_recent)
          is distinct from (new.state, new.xy::text, new.category_code, new.in_recent))
    execute function note_on_map();
