-- What was abolished may live on in others: whoever knows the old procedure is led to them.
alter table procedure
    add column successors text[] not null default '{}',
    add column successors_version integer not null default 0;

-- A decision that ends one procedure for another names both in one file.
alter table import_record add column replaces text[] not null default '{}';
