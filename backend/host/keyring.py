"""Reach the signing keys from the command line and at the start, as the sign-in role."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from backend.audit import sealing
from backend.host.app import now
from backend.host.databases import connected, database_of
from backend.host.installation import Installation
from backend.host.labour import opened
from backend.identity.keys import SEEN_BY_ALL, KeyRing
from backend.identity.people import epochs, turning
from backend.identity.repository import LIVING_KEYS
from backend.kernel import Principal, Snapshot, Transaction
from backend.kernel.database import prepare_connection
from backend.kms import KeyUnreachable, kms_of
from backend.local import LocalProblem


@asynccontextmanager
async def as_sign_in(installed: Installation) -> AsyncGenerator[Transaction]:
    """Lend a transaction of the sign-in role. Raises `BadSettings` without a database."""
    async with database_of(installed, "auth") as url, connected(url) as connection:
        await prepare_connection(connection)
        async with connection.transaction():
            await connection.execute("select set_config('tinhs.kind', 'job', true)")
            who = Principal(kind="job", client_id="identity")
            yield Transaction(connection, installed.house(), now(), who)


async def advanced(installed: Installation) -> str:
    """Let the next key sign ahead of the calendar; return which one does.

    Raises `LocalProblem` when it was published a moment ago, or `BadSettings` without a database.
    """
    ring = KeyRing(kms_of(Snapshot(None, installed.house(), now())))
    async with as_sign_in(installed) as tx:
        if not await ring.advance(tx):
            minutes = int(SEEN_BY_ALL.total_seconds() // 60)
            raise LocalProblem(
                f"The next key has not been published for {minutes} minutes: whoever keeps the"
                " list of keys\nwould refuse what it signs. Type this again later."
            )
    return f"{ring.signing()[0]} signs from now on; what was signed before stays good"


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


async def sealed_anew(installed: Installation) -> str:
    """Let a fresh key seal the access log; return it as those who check proofs need it."""
    async with opened(installed) as shop, shop.transaction() as tx:
        return await sealing.rotate(tx)


async def begun(installed: Installation) -> int:
    """Begin an epoch of the keys that wrap people's keys; return its number."""
    async with opened(installed) as shop, shop.transaction() as tx:
        return await epochs.begin(tx)


async def indexed_anew(installed: Installation, column: str) -> str:
    """Give a column another link to be indexed by. Raises `LocalProblem`."""
    async with opened(installed) as shop, shop.transaction() as tx:
        known = turning.columns(tx)
        try:
            link = await turning.begin(tx, column)
        except LookupError as error:
            raise LocalProblem(
                f"{column} is no column that numbers are indexed in, or its rows are still carried"
                f" over.\nColumns: {', '.join(known)}"
            ) from error
    return f"link {link} indexes {column} in a minute; the worker carries the rows over"


async def turned(installed: Installation) -> str:
    """Turn the secrets of some minutes."""
    async with opened(installed) as shop, shop.transaction() as tx:
        await turning.turn_brief(tx)
    return f"fresh in a minute: {', '.join(turning.BRIEF)}"


async def peppered(installed: Installation) -> str:
    """Derive the refresh tokens of new sessions with a fresh secret."""
    async with opened(installed) as shop, shop.transaction() as tx:
        await turning.add_pepper(tx)
    return "new sessions have a fresh pepper; the one before dies with the last of its own"


async def fit_to_sign(installed: Installation) -> None:
    """Make sure that this node can sign; raises `LocalProblem`. The first node makes the keys."""
    async with as_sign_in(installed) as tx:
        try:
            await KeyRing(kms_of(tx)).turn(tx)
        except KeyUnreachable as error:
            kids = [key.kid for key in await tx.all(LIVING_KEYS) if key.state == "current"]
            raise LocalProblem(
                f"This node cannot sign: {error}.\n"
                "Give it the keys of the other nodes, or of the backup. If this one is lost for"
                f" good, type: tinhs keys rotate --compromised {' '.join(kids)}"
            ) from error
        except OSError as error:
            raise LocalProblem(f"No key can be kept here: {error}") from error
