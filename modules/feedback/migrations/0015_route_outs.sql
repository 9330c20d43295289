-- What belongs elsewhere: a complaint or denunciation with a law of its own, an emergency. Words only
-- hint; a category that is named sends its reports there.
create table route_out (
    code text primary key check (code ~ '^[a-z][a-z0-9-]{0,39}$'),
    text_vi text not null,
    text_en text not null,
    phone text,
    link text,
    law text,
    keywords text[] not null,
    category_code text references category,
    valid_from date not null,
    valid_to date check (valid_to > valid_from),
    version integer not null default 1
);

revoke delete on route_out from tinhs_rt, tinhs_job;

alter table route_out enable row level security;
alter table route_out force row level security;
create policy everybody on route_out for select using (true);
create policy of_the_desk on route_out using (tinhs.kind() in ('staff', 'job'));
