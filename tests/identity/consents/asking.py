"""What several files of these tests do: write a note, agree to its being read, look at it."""

from typing import Any
from uuid import UUID, uuid4

from backend.kernel.database import Connection
from backend.testing import Caller


async def note(connection: Connection, person_id: UUID | None) -> str:
    note_id = uuid4()
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    await connection.execute(
        "insert into clinic.note (id, person_id, body) values ($1, $2, 'ho')", note_id, person_id
    )
    return str(note_id)


async def give(caller: Caller, text_id: str, partner: Caller, **more: Any) -> Any:
    return await caller.post(
        "/v1/account/consents",
        json={"text_id": text_id, "recipient": partner.client_id, **more},
    )


async def seen(partner: Caller, note_id: str) -> list[int]:
    """Ask for a note in each of the ways there are: one by one, in a list, by a careless list."""
    one = await partner.get(f"/v1/clinic/notes/{note_id}")
    lists = [await partner.get(f"/v1/clinic/{path}") for path in ("notes", "forgotten")]
    return [
        one.status_code,
        *(sum(item["id"] == note_id for item in found.json()["items"]) for found in lists),
    ]
