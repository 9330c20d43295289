-- Who is asking, as row policies see it. `identity.enter_…` sets these for one transaction; outside
-- of one they say that nobody asks. Each is a single stable expression, so that the planner inlines
-- it and can use an index for `author_id = tinhs.person_id()`. A setting that was local to an
-- earlier transaction reads as the empty text, hence the `nullif`.

create function tinhs.kind() returns text
    language sql stable parallel safe
    return coalesce(nullif(current_setting('tinhs.kind', true), ''), 'anyone');

create function tinhs.person_id() returns uuid
    language sql stable parallel safe
    return nullif(current_setting('tinhs.person_id', true), '')::uuid;

create function tinhs.staff_id() returns uuid
    language sql stable parallel safe
    return nullif(current_setting('tinhs.staff_id', true), '')::uuid;

-- The person and everybody whom they represent.
create function tinhs.subjects() returns uuid[]
    language sql stable parallel safe
    return coalesce(nullif(current_setting('tinhs.subjects', true), ''), '{}')::uuid[];

-- The officer's agency and those that it succeeded.
create function tinhs.agencies() returns uuid[]
    language sql stable parallel safe
    return coalesce(nullif(current_setting('tinhs.agencies', true), ''), '{}')::uuid[];

-- Codes of communes; a code of two digits is a province and stands for all its communes.
create function tinhs.areas() returns text[]
    language sql stable parallel safe
    return coalesce(nullif(current_setting('tinhs.areas', true), ''), '{}')::text[];

-- Whether a commune lies in those areas.
create function tinhs.covers(area_code text) returns boolean
    language sql stable parallel safe
    return area_code = any (coalesce(nullif(current_setting('tinhs.areas', true), ''), '{}')::text[])
        or current_setting('tinhs.areas', true) ~ '[{,][0-9]{2}[,}]';

create function tinhs.client_id() returns text
    language sql stable parallel safe
    return nullif(current_setting('tinhs.client_id', true), '');

create function tinhs.purpose() returns text
    language sql stable parallel safe
    return nullif(current_setting('tinhs.purpose', true), '');
