-- A claimed file was anybody's to change. Now it may be seen and taken away with its thing, as the
-- claiming module decides, and nobody claims it again or gives it other bytes; what waits to be
-- claimed is removed by the timetable alone. Claimed rows stay readable: they lead to no person
-- and to no place, and PostgreSQL lets nobody write a row that they may not see.
drop policy file_of_its_sender on file;

create policy file_is_seen on file for select
    using (
        about is not null
        or owner_id in (tinhs.person_id(), tinhs.staff_id())
        or tinhs.kind() = 'job'
    );

create policy file_is_received on file for insert
    with check (
        about is not null
        or owner_id in (tinhs.person_id(), tinhs.staff_id())
        or tinhs.kind() = 'job'
    );

create policy file_is_claimed on file for update
    using (owner_id in (tinhs.person_id(), tinhs.staff_id()) or tinhs.kind() = 'job')
    with check (
        about is not null
        or owner_id in (tinhs.person_id(), tinhs.staff_id())
        or tinhs.kind() = 'job'
    );

create policy file_is_removed on file for delete
    using (about is not null or tinhs.kind() = 'job');
