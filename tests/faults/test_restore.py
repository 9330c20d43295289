"""R15, R22: the disk is lost, or somebody has deleted what they should not have."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
import msgspec
import pytest
from click.testing import CliRunner

from backend.host import restoring
from backend.host.backup_verbs import backups
from backend.host.databases import backups_of, local_home, server
from backend.host.home import at_home
from backend.host.installation import Installation, installation
from backend.host.keyring import as_sign_in
from backend.host.labour import opened
from backend.host.prepare import migrated
from backend.identity.minting import mint_citizen
from backend.local import LocalProblem
from backend.privacy import erasing
from backend.privacy.settings import Settings as Privacy

FIRST, SECOND, THIRD = range(100), range(100, 200), range(200, 300)


MEMORY = "/dev/shm"  # noqa: S108 - only somewhere to lie
ROOM = 2**31


def has_room() -> bool:
    """Tell whether these files can lie where writing them through to the disk costs nothing."""
    return Path(MEMORY).is_dir() and shutil.disk_usage(MEMORY).free > ROOM


class Place:
    """An installation with a server of its own and a folder for its backups."""

    def __init__(self, folder: Path) -> None:
        self.environment = at_home(
            {
                "TINHS_DATA_DIR": str(folder / "var"),
                "TINHS_BACKUP_DIR": str(folder / "backups"),
                "TINHS_PRIVACY_COOLING": "PT0S",
            },
            folder,
        )
        self.installed: Installation = installation(self.environment)

    async def run(self, statement: str, *values: Any) -> Any:
        with server(self.installed.ours) as found:
            connection = await asyncpg.connect(found.admin, database="tinhs")
            try:
                return await connection.fetchval(statement, *values)
            finally:
                await connection.close()

    async def write(self, numbers: range) -> None:
        await self.run(
            "insert into public.promise (number) select unnest($1::int[])", list(numbers)
        )

    async def rows(self) -> list[int]:
        return await self.run("select array_agg(number order by number) from public.promise")

    async def prepare(self) -> None:
        with server(self.installed.ours) as found:
            await migrated(self.installed, (await found.urls()).owner)
        await self.run("create table public.promise (number int primary key)")

    async def newcomer(self) -> UUID:
        async with as_sign_in(self.installed) as tx:
            return (await mint_citizen(tx, jkt="none", scopes=["identity:read"])).person_id

    async def erase(self, person: UUID) -> None:
        settings: Any = self.installed.settings[Privacy]
        async with opened(self.installed) as shop:
            async with shop.transaction() as tx:
                erasure = await erasing.ask(tx, person, settings)
            async with shop.transaction() as tx:
                await erasing.erase(tx, erasure.id)

    async def status_of(self, person: UUID) -> str:
        return await self.run("select status from identity.person where id = $1", person)


class Story(msgspec.Struct):
    """What happened, in order: one backup, and what was written before and after it."""

    place: Place
    person: UUID
    moment: datetime


@pytest.fixture(scope="module")
def story() -> Iterator[Story]:
    folder = Path(tempfile.mkdtemp(prefix="tinhs-restore-", dir=MEMORY if has_room() else None))
    folder.chmod(0o755)
    place = Place(folder)
    with server(place.installed.ours):
        asyncio.run(place.prepare())
        asyncio.run(place.write(FIRST))
        person = asyncio.run(place.newcomer())
        restoring.back_up(place.installed)
        asyncio.run(place.write(SECOND))
        moment = asyncio.run(place.run("select clock_timestamp()"))
        asyncio.run(place.write(THIRD))
        asyncio.run(place.erase(person))
    yield Story(place=place, person=person, moment=moment)
    shutil.rmtree(local_home(place.installed.ours.data_dir).resolve(), ignore_errors=True)
    shutil.rmtree(folder)


def test_a_moment_comes_back_row_by_row_and_without_whom_was_erased_since(story: Story) -> None:
    place = story.place

    with server(place.installed.ours):
        asyncio.run(place.run("truncate public.promise"))
        assert asyncio.run(place.rows()) is None
    done = restoring.restore(place.installed, story.moment, nullcontext())

    with server(place.installed.ours):
        assert asyncio.run(place.rows()) == [*FIRST, *SECOND]
        assert asyncio.run(place.status_of(story.person)) == "erased"
    assert done.erased_again == 1
    assert (done.former / "PG_VERSION").exists()


def test_without_the_journal_a_restore_would_bring_the_erased_back(story: Story) -> None:
    """The control of R22: the same backup, and nobody who replays what was erased since."""
    place = story.place
    kept = backups_of(place.installed.ours)
    assert kept is not None
    home = place.installed.ours.data_dir / "aside"

    with kept.recovered(kept.last_before(None), story.moment, home=home, goes_on=False) as admin:
        status = asyncio.run(status_at(admin, story.person))

    assert status == "unverified"


async def status_at(admin: str, person: UUID) -> str:
    connection = await asyncpg.connect(admin, database="tinhs")
    try:
        return await connection.fetchval("select status from identity.person where id = $1", person)
    finally:
        await connection.close()


def test_a_moment_that_no_log_reaches_is_refused_and_nothing_changes(story: Story) -> None:
    """The control of R15: without the pieces of the log the copy alone is not that moment."""
    place = story.place
    home = local_home(place.installed.ours.data_dir)
    before = sorted(home.glob("pgdata*"))
    with server(place.installed.ours):
        rows = asyncio.run(place.rows())

    with pytest.raises(LocalProblem, match="before configured recovery target was reached"):
        restoring.restore(place.installed, datetime.now(UTC) + timedelta(days=1), nullcontext())
    with pytest.raises(LocalProblem, match="tinhs backups"):
        restoring.restore(place.installed, story.moment - timedelta(days=1), nullcontext())

    assert sorted(home.glob("pgdata*")) == before
    with server(place.installed.ours):
        assert asyncio.run(place.rows()) == rows


def test_a_drill_counts_what_would_come_back_and_touches_nothing(story: Story) -> None:
    place = story.place
    with server(place.installed.ours):
        rows = asyncio.run(place.rows())

    drilled = restoring.drill(place.installed)

    assert drilled.rows["public"] >= len(FIRST)
    assert drilled.rows["territory"] > 1000
    with server(place.installed.ours):
        assert asyncio.run(place.rows()) == rows


def test_a_last_backup_of_yesterday_morning_is_told_by_an_exit(story: Story) -> None:
    place = story.place
    (base,) = (Path(place.environment["TINHS_BACKUP_DIR"]) / "base").iterdir()

    fresh = CliRunner().invoke(backups, env=place.environment)
    old = base.rename(base.with_name("20200101T000000.000000Z"))
    late = CliRunner().invoke(backups, env=place.environment)
    old.rename(base)

    assert (fresh.exit_code, late.exit_code) == (0, 1)
    assert "no backup of the last 26 hours" in late.output
