"""How people want to be told, and where they are reached."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Query, Snapshot, Statement, Transaction
from modules.notifications.model.preferences import Device, DeviceKind, Preference, Reached

FIND: Final = Query(
    Preference,
    """
    select person_id, language, email, by_email, by_push, by_sms, quiet_at_night, muted
      from notifications.preference
     where person_id = $1
    """,
)

PUT: Final = Statement("""
    insert into notifications.preference (
        person_id, language, email, by_email, by_push, by_sms, quiet_at_night, muted)
    values ($1, $2, $3, $4, $5, $6, $7, $8)
        on conflict (person_id) do update
       set language = excluded.language, email = excluded.email, by_email = excluded.by_email,
           by_push = excluded.by_push, by_sms = excluded.by_sms,
           quiet_at_night = excluded.quiet_at_night, muted = excluded.muted
""")

DEVICES: Final = Query(
    Device,
    """
    select id, kind, created_at
      from notifications.device
     where person_id = $1
     order by id
     limit 100
    """,
)

REACHED: Final = Query(
    Reached,
    """
    select id, person_id, kind, subscription
      from notifications.device
     where person_id = $1
     order by id
     limit 100
    """,
)

REACHED_ONE: Final = Query(
    Reached, "select id, person_id, kind, subscription from notifications.device where id = $1"
)

ADD_DEVICE: Final = Query(
    Device,
    """
    insert into notifications.device (id, person_id, kind, digest, subscription, created_at)
    values ($1, $2, $3, $4, $5, $6)
        on conflict (person_id, digest) do update set subscription = excluded.subscription
    returning id, kind, created_at
    """,
)

REMOVE_DEVICE: Final = Statement(
    "delete from notifications.device where id = $1 and person_id = $2"
)


async def find(snapshot: Snapshot, person_id: UUID) -> Preference | None:
    return await snapshot.maybe(FIND, person_id)


async def put(tx: Transaction, preference: Preference) -> None:
    await tx.run(PUT, *msgspec.structs.astuple(preference))


async def devices(snapshot: Snapshot, person_id: UUID) -> Sequence[Device]:
    return await snapshot.all(DEVICES, person_id)


async def reached(snapshot: Snapshot, person_id: UUID) -> Sequence[Reached]:
    return await snapshot.all(REACHED, person_id)


async def device(snapshot: Snapshot, device_id: UUID) -> Reached | None:
    return await snapshot.maybe(REACHED_ONE, device_id)


async def add_device(
    tx: Transaction, person_id: UUID, kind: DeviceKind, digest: bytes, subscription: bytes
) -> Device:
    """Keep a device; one that is known keeps its id."""
    return await tx.one(ADD_DEVICE, tx.new_id(), person_id, kind, digest, subscription, tx.now)


async def remove_device(tx: Transaction, device_id: UUID, person_id: UUID) -> bool:
    return bool(await tx.run(REMOVE_DEVICE, device_id, person_id))
