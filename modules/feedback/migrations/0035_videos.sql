-- What a file is: videos are for those who work on a report, and are neither shown nor compared.
alter table attachment add column media_type text not null default 'image/jpeg';
