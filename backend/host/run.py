"""`tinhs run`: everything on this machine, from an empty folder to a served page."""

import asyncio
import os
import shutil
import signal
import socket
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Final

from backend.host.children import Child
from backend.host.databases import Server, local_home, server
from backend.host.home import furnished
from backend.host.installation import Installation, installation
from backend.host.panel import panel
from backend.host.prepare import migrated, seeded
from backend.host.running import erase_note, is_noted, locked, note
from backend.host.settings import Settings
from backend.local import DatabaseUrls, LocalProblem
from backend.local.cluster import Cluster
from backend.local.leash import tie_to_parent

_READY_SECONDS: Final = 60
_STOP_SECONDS: Final = 15
_LEFTOVER_SECONDS: Final = 15
_SERVERS_MAX: Final = 2


def run_here(
    environment: Mapping[str, str], root: Path, *, workers: int | None, with_parent: bool
) -> None:
    """Run until Ctrl-C or a signal; raises `LocalProblem`, `BrokenModules`, `BadSettings`."""
    began = time.monotonic()
    if with_parent:
        tie_to_parent(signal.SIGTERM, os.getppid())
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if each is not signal.SIGHUP or signal.getsignal(each) is not signal.SIG_IGN:  # nohup
            signal.signal(each, _leave)
    complete = furnished(environment, root)
    installed = installation(complete)
    ours = installed.ours
    with suppress(KeyboardInterrupt), _only_run(ours, environment), server(ours) as found:
        urls = asyncio.run(_prepared(installed, found))
        children = _children(ours, _told(complete, urls), workers)
        with _running(children):
            _wait_until_ready(ours, children)
            seconds = time.monotonic() - began
            sys.stdout.write(panel(installed, environment, seconds=seconds))
            sys.stdout.flush()
            while True:
                time.sleep(0.2)
                for child in children:
                    child.tend()


def forget(environment: Mapping[str, str], root: Path) -> str:
    """Remove what runs from this folder have kept; say so. Raises `LocalProblem` during one."""
    data_dir = installation(furnished(environment, root)).ours.data_dir
    if not data_dir.exists():
        return f"{data_dir} is not there"
    with locked(data_dir):
        shutil.rmtree(Cluster(local_home(data_dir)).home, ignore_errors=True)
        shutil.rmtree(data_dir)
    return f"{data_dir} is gone"


def _leave(*_: Any) -> None:
    raise KeyboardInterrupt


@contextmanager
def _only_run(ours: Settings, environment: Mapping[str, str]) -> Iterator[None]:
    """Hold this installation's folder and port; raises `LocalProblem` when others do."""
    with locked(ours.data_dir) as lock:
        end = time.monotonic() + (_LEFTOVER_SECONDS if is_noted(lock) else 0)
        while not _is_free(ours.host, ours.port):
            # Those whom a killed run had started are still on their way out.
            if time.monotonic() > end:
                raise LocalProblem(
                    f"Port {ours.port} is taken by another program.\n"
                    f"Type: TINHS_PORT={ours.port + 1} make run"
                )
            time.sleep(0.1)
        note(lock, environment)
        try:
            yield
        finally:
            erase_note(lock)


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


async def _prepared(installed: Installation, found: Server) -> DatabaseUrls:
    urls = await found.urls()
    await migrated(installed, urls.owner)
    if installed.ours.env == "dev":
        await seeded(installed, urls.job)
    return urls


def _told(environment: Mapping[str, str], urls: DatabaseUrls) -> dict[str, str]:
    """Return the environment of the processes that serve: they never see the owner's address."""
    return {
        **environment,
        "TINHS_DATABASE_URL": urls.runtime,
        "TINHS_DATABASE_AUTH_URL": urls.auth,
        "TINHS_DATABASE_JOB_URL": urls.job,
    }


def _children(
    ours: Settings, environment: Mapping[str, str], workers: int | None
) -> tuple[Child, ...]:
    servers = workers or min(_SERVERS_MAX, os.cpu_count() or 1)
    logs = ours.data_dir / "log"
    logs.mkdir(exist_ok=True)
    tinhs = [sys.executable, "-m", "backend"]
    serve, work = [*tinhs, "serve", "--workers", str(servers)], [*tinhs, "work", "run"]
    return (
        Child("serve", serve, environment, logs / "serve.log"),
        Child("work", work, environment, logs / "work.log"),
    )


@contextmanager
def _running(children: tuple[Child, ...]) -> Iterator[None]:
    try:
        for child in children:
            child.start()
        yield
    finally:
        for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(each, signal.SIG_IGN)  # we are leaving, and do it once
        for child in children:
            child.ask_to_stop()
        end = time.monotonic() + _STOP_SECONDS
        for child in children:
            child.stop(patience_seconds=max(0, end - time.monotonic()))


def _wait_until_ready(ours: Settings, children: tuple[Child, ...]) -> None:
    end = time.monotonic() + _READY_SECONDS
    while not _answers(ours.host, ours.port):
        for child in children:
            if not child.is_running or time.monotonic() > end:
                raise LocalProblem(
                    f"`tinhs {child.name}` did not start; {child.log} ends so:\n"
                    f"{child.last_words()}"
                )
        time.sleep(0.05)


def _answers(host: str, port: int) -> bool:
    near = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared only
    connection = HTTPConnection(near, port, timeout=1)
    try:
        connection.request("GET", "/startupz")
        return connection.getresponse().status < 500
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
