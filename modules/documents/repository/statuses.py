"""Status lists: places given out, changes, and the tokens as published."""

from datetime import datetime

import msgspec

from backend.kernel import Query, Statement


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """The first of the free numbers of a list, before the permutation hides the order."""

    number: int
    secret: bytes
    first: int


TAKE_PLACES = Query(
    Places,
    """
    update documents.status_list
       set next = next + $1
     where number = (select max(number) from documents.status_list)
       and next + $1 <= 1048576
    returning number, secret, next - $1 as first
    """,
)

OPEN_LIST = Statement(
    """
    insert into documents.status_list (number, secret, next)
    select coalesce(max(number) + 1, 0), $1, 0
      from documents.status_list
        on conflict (number) do nothing
    """
)

CHANGE = Statement(
    """
    insert into documents.status_change (list, place, value, successor, changed_at)
    values ($1, $2, $3, $4, $5)
    """
)


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """What a place says now."""

    value: int
    successor: bytes | None


STANDING = Query(
    Standing,
    """
    select value, successor
      from documents.status_change
     where list = $1
       and place = $2
     order by seq desc
     limit 1
    """,
)


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """What a place of a list that there is says now, if it was ever told anything."""

    value: int | None
    successor: bytes | None


LISTED = Query(
    Listed,
    """
    select latest.value, latest.successor
      from documents.status_list as list
      left join lateral (
               select value, successor
                 from documents.status_change as change
                where change.list = list.number
                  and change.place = $2
                order by seq desc
                limit 1) as latest on true
     where list.number = $1
    """,
)


class Stood(msgspec.Struct, frozen=True, kw_only=True):
    """What a place says now, if it was ever told anything."""

    list: int
    place: int
    value: int | None
    successor: bytes | None


STANDING_AT = Query(
    Stood,
    """
    select wanted.list, wanted.place, latest.value, latest.successor
      from unnest($1::integer[], $2::integer[]) as wanted (list, place)
      left join lateral (
               select value, successor
                 from documents.status_change as change
                where change.list = wanted.list
                  and change.place = wanted.place
                order by seq desc
                limit 1) as latest on true
    """,
)


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """A list whose token is missing, out of date or old."""

    number: int
    latest: int


DUE = Query(
    Due,
    """
    select list.number, coalesce(max(change.seq), 0) as latest
      from documents.status_list as list
      left join documents.status_change as change on change.list = list.number
      left join documents.status_token as token on token.list = list.number
     group by list.number, token.covers, token.issued_at
    having token.covers is distinct from coalesce(max(change.seq), 0)
        or token.issued_at < $1
     order by list.number
     limit 100
    """,
)


class Bits(msgspec.Struct, frozen=True, kw_only=True):
    """A place that is not zero."""

    place: int
    value: int


STANDINGS = Query(
    Bits,
    """
    select place, value
      from (select distinct on (place) place, value
              from documents.status_change
             where list = $1
             order by place, seq desc) as latest
     where value <> 0
     limit 1048576
    """,
)

PUBLISH = Statement(
    """
    insert into documents.status_token (list, token, covers, issued_at)
    values ($1, $2, $3, $4)
        on conflict (list) do update
       set token = excluded.token, covers = excluded.covers, issued_at = excluded.issued_at
    """
)


class Token(msgspec.Struct, frozen=True, kw_only=True):
    """A list as published."""

    list: int
    token: str
    issued_at: datetime


TOKEN = Query(Token, "select list, token, issued_at from documents.status_token where list = $1")

TOKENS = Query(
    Token, "select list, token, issued_at from documents.status_token order by list limit 1000"
)
