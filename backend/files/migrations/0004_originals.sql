-- Whoever may give up a claimed file may give up its original alone.
alter policy file_is_claimed on file using (
    about is not null
    or owner_id in (tinhs.person_id(), tinhs.staff_id(), device())
    or tinhs.kind() = 'job');
