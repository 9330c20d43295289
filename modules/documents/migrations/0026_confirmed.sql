-- What a person has confirmed at a provider is written down before anything else is done with it,
-- so that neither a timestamp authority that is away nor a process that is killed loses it.
alter table signing_session
    -- With what the provider is asked for the signatures, once the person has said yes; emptied
    -- when the session ends.
    add column activation text,
    -- The signatures that came back and were found to be genuine, while they wait for timestamps.
    add column answer bytea[],
    drop constraint signing_session_state_check,
    add constraint signing_session_state_check check (
        state in (
            'waiting', 'confirmed', 'finalised', 'rejected', 'failed', 'expired', 'cancelled'
        )
    );
