"""Reach the signing keys from the command line, as the sign-in role."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import asyncpg

from backend.host.app import now
from backend.host.databases import database_of
from backend.host.installation import Installation
from backend.identity.keys import KeyRing
from backend.kernel import Principal, Snapshot, Transaction
from backend.kernel.database import prepare_connection
from backend.kms import kms_of
from backend.local import LocalProblem


@asynccontextmanager
async def as_sign_in(installed: Installation) -> AsyncGenerator[Transaction]:
    """Lend a transaction of the sign-in role. Raises `BadSettings` without a database."""
    async with database_of(installed, "auth") as url:
        connection = await asyncpg.connect(url)
        try:
            await prepare_connection(connection)
            async with connection.transaction():
                await connection.execute("select set_config('tinhs.kind', 'job', true)")
                who = Principal(kind="job", client_id="identity")
                yield Transaction(connection, installed.house(), now(), who)
        finally:
            await connection.close()


async def dropped(installed: Installation, kid: str) -> str:
    """Let a key die at once; return what signs now.

    Raises `LocalProblem` when there is no such key, or `BadSettings` without a database.
    """
    ring = KeyRing(kms_of(Snapshot(None, installed.house(), now())))
    async with as_sign_in(installed) as tx:
        if not await ring.drop(tx, kid):
            raise LocalProblem(
                f"No living key is called {kid}.\n"
                f"Type: curl -s {installed.ours.base_url}/oauth/jwks"
            )
    return f"{kid} is dead; {ring.signing()[0]} signs from now on"
