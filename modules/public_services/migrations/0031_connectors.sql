-- Systems that are asked, beside those that tell: how far one is read, and whether it answers. A
-- `simulation` is made by demo data alone, which production refuses.
alter table connector
    alter column last_ok_at drop not null,
    add column cursor text not null default '',
    add column failures integer not null default 0,
    add column rest_until timestamptz,
    add column simulation jsonb;

-- Demo dossiers are shown as such for ever, whatever becomes of their source.
alter table dossier add column demo boolean not null default false;
