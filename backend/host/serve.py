"""Serve the application: granian takes the connections, and its workers run our code."""

import asyncio
import gc
import multiprocessing
import os
import shutil
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

from granian import Granian  # type: ignore[attr-defined] - which one it is depends on the build
from granian.constants import Interfaces, Loops
from granian.http import HTTP1Settings
from granian.log import LogLevels
from litestar import Litestar
from prometheus_client.multiprocess import mark_process_dead

from backend import kms
from backend.gateway import metrics
from backend.host.app import create_app
from backend.host.databases import fit_to_serve
from backend.host.installation import Installation, installation
from backend.host.keyring import fit_to_sign
from backend.local.leash import tie_to_parent

_HEADER_MILLISECONDS: Final = 5000
_STOP_SECONDS: Final = 10


def serve(installed: Installation, *, workers: int) -> None:
    """Take connections until a signal ends it. Raises `BadSettings` or `LocalProblem` at once."""
    ours = installed.ours
    installed.require_fit()
    installed.required("database_auth_url")
    asyncio.run(_fit(installed))
    # What is wrong with it is said here, once, and not by each worker.
    application = _application_of(installed)
    kms.close_all()
    # A full collection would look through 160,000 objects that live as long as the worker, while
    # every request waits: 60 ms and more. It would also copy each page that workers share.
    gc.collect()
    gc.freeze()
    server = Granian(
        "backend.host.serve",
        address=ours.host,
        port=ours.port,
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        workers=workers,
        websockets=False,
        http1_settings=HTTP1Settings(header_read_timeout=_HEADER_MILLISECONDS),
        log_level=LogLevels.warning,
        respawn_failed_workers=True,
        workers_kill_timeout=_STOP_SECONDS,
    )
    shared = os.environ.get(metrics.SHARED)
    if ours.metrics_port and shared is not None:
        metrics.listen(ours.metrics_port)
    try:
        server.serve(target_loader=_loader(application), wrap_loader=False)
    finally:
        if shared is not None:
            shutil.rmtree(shared, ignore_errors=True)


async def _fit(installed: Installation) -> None:
    await fit_to_serve(installed.required("database_url"), installed.modules)
    await fit_to_sign(installed)


def _loader(application: Litestar) -> Callable[[], Litestar]:
    """Return what hands a worker its application: a fork has ours already, and shares its memory.

    A worker that is started afresh, as on macOS, is given nothing that was built, and builds it.
    """
    parent = os.getpid()
    if multiprocessing.get_start_method() == "fork":
        return lambda: _in_worker(parent, application)
    return partial(_in_worker, parent)


def _in_worker(parent: int, application: Litestar | None = None) -> Litestar:
    """Return the application of a worker, which shall not outlive the one who started it."""
    for each in (signal.SIGINT, signal.SIGTERM):
        # A fork inherits handlers that tell the parent to stop; granian sets its own later.
        signal.signal(each, signal.SIG_DFL)
    tie_to_parent(signal.SIGTERM, parent)
    _forget_dead_workers()
    if application is None:
        application = _application_of(installation(os.environ))
        gc.collect()
        gc.freeze()
    return application


def _application_of(installed: Installation) -> Litestar:
    return create_app(installed.modules, installed.settings, secret=installed.secret())


def _forget_dead_workers() -> None:
    """Leave out of the figures what a worker had in hand when it was killed."""
    for figures in Path(os.environ.get(metrics.SHARED, os.devnull)).glob("gauge_live*_*.db"):
        pid = int(figures.stem.rpartition("_")[2])
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            mark_process_dead(pid)
