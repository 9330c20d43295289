"""Keeping what a source tells. Time, then sequence, settles disorder: in the statements."""

from datetime import datetime
from uuid import UUID

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.public_services.model.deliveries import DeliveryReceipt, Head, Progress
from modules.public_services.model.dossiers import Status
from modules.public_services.repository.dossiers import Shown


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """The dossier that a statement wrote."""

    id: UUID
    procedure_code: str | None
    received_at: datetime | None
    due_source: str | None


class Noted(msgspec.Struct, frozen=True, kw_only=True):
    """The move that a statement wrote."""

    id: UUID


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """The dossier that a move is told of."""

    id: UUID
    status: Status


class Stored(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery that came before."""

    digest: bytes
    receipt: DeliveryReceipt


SIGN = Query(Shown, "select set_config('public_services.signed_source', $1, true) as shown")

WRITE = Query(
    Kept,
    """
    insert into public_services.dossier as kept (
           id, source, code, procedure_code, procedure_title, receiving_agency, resolving_agency,
           status, status_at, source_seq, submitted_at, received_at, first_due_at, due_at,
           finished_at, returned_at, owner_index, fee_due_vnd, told_at, synced_at, commune_code,
           due_source, demo)
    select $1, $2, $3, $4, $5, $6, $7, $8, $9::timestamptz, $10, $11, $12, $13::timestamptz,
           $13::timestamptz, $14, $15, $16, $17, $9::timestamptz, $18, $19,
           case when $13::timestamptz is not null then 'agency' end,
           exists (
               select from public_services.connector
                where connector.source = $2 and connector.simulation is not null
           )
        on conflict (source, code) do update
       set procedure_code = excluded.procedure_code,
           procedure_title = excluded.procedure_title,
           receiving_agency = excluded.receiving_agency,
           resolving_agency = excluded.resolving_agency,
           status = case when (excluded.status_at, excluded.source_seq)
                              >= (kept.status_at, kept.source_seq)
                         then excluded.status else kept.status end,
           status_at = case when (excluded.status_at, excluded.source_seq)
                                 >= (kept.status_at, kept.source_seq)
                                 and excluded.status <> kept.status
                            then excluded.status_at else kept.status_at end,
           source_seq = greatest(kept.source_seq, excluded.source_seq),
           submitted_at = coalesce(excluded.submitted_at, kept.submitted_at),
           received_at = coalesce(excluded.received_at, kept.received_at),
           first_due_at = coalesce(kept.first_due_at, excluded.first_due_at),
           due_at = coalesce(excluded.due_at, kept.due_at),
           finished_at = coalesce(excluded.finished_at, kept.finished_at),
           returned_at = coalesce(excluded.returned_at, kept.returned_at),
           owner_index = coalesce(excluded.owner_index, kept.owner_index),
           fee_due_vnd = excluded.fee_due_vnd,
           commune_code = coalesce(excluded.commune_code, kept.commune_code),
           due_source = coalesce(excluded.due_source, kept.due_source),
           told_at = excluded.told_at,
           synced_at = excluded.synced_at
     where excluded.told_at > kept.told_at
    returning id, procedure_code, received_at, due_source
    """,
)

# All digests of one dossier in one statement: what it is looked up by.
FACTORS = Statement("""
    insert into public_services.dossier_factor (tag, dossier_id)
    select tag, $2
      from unnest($1::bytea[]) as tag
        on conflict do nothing
""")

KNOWN = Query(
    Known,
    """
    select id, status
      from public_services.dossier
     where source = $1 and code = $2
       for update
    """,
)

ADD_EVENT = Query(
    Noted,
    """
    insert into public_services.dossier_event (
           id, dossier_id, source_event_id, occurred_at, source_seq, to_status, step_due_at)
    values ($1, $2, $3, $4, $5, $6, $7)
        on conflict (dossier_id, source_event_id) do nothing
    returning id
    """,
)

ADD_TEXT = Statement("""
    insert into public_services.dossier_event_text
           (event_id, dossier_id, department, content, reason)
    values ($1, $2, $3, $4, $5)
""")

MOVE = Query(
    Kept,
    """
    update public_services.dossier
       set status = $2::smallint,
           status_at = $3,
           source_seq = $4,
           synced_at = $5,
           finished_at = case when $2::smallint in (3, 7, 9) then $3 else finished_at end,
           returned_at = case when $2::smallint = 10 then $3 else returned_at end
     where id = $1 and (status_at, source_seq) < ($3, $4)
    returning id, procedure_code, received_at, due_source
    """,
)

# The first date is what was promised first, whoever counted it.
PROMISE = Statement("""
    update public_services.dossier
       set first_due_at = coalesce(first_due_at, $2), due_at = $3, due_source = 'computed'
     where id = $1 and due_source is distinct from 'agency'
""")

STORED = Query(
    Stored,
    """
    select digest, receipt
      from public_services.delivery
     where source = $1 and webhook_id = $2
    """,
)

STORE = Statement("""
    insert into public_services.delivery (source, webhook_id, digest, receipt, came_at)
    values ($1, $2, $3, $4, $5)
""")

HEARD = Statement("""
    insert into public_services.connector (source, last_ok_at)
    values ($1, $2)
        on conflict (source) do update
       set last_ok_at = excluded.last_ok_at,
           failures = 0,
           rest_until = null
""")

LOCK = Query(Shown, "select pg_advisory_xact_lock(hashtextextended($1, 0))::text as shown")


async def sign(tx: Transaction, source: str) -> None:
    """Let this transaction write what is the source's: its signature was good."""
    await tx.one(SIGN, source)


async def write(tx: Transaction, source: str, head: Head, owner_index: bytes | None) -> Kept | None:
    """Keep a dossier as it stands; None when that is older than what is known."""
    return await tx.maybe(
        WRITE,
        tx.new_id(),
        source,
        head.code,
        head.procedure_code,
        head.procedure_title,
        head.receiving_agency,
        head.resolving_agency,
        head.status,
        head.told_at,
        head.sequence,
        head.submitted_at,
        head.received_at,
        head.due_at,
        head.finished_at,
        head.returned_at,
        owner_index,
        head.fee_due_vnd,
        tx.now,
        head.commune_code,
    )


async def note_factors(tx: Transaction, dossier_id: UUID, tags: list[bytes]) -> None:
    await tx.run(FACTORS, tags, dossier_id)


async def known(tx: Transaction, source: str, code: str) -> Known | None:
    return await tx.maybe(KNOWN, source, code)


async def add(tx: Transaction, dossier_id: UUID, move: Progress) -> bool:
    """Keep a move and what was written about it, once; tell whether it is new."""
    kept = await tx.maybe(
        ADD_EVENT,
        tx.new_id(),
        dossier_id,
        move.id,
        move.occurred_at,
        move.sequence,
        move.status,
        move.step_due_at,
    )
    if kept is None:
        return False
    await tx.run(ADD_TEXT, kept.id, dossier_id, move.department, move.content, move.reason)
    return True


async def move(tx: Transaction, dossier_id: UUID, made: Progress) -> Kept | None:
    """Let the dossier follow; None when it has moved on since."""
    return await tx.maybe(MOVE, dossier_id, made.status, made.occurred_at, made.sequence, tx.now)


async def promise(tx: Transaction, dossier_id: UUID, first: datetime, due: datetime) -> None:
    """Date a dossier, unless its agency has."""
    await tx.run(PROMISE, dossier_id, first, due)


async def lock(tx: Transaction, source: str) -> None:
    """Let one delivery of a source go after another."""
    await tx.one(LOCK, source)


async def stored(snapshot: Snapshot, source: str, webhook_id: str) -> Stored | None:
    return await snapshot.maybe(STORED, source, webhook_id)


async def store(
    tx: Transaction, source: str, webhook_id: str, digest: bytes, receipt: DeliveryReceipt
) -> None:
    await tx.run(STORE, source, webhook_id, digest, msgspec.to_builtins(receipt), tx.now)


async def heard(tx: Transaction, source: str, at: datetime) -> None:
    """Note that the source is there."""
    await tx.run(HEARD, source, at)
