"""Shares, what their tokens open, who looked; and paper copies."""

import msgspec

from backend.kernel import Paged, Query, Statement
from modules.documents.model.sharing import Share

ADD = Statement(
    """
    insert into documents.share (
        id, document_id, shared_by, holder_id, fields, purpose, recipient, token_sha256, shared_at
    )
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
    """
)

ADD_OPENING = Statement(
    """
    insert into documents.share_opening (
        token_sha256, sealed, list, place, expires_at, views_max, waits_for
    )
    values ($1, $2, $3, $4, $5, $6, $7)
    """
)

LIST = Paged(
    Share,
    """
    select share.id, share.fields, share.purpose, share.recipient, share.shared_at,
           opening.expires_at, opening.revoked_at, opening.waits_for,
           array(select opened_at
                   from documents.share_view
                  where share_view.token_sha256 = share.token_sha256
                  order by opened_at desc
                  limit 100) as views
      from documents.share
      join documents.share_opening as opening on opening.token_sha256 = share.token_sha256
     where share.document_id = $1
       and (share.shared_by = $2 or share.holder_id = any(tinhs.subjects()))
       and {after}
     order by share.id desc
     limit {limit}
    """,
    by=("share.id",),
    descending="newest first",
)


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """Which share was ended, or agreed to."""

    token_sha256: bytes


END = Query(
    Ended,
    """
    update documents.share_opening
       set revoked_at = coalesce(revoked_at, $3)
     where token_sha256 = (select token_sha256
                             from documents.share
                            where id = $1
                              and (shared_by = $2 or holder_id = any(tinhs.subjects())))
    returning token_sha256
    """,
)


AGREE = Query(
    Ended,
    """
    update documents.share_opening
       set waits_for = null
      from documents.share
     where share.id = $1
       and share.token_sha256 = share_opening.token_sha256
       and case share_opening.waits_for
               when 'holder' then share.holder_id = $2
               when 'guardian' then share.holder_id <> $2
                                and share.holder_id = any(tinhs.subjects())
           end
    returning share_opening.token_sha256
    """,
)


class Opening(msgspec.Struct, frozen=True, kw_only=True):
    """What a token opens."""

    sealed: bytes
    list: int
    place: int


OPEN = Query(
    Opening,
    """
    update documents.share_opening
       set views = views + 1
     where token_sha256 = $1
       and expires_at > $2
       and revoked_at is null
       and waits_for is null
       and views < views_max
    returning sealed, list, place
    """,
)

SEALED = Query(
    Opening,
    "select sealed, list, place from documents.share_opening where token_sha256 = $1",
)

OPENABLE = Query(
    Opening,
    """
    select sealed, list, place
      from documents.share_opening
     where token_sha256 = $1
       and expires_at > $2
       and revoked_at is null
       and waits_for is null
       and views < views_max
    """,
)

LOOKED = Statement(
    """
    insert into documents.share_view (token_sha256, opened_at, client_id)
    values ($1, $2, $3)
    """
)

COPIED = Statement(
    """
    insert into documents.paper_copy (id, document_id, rev, made_by, made_at)
    values ($1, $2, $3, $4, $5)
    """
)
