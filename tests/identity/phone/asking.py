"""What the tests of codes by phone ask for, and whom they find."""

from typing import Any
from uuid import UUID

import httpx

from backend.kernel.database import Connection
from tests.identity.phone_app import PhoneApp

ranges = iter(range(30_000, 99_999, 10))


async def ask(app: PhoneApp, phone: str) -> httpx.Response:
    return await app.submit("phone", phone=phone)


async def person_of(app: PhoneApp, tokens: dict[str, Any]) -> UUID:
    return UUID((await app.account(tokens["access_token"])).json()["person_id"])


async def seasoned(connection: Connection, person_id: UUID, ial: int) -> None:
    await connection.execute(
        "update identity.person set ial = $2, status = 'verified' where id = $1", person_id, ial
    )


def other_than(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"
