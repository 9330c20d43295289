"""What a worker does for the catalogue, outside anybody's request."""

from typing import Final
from uuid import UUID

import msgspec

from backend.kernel import Job, Transaction
from modules.public_services.service import imports


class ToRead(msgspec.Struct, frozen=True, kw_only=True):
    """A file that was brought."""

    import_id: UUID


async def _read(tx: Transaction, payload: ToRead) -> None:
    brought = await imports.read_import(tx, payload.import_id)
    if brought.state != "uploaded":
        return
    with await imports.unpacked(tx, brought.id) as file:
        await imports.validate(tx, brought, [(brought.file_name, file)])


READ_IMPORT: Final = Job(
    name="public_services.read-import", run=_read, payload=ToRead, seconds_max=600
)


async def read_later(tx: Transaction, import_id: UUID) -> None:
    """Have a file read once this transaction has committed."""
    await tx.enqueue(READ_IMPORT, ToRead(import_id=import_id))
