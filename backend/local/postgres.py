"""A PostgreSQL that lives exactly as long as somebody uses it, and comes back when it is killed."""

import fcntl
import logging
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType
from typing import Final

from backend.local.cluster import Cluster
from backend.local.leash import leashed
from backend.local.problems import LocalProblem
from backend.local.residents import evict

_LOG: Final = logging.getLogger(__name__)

_SETTINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "listen_addresses": "",  # the socket in a folder of ours is the only door
        "max_connections": "100",
        "shared_buffers": "128MB",
        "jit": "off",  # compiling costs more than any statement of ours takes
        "log_min_messages": "warning",
        "log_error_verbosity": "terse",  # the details of a broken constraint hold people's values
    }
)

FAST: Final[Mapping[str, str]] = MappingProxyType(
    {
        "fsync": "off",
        "synchronous_commit": "off",
        "full_page_writes": "off",
        "autovacuum": "off",
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "max_wal_size": "256MB",
    }
)
"""For a server that is thrown away: it may lose everything when the power goes."""

_START_SECONDS: Final = 60.0
_LOOK_SECONDS: Final = 0.2
_PAUSE_SECONDS_MAX: Final = 5.0
_THROWAWAY: Final = "tinhs-postgres-"
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - folders in it are made by mkdtemp
_MEMORY_BYTES_MIN: Final = 2 << 30
_ABANDONED_SECONDS: Final = 600


class LocalPostgres:
    """A server with its files in `home`; use it as `with LocalPostgres(home) as url:`.

    The value is the administrator's address; `settings` are PostgreSQL's own, beside ours, and
    `patience_seconds` is how long a start may take, which with a log to replay may be hours.
    The first process to come owns the server and restarts it when it dies; others on the same
    `home` use it, and one of them starts it again when the owner goes, however it goes. Nothing
    keeps running after the last of them.
    """

    def __init__(
        self,
        home: Path,
        *,
        settings: Mapping[str, str] | None = None,
        patience_seconds: float = _START_SECONDS,
    ) -> None:
        self._cluster = Cluster(home)
        self._patience_seconds = patience_seconds
        self._settings = {**_SETTINGS, **(settings or {})}
        self._stopping = threading.Event()
        self._settled = threading.Event()
        self._problem: LocalProblem | None = None
        self._server: subprocess.Popen[bytes] | None = None
        self._keeper: threading.Thread | None = None

    @property
    def home(self) -> Path:
        """Where the files are: elsewhere than asked when the server's account cannot get there."""
        return self._cluster.home

    def __enter__(self) -> str:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> str:
        """Return the administrator's address of a server that answers. Raises `LocalProblem`."""
        self._cluster.claim()
        # A leash ends with the thread that put it on, so one thread does all the starting.
        self._keeper = threading.Thread(target=self._keep, name="postgres", daemon=True)
        self._keeper.start()
        try:
            settled = self._settled.wait(self._patience_seconds)
        except BaseException:
            self.stop()
            raise
        if self._problem is None and not settled:
            self._problem = LocalProblem(_did_not_start(self._cluster))
        if self._problem is not None:
            self.stop()
            raise self._problem
        return self._cluster.url

    def stop(self) -> None:
        """Stop the server if it is ours, and wait until it is gone."""
        self._stopping.set()
        if self._keeper is None:
            return
        for what in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
            if (server := self._server) is not None:
                server.send_signal(what)
            self._keeper.join(10)
            if not self._keeper.is_alive():
                break
        self._keeper = None

    def _keep(self) -> None:
        pause = _LOOK_SECONDS
        while not self._stopping.is_set():
            try:
                with _only_one(self._cluster) as is_owner:
                    if is_owner:
                        self._run_server()
                        pause = _LOOK_SECONDS
                    elif self._cluster.answers():
                        self._settled.set()
            except (LocalProblem, OSError) as error:
                if not self._settled.is_set():
                    self._problem = (
                        error if isinstance(error, LocalProblem) else LocalProblem(str(error))
                    )
                    self._settled.set()
                    return
                _LOG.error("PostgreSQL does not come back: %s", error)
                pause = min(pause * 2, _PAUSE_SECONDS_MAX)
            self._stopping.wait(pause)

    def _run_server(self) -> None:
        """Run one server from start to end. Raises `LocalProblem` when it does not come up."""
        cluster = self._cluster
        evict(cluster.pgdata)
        programs = cluster.programs()
        cluster.create(programs, synced=self._settings.get("fsync") != "off")
        cluster.forget_the_dead()
        server = self._server = self._spawn(programs)
        try:
            self._wait_until_ready(server)
            self._settled.set()
            code = server.wait()
        finally:
            self._server = None
        if not self._stopping.is_set():
            _LOG.warning("PostgreSQL ended with code %s; starting it again", code)

    def _spawn(self, programs: Path) -> "subprocess.Popen[bytes]":
        cluster = self._cluster
        command: list[str | Path] = [programs / "postgres", "-D", cluster.pgdata]
        command += ["-k", cluster.sockets]
        for name, value in self._settings.items():
            command += ["-c", f"{name}={value}"]
        if cluster.log.exists():
            cluster.log.replace(cluster.log.with_suffix(".log.1"))
        uid, gid = (cluster.account.uid, cluster.account.gid) if cluster.account else (-1, -1)
        with cluster.log.open("wb") as log:
            return subprocess.Popen(  # noqa: S603 - a program of PostgreSQL
                leashed(command, last_words=signal.SIGINT, uid=uid, gid=gid),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=cluster.home,
                start_new_session=True,  # Ctrl-C in a terminal is for us; we stop it in our order
            )

    def _wait_until_ready(self, server: "subprocess.Popen[bytes]") -> None:
        end = time.monotonic() + self._patience_seconds
        while not self._cluster.answers():
            if self._stopping.is_set():
                server.send_signal(signal.SIGINT)
            if server.poll() is not None or time.monotonic() > end:
                server.kill()
                server.wait()
                raise LocalProblem(_did_not_start(self._cluster))
            time.sleep(0.01)


@contextmanager
def _only_one(cluster: Cluster) -> Iterator[bool]:
    """Hold the lock of the owner for a block if nobody else does; tell whether we hold it.

    The kernel lets go of it when the process ends, however it ends.
    """
    try:
        lock = os.open(cluster.lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        if cluster.account is not None:
            os.fchown(lock, cluster.account.uid, cluster.account.gid)
    except PermissionError as error:
        raise LocalProblem(f"{cluster.lock} belongs to another account; remove it.") from error
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(lock)


def _did_not_start(cluster: Cluster) -> str:
    return f"PostgreSQL did not start; its log {cluster.log} ends so:\n{cluster.last_words()}"


@contextmanager
def throwaway(*, settings: Mapping[str, str] = FAST) -> Iterator[str]:
    """Run a server for a block, with nothing in it; the value is the administrator's address.

    Its files go when the block ends, or when the next one starts after this one was killed. Where
    nothing has to outlive the power they lie in memory, if there is much of it: on a disk to copy
    a database, which is a thousand small files, takes twenty times as long.
    """
    _sweep()
    is_lasting = settings.get("fsync") != "off"
    asked = Path(tempfile.mkdtemp(prefix=_THROWAWAY, dir=None if is_lasting else _memory()))
    server = LocalPostgres(asked, settings=settings)
    try:
        with server as url:
            yield url
    finally:
        shutil.rmtree(server.home, ignore_errors=True)
        if asked.is_symlink():
            asked.unlink()
        else:
            shutil.rmtree(asked, ignore_errors=True)


def _memory() -> Path | None:
    """Return a folder that lies in memory, where the machine has one with room."""
    try:
        has_room = shutil.disk_usage(_MEMORY).free >= _MEMORY_BYTES_MIN
    except OSError:
        return None
    return _MEMORY if has_room and os.access(_MEMORY, os.W_OK | os.X_OK) else None


def _sweep() -> None:
    """Remove what throwaway servers left whose owners were killed."""
    places = {Path(tempfile.gettempdir()), _MEMORY}
    for home in (home for place in places for home in place.glob(f"{_THROWAWAY}*")):
        try:
            made_at = home.lstat().st_mtime
        except FileNotFoundError:
            continue  # another run has just removed its own
        if home.is_symlink() or time.time() - made_at < _ABANDONED_SECONDS:
            continue  # perhaps it is only just being made
        try:
            lock = os.open(home / "owner.lock", os.O_RDONLY | os.O_NOFOLLOW)
        except OSError:
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(home, ignore_errors=True)
        except BlockingIOError:
            pass  # in use
        finally:
            os.close(lock)
