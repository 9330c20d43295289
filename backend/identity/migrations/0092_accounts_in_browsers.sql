-- Our own pages are a program of a third kind: the gateway keeps their sessions, no token leaves the
-- house, and the browser holds a cookie. Neither pushes requests nor redeems codes over the network.
alter table client drop constraint client_kind_check;
alter table client add constraint client_kind_check check (kind in ('app', 'partner', 'pages'));

insert into client (id, kind, name, auth_method, scopes)
values ('tinhs-web', 'pages', 'Tỉnh-S trên trình duyệt', 'none', '{*}');

-- What a device's key is to a session of the app, the digest of the cookie is to one of a browser.
create unique index session_by_cookie on session (dpop_jkt) where client_id = 'tinhs-web';

-- A citizen before our pages, as `enter_session` lets in an app. The idle time starts anew at most
-- once a minute, so that reading does not mean writing.
create function enter_account(cookie text, reads_only boolean, moment timestamptz)
    returns table (
        session_id uuid, person_id uuid, scope text, ial smallint, acr text, auth_time timestamptz,
        subjects uuid[])
    language plpgsql security definer set search_path = pg_catalog, pg_temp
as $$
declare
    idle_until timestamptz;
begin
    select session.id, session.person_id, session.scope, session.ial, session.acr,
           session.auth_time, session.idle_expires_at
      into session_id, person_id, scope, ial, acr, auth_time, idle_until
      from identity.session
      join identity.person on person.id = session.person_id
      join identity.client on client.id = session.client_id
     where session.client_id = 'tinhs-web'
       and session.dpop_jkt = cookie
       and session.revoked_at is null
       and session.idle_expires_at > moment
       and session.expires_at > moment
       and person.status in ('unverified', 'verified', 'temporary', 'newborn')
       and client.disabled_at is null;
    if not found then
        raise exception 'session ended' using errcode = 'TH401';
    end if;
    if idle_until < moment + interval '14 minutes' then
        begin
            update identity.session as held
               set idle_expires_at = moment + interval '15 minutes'
             where held.id = (
                   select waiting.id
                     from identity.session as waiting
                    where waiting.id = enter_account.session_id
                      and waiting.idle_expires_at < moment + interval '14 minutes'
                      for update skip locked);
        exception when serialization_failure then
            null;  -- a request beside this one has just done it; nor does one wait for another
        end;
    end if;
    subjects := array[person_id];
    if ial = 2 then
        subjects := subjects || array(
            select representation.ward_id
              from identity.representation
             where representation.guardian_id = enter_account.person_id
               and representation.valid_from <= moment
               and (representation.valid_to is null or representation.valid_to > moment)
             order by representation.ward_id);
    end if;
    perform set_config('tinhs.kind', 'citizen', true),
            set_config('tinhs.person_id', person_id::text, true),
            set_config('tinhs.subjects', subjects::text, true),
            set_config('tinhs.client_id', 'tinhs-web', true);
    if reads_only then
        perform set_config('transaction_read_only', 'on', true);
    end if;
    return next;
end
$$;

revoke execute on function enter_account from public;
grant execute on function enter_account to tinhs_rt, tinhs_auth;
