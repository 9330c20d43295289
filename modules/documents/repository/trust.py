"""The trust store: proposals, decisions, what follows, and what authorities say they revoked."""

from datetime import datetime
from uuid import UUID

import msgspec

from backend.kernel import Paged, Query, Statement
from modules.documents.model.trusting import Action, Tree, TrustChange

PROPOSE = Statement(
    """
    insert into documents.trust_change (
        id, action, tree, certificates, since, until, crl_url, reason, proposed_by, proposed_at
    )
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
    """
)

HISTORY = Paged(
    TrustChange,
    """
    select change.id, change.action, change.tree,
           array(select encode(sha256(each), 'hex')
                   from unnest(change.certificates) as each) as sha256,
           change.since, change.until, change.crl_url, change.reason,
           change.proposed_by, change.proposed_at,
           decision.accepted, decision.decided_by, decision.decided_at
      from documents.trust_change as change
      left join documents.trust_decision as decision on decision.change_id = change.id
     where {after}
     order by change.id desc
     limit {limit}
    """,
    by=("change.id",),
    descending="newest first",
)


class Proposed(msgspec.Struct, frozen=True, kw_only=True):
    """A proposal."""

    id: UUID
    action: Action
    tree: Tree
    certificates: tuple[bytes, ...]
    since: datetime
    until: datetime | None
    crl_url: str | None
    proposed_by: UUID


PROPOSED = Query(
    Proposed,
    """
    select id, action, tree, certificates, since, until, crl_url, proposed_by
      from documents.trust_change
     where id = $1
    """,
)

DECIDE = Statement(
    """
    insert into documents.trust_decision (change_id, accepted, decided_by, decided_at)
    values ($1, $2, $3, $4)
        on conflict (change_id) do nothing
    """
)

TRUST = Statement(
    """
    insert into documents.trust_anchor (sha256, der, tree, since, until, crl_url, change_id)
    values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (sha256) do update
       set tree = excluded.tree,
           since = excluded.since,
           until = excluded.until,
           crl_url = excluded.crl_url,
           change_id = excluded.change_id,
           below = null
    """
)

DISTRUST = Statement(
    """
    update documents.trust_anchor
       set until = least(until, $2), change_id = $3
     where sha256 = $1
    """
)

# Verdicts that rest on somebody whom we trust no more.
FORGET_KNOWN = Statement("delete from documents.issued_file")

# And those on documents that somebody has signed with a certificate of which we learn that now.
FORGET_KNOWN_OF = Statement(
    """
    delete from documents.issued_file as file
     using documents.revision
      join documents.signature on signature.document_id = revision.document_id
                              and signature.rev = revision.rev
     where file.sha256 = revision.pdf_sha256
       and signature.certificate = any($1::bytea[])
    """
)


class Issued(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate that somebody here signs with."""

    der: bytes


ISSUED_BY = Query(
    Issued,
    """
    select certificate.der
      from documents.certificate
      join documents.trust_anchor as anchor on anchor.der = certificate.above
     where anchor.sha256 = $1
     limit 100000
    """,
)


# Whoever it is below says for how long it counts: that is reckoned when it is asked for.
LEAD = Statement(
    """
    insert into documents.trust_anchor (
        sha256, der, tree, since, until, crl_url, change_id, below
    )
    select $1, $2, above.tree, above.since, above.until, $3, above.change_id, above.sha256
      from documents.trust_anchor as above
     where above.sha256 = $4
        on conflict (sha256) do nothing
    """
)


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """Where an authority stands."""

    tree: Tree


TREE = Query(Standing, "select tree from documents.trust_anchor where sha256 = $1")


class Listed(msgspec.Struct, frozen=True, kw_only=True):
    """An authority of the trust store, with what it says of its certificates."""

    sha256: bytes
    der: bytes
    tree: Tree
    since: datetime
    until: datetime | None
    crl_url: str | None
    next_update: datetime | None
    serials: tuple[str, ...] | None
    revoked_at: tuple[datetime, ...] | None
    below: bytes | None
    """Who leads to it, when no two people have entered it themselves."""


LISTED = Query(
    Listed,
    """
    select anchor.sha256, anchor.der, anchor.tree, anchor.since, anchor.until, anchor.crl_url,
           said.next_update, said.serials, said.revoked_at, anchor.below
      from documents.trust_anchor as anchor
      left join documents.foreign_list as said on said.anchor_sha256 = anchor.sha256
     order by anchor.sha256
     limit 1000
    """,
)


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """An authority, without what it says."""

    sha256: bytes
    der: bytes
    tree: Tree
    since: datetime
    until: datetime | None
    crl_url: str | None
    next_update: datetime | None
    below: bytes | None


LIST = Paged(
    Row,
    """
    select anchor.sha256, anchor.der, anchor.tree, anchor.since, anchor.until, anchor.crl_url,
           said.next_update, anchor.below
      from documents.trust_anchor as anchor
      left join documents.foreign_list as said on said.anchor_sha256 = anchor.sha256
     where {after}
     order by anchor.sha256
     limit {limit}
    """,
    by=("anchor.sha256",),
)


class Due(msgspec.Struct, frozen=True, kw_only=True):
    """An authority whose list is to be read again."""

    sha256: bytes
    der: bytes
    crl_url: str


DUE = Query(
    Due,
    """
    select anchor.sha256, anchor.der, anchor.crl_url
      from documents.trust_anchor as anchor
      left join documents.foreign_list as said on said.anchor_sha256 = anchor.sha256
     where anchor.crl_url is not null
       and (said.fetched_at is null or said.fetched_at < $1 or said.next_update < $2)
     order by said.fetched_at nulls first
     limit 20
    """,
)

# An older list does not take the place of a newer one, whoever plays it again.
KEEP = Statement(
    """
    insert into documents.foreign_list (
        anchor_sha256, this_update, next_update, fetched_at, serials, revoked_at, raw
    )
    values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (anchor_sha256) do update
       set this_update = excluded.this_update,
           next_update = excluded.next_update,
           fetched_at = excluded.fetched_at,
           serials = excluded.serials,
           revoked_at = excluded.revoked_at,
           raw = excluded.raw
     where foreign_list.this_update <= excluded.this_update
    """
)


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A list that still counts, as its authority has signed it."""

    der: bytes
    raw: bytes


HELD = Query(
    Held,
    """
    select anchor.der, said.raw
      from documents.trust_anchor as anchor
      join documents.foreign_list as said on said.anchor_sha256 = anchor.sha256
     where anchor.der = any($1::bytea[])
       and said.next_update > $2
       and said.raw is not null
     limit 1000
    """,
)
