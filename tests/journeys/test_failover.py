"""The primary stops, a standby is promoted: writes come back by themselves, and none is lost."""

import asyncio
import shutil
import subprocess
import tempfile
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar
from uuid import UUID

import asyncpg
import msgspec
import pytest
import pytest_asyncio
from litestar import post

from backend.host.migrate import migrate
from backend.host.registry import discover
from backend.kernel import Injected, Module, Scope, Transaction, everything, requires
from backend.kernel.hosts import ServerAway, connect
from backend.kernel.pool import PoolExhausted
from backend.local import FAST, LocalPostgres, ensure_roles
from backend.local.cluster import Cluster
from backend.local.roles import DatabaseUrls
from backend.testing import Caller, Client
from contracts.event import Event
from contracts.status import Status

WRITE = Scope(name="ledger:write", rule=everything())
FOLLOWED = {**FAST, "wal_level": "replica", "max_wal_senders": "4", "full_page_writes": "on"}
SECONDS = 30


class Written(Event, frozen=True, kw_only=True, tag="ledger.written.v1"):
    """Something was written down."""

    about: ClassVar[str] = "line_id"
    line_id: UUID


class Line(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID


@post("/lines", guards=[requires(WRITE)])
async def write(tx: Injected[Transaction]) -> Line:
    line_id = tx.new_id()
    await tx.publish(Written(line_id=line_id))
    return Line(id=line_id)


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return [*discover(), Module(name="ledger", scopes=(WRITE,), routes=(write,))]


class Standby:
    """A server that follows another until it is promoted."""

    def __init__(self, home: Path, primary: Cluster) -> None:
        self.cluster = Cluster(home)
        self.cluster.claim()
        self._data = str(self.cluster.pgdata)
        source = ["-h", str(primary.sockets), "-U", "postgres"]
        self._run("pg_basebackup", "-D", self._data, "-R", "-c", "fast", "-X", "stream", *source)

    def start(self) -> None:
        options = f"-k {self.cluster.sockets} -c listen_addresses='' -c fsync=off"
        self._control("start", "-l", str(self.cluster.log), "-o", options)

    def promote(self) -> None:
        self._control("promote")

    def stop(self) -> None:
        self._control("stop", "-m", "immediate")

    def _control(self, *words: str) -> None:
        self._run("pg_ctl", "-D", self._data, "-w", *words)

    def _run(self, program: str, *words: str) -> None:
        account = self.cluster.account
        subprocess.run(
            [str(self.cluster.programs() / program), *words],
            cwd=self.cluster.home,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
            stdout=subprocess.DEVNULL,
            check=True,
            timeout=SECONDS,
        )


class Pair(msgspec.Struct):
    """Two servers, of which the second follows the first."""

    primary: LocalPostgres
    standby: Standby
    alone: str
    """The address of requests that names the first server, and no other."""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Where the servers' account can get to."""
    folder = Path(tempfile.mkdtemp(prefix="tinhs-pair-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pair(folder: Path, modules: Sequence[Module]) -> AsyncGenerator[Pair]:
    primary = LocalPostgres(folder / "a", settings=FOLLOWED)
    admin = primary.start()
    urls = await ensure_roles(admin, "tinhs")
    connection = await asyncpg.connect(urls.owner)
    await migrate(connection, modules)
    await connection.close()
    standby = Standby(folder / "b", Cluster(folder / "a"))
    standby.start()
    yield Pair(primary=primary, standby=standby, alone=urls.runtime)
    standby.stop()
    primary.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def database(pair: Pair) -> DatabaseUrls:
    """The addresses name both, and take whichever is the primary."""
    both = f"{Cluster(pair.primary.home).sockets},{pair.standby.cluster.sockets}"
    urls = await ensure_roles(f"postgresql://postgres@/postgres?host={both}", "tinhs")
    return msgspec.structs.replace(
        urls,
        **{
            name: f"{url}&target_session_attrs=primary"
            for name, url in msgspec.structs.asdict(urls).items()
        },
    )


async def reading(client: Client, state: str) -> Status:
    """Ask what works until reading does, or does not."""
    async with asyncio.timeout(SECONDS):
        while True:
            answer = await client.get("/status.json")
            assert answer.status_code == 200
            told = msgspec.json.decode(answer.content, type=Status)
            if {each.name: each.state for each in told.services}["reading"] == state:
                return told
            await asyncio.sleep(0.05)


async def tell_of_an_incident(database: DatabaseUrls) -> None:
    connection = await connect(database.owner)
    await connection.execute(
        """
        insert into kernel.incident (id, services, said_vi, said_en, began_at, told_by, told_at)
        values ($1, '{sending}', 'Bảo trì đêm nay', 'Maintenance tonight', $2, $1, $2)
        """,
        *(UUID(int=7), datetime(2126, 1, 1, tzinfo=UTC)),
    )
    await connection.close()


async def test_writes_come_back_by_themselves_and_none_is_lost(
    pair: Pair, database: DatabaseUrls, as_citizen: Callable[..., Caller], client: Client
) -> None:
    citizen = as_citizen(WRITE)
    await tell_of_an_incident(database)
    before = await reading(client, "works")
    told: list[str] = []
    statuses: list[int] = []

    async def go_on(number: int) -> None:
        """Send one line after another, each under its key until it is acknowledged."""
        for each in range(40):
            while True:
                answer = await citizen.post("/v1/ledger/lines", key=f"line {number} {each}")
                statuses.append(answer.status_code)
                if answer.status_code == 201:
                    told.append(answer.json()["id"])
                    break
                await asyncio.sleep(0.1)

    writing = asyncio.gather(*(go_on(number) for number in range(3)))
    while len(told) < 30:  # noqa: ASYNC110 - the writers are not to know of it
        await asyncio.sleep(0.01)
    await asyncio.to_thread(pair.primary.stop)
    while 503 not in statuses:  # noqa: ASYNC110 - the same
        await asyncio.sleep(0.01)
    at_promotion = len(told)
    away = await reading(client, "away")
    page = await client.get("/status", headers={"Accept-Language": "vi"})
    other = await client.get("/reports", headers={"Accept": "text/html", "Accept-Language": "vi"})
    await asyncio.to_thread(pair.standby.promote)
    async with asyncio.timeout(SECONDS):
        await writing
    back = await reading(client, "works")

    connection = await connect(database.owner)
    kept = await connection.fetch(
        "select subject from kernel.event where type = 'ledger.written.v1'"
    )
    await connection.close()
    assert [each.said_en for each in before.incidents] == ["Maintenance tonight"]
    assert away.incidents == before.incidents, "they are told from memory"
    assert {each.name: each.state for each in away.services}["pages"] == "works"
    assert (page.status_code, other.status_code) == (200, 503)
    assert "Bảo trì đêm nay" in page.text
    assert "Hệ thống tạm thời gián đoạn" in other.text
    assert {each.state for each in back.services} == {"works"}
    assert at_promotion < len(told) == 120
    assert set(statuses) == {201, 503}
    assert sorted(str(row["subject"]) for row in kept) == sorted(told)

    with pytest.raises((ServerAway, PoolExhausted)):  # the control: one host named is none left
        await connect(pair.alone)
