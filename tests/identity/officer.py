"""An officer's browser, as the pages of the console see it."""

import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx

from backend.identity.minting import form_token
from backend.kernel.database import Connection
from backend.testing import Client
from tests.identity.authenticator import Authenticator
from tests.identity.test_passkeys import asked_by

OURS = {"Sec-Fetch-Site": "same-origin", "Origin": "null"}


class Browser:
    """An officer's browser with a key, which keeps one cookie."""

    def __init__(self, client: Client, key: Authenticator) -> None:
        self.client, self.key, self.cookie = client, key, ""

    async def look(self, path: str) -> httpx.Response:
        return self._kept(await self.client.get(path, headers=self._headers({})))

    async def submit(
        self, path: str, headers: dict[str, str] = OURS, **form: str
    ) -> httpx.Response:
        sent = self._headers(headers)
        return self._kept(await self.client.post(path, data=form, headers=sent))

    async def answer(self, path: str, **more: Any) -> httpx.Response:
        """Do what the page of that path asks for, with the key."""
        page = await self.look(path)
        assert page.status_code == 200, page.text
        asked = asked_by(page.text)
        told = self.key.make(asked) if "user" in asked else self.key.use(asked, **more)
        form = {"csrf": form_token(self.cookie)} if self.cookie else {}
        return await self.submit(path, credential=json.dumps(told), **form)

    def _headers(self, more: dict[str, str]) -> dict[str, str]:
        return {**more, "Cookie": f"__Host-console={self.cookie}"} if self.cookie else dict(more)

    def _kept(self, answer: httpx.Response) -> httpx.Response:
        told = answer.headers.get("set-cookie", "")
        if told.startswith("__Host-console="):
            self.cookie = told.partition(";")[0].partition("=")[2]
        return answer


Invite = Callable[..., Awaitable[str]]


async def holder_of(connection: Connection, key: Authenticator) -> UUID:
    """Return whose key it is, seen as the house itself does."""
    await connection.execute("select set_config('tinhs.kind', 'job', false)")
    return await connection.fetchval(
        "select staff_id from identity.passkey where credential_id = $1", key.id
    )
