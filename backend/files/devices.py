"""Whose files these are when nobody is signed in: a device's, known by random bytes of its own."""

from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Query, Snapshot
from contracts.keys import SecretKeys

_KEY: Final = "files-devices"


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """What the policies read as `files.device()`."""

    id: str


SAY: Final = Query(Device, "select set_config('tinhs.device_id', $1, true) as id")


async def owner_of(snapshot: Snapshot, device: str) -> UUID:
    """Return the id of a device, and let the rest of the transaction see what is its own.

    A keyed digest: the bytes themselves are kept nowhere.
    """
    raw = snapshot.ask(SecretKeys).mac(_KEY, device.encode())[:16]
    device_id = UUID(bytes=raw)
    await snapshot.one(SAY, str(device_id))
    return device_id
