"""Reach the signing keys from the command line, as the sign-in role."""

import asyncpg

from backend.host.app import now
from backend.host.databases import database_of
from backend.host.installation import Installation
from backend.identity.keys import KeyRing
from backend.kernel import Principal, Snapshot, Transaction
from backend.kernel.database import prepare_connection
from backend.kms import kms_of
from backend.local import LocalProblem


async def dropped(installed: Installation, kid: str) -> str:
    """Let a key die at once; return what signs now.

    Raises `LocalProblem` when there is no such key, or `BadSettings` without a database.
    """
    house = installed.house()
    ring = KeyRing(kms_of(Snapshot(None, house, now())))
    async with database_of(installed, "auth") as url:
        connection = await asyncpg.connect(url)
        try:
            await prepare_connection(connection)
            async with connection.transaction():
                who = Principal(kind="job", client_id="identity")
                tx = Transaction(connection, house, now(), who)
                if not await ring.drop(tx, kid):
                    raise LocalProblem(
                        f"No living key is called {kid}.\n"
                        f"Type: curl -s {installed.ours.base_url}/oauth/jwks"
                    )
        finally:
            await connection.close()
    return f"{kid} is dead; {ring.signing()[0]} signs from now on"
