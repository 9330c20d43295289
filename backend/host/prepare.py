"""Make a database ready for the processes that serve: schema, reference lists, demo data."""

import asyncpg

from backend.host.app import now
from backend.host.databases import database_of
from backend.host.installation import Installation
from backend.host.migrate import migrate
from backend.host.registry import is_ours
from backend.host.words import teach
from backend.kernel import Principal, Transaction
from backend.kernel.database import prepare_connection
from backend.local import LocalProblem


async def migrate_here(installed: Installation) -> list[str]:
    """Migrate the database that the settings name; return what was applied.

    Raises `LocalProblem`, `EditedMigration`, or `BadSettings` when they name none.
    """
    async with database_of(installed, "owner") as url:
        return await migrated(installed, url)


async def seed_here(installed: Installation) -> list[str]:
    """Write demo data; return the names of the modules that have some."""
    if installed.ours.env == "prod":
        raise LocalProblem("Demo data is for developers.\nType: TINHS_ENV=dev tinhs seed")
    async with database_of(installed, "job") as url:
        return await seeded(installed, url)


async def migrated(installed: Installation, owner: str) -> list[str]:
    """Bring the database at `owner` to the newest schema; return what was applied."""
    connection = await asyncpg.connect(owner)
    try:
        return await migrate(connection, installed.modules)
    finally:
        await connection.close()


async def seeded(installed: Installation, job: str) -> list[str]:
    """Let each module write its demo data, the house before the rest; return whose there is."""
    teach(installed.modules)  # what demo people read is written in their words
    house = installed.house()
    willing = [(module, module.seed) for module in installed.modules if module.seed is not None]
    willing.sort(key=lambda pair: (not is_ours(pair[0]), pair[0].name))
    connection = await asyncpg.connect(job)
    try:
        await prepare_connection(connection)
        for module, write in willing:
            who = Principal(kind="job", client_id=module.name)
            async with connection.transaction():
                await connection.execute("select set_config('tinhs.kind', 'job', true)")
                await write(Transaction(connection, house, now(), who))
    finally:
        await connection.close()
    return [module.name for module, _ in willing]
