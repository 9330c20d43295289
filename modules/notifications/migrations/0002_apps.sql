-- Apps are told too, by the registration that Firebase gave them; sealed as a browser's is.
alter table device
    drop constraint device_kind_check,
    add constraint device_kind_check check (kind in ('webpush', 'fcm'));
