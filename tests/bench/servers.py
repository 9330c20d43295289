"""The servers under measurement, each with one worker on the same server software."""

import asyncio
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import asyncpg
import msgspec
from cryptography.hazmat.primitives import serialization

from backend.host.migrate import migrate
from backend.host.registry import discover
from backend.local.postgres import throwaway
from backend.local.roles import DatabaseUrls, ensure_roles
from tests.bench import province, rows
from tests.bench.caller import Device
from tests.bench.guests import installed
from tests.bench.processes import Server, free_port, parent_of, serving

ROOT: Final = Path(__file__).resolve().parents[2]
PEERS: Final = ROOT / ".venvs" / "bench" / "bin" / "python"
HOUSE: Final = "Tỉnh-S"
CROWDED: Final = "with 10 more modules, 500 more routes"
BARE: Final = "bare"
FASTAPI: Final = "FastAPI + SQLAlchemy"
DJANGO: Final = "Django + REST framework"

_POOL: Final = "10"
_AS_MANY_AS_CAN_BE: Final = "1000000"
"""What one citizen may report; it is counted all the same."""
_DATABASE: Final = "bench"


class World(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that a measurement needs: the servers, the database's process, the caller."""

    servers: Mapping[str, Server]
    postmaster: int
    devices: Mapping[str, Device]
    """A signed-in device for each house: a token is good for one address."""
    environment: Mapping[str, str]
    """What the first house was started with."""


@contextmanager
def world() -> Iterator[World]:
    """Start everything for a block: PostgreSQL as `make run` sets it, and every subject."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="tinhs-bench-")))
        guests = installed(folder / "guests", more=False)
        sys.path.insert(0, str(guests))
        # Durable as for a user; only the vacuum is kept from coming in the middle of a round.
        admin = stack.enter_context(throwaway(settings={"autovacuum": "off"}))
        urls, postmaster = asyncio.run(_database(admin))
        ports = {name: free_port() for name in (HOUSE, CROWDED, BARE, FASTAPI, DJANGO)}
        crowd = installed(folder / "crowd", more=True)
        ours = house(urls, folder, ports[HOUSE], guests)
        crowded = house(urls, folder, ports[CROWDED], crowd)
        devices = {name: Device(f"http://localhost:{ports[name]}") for name in (HOUSE, CROWDED)}
        bare = _bare(urls, devices[HOUSE])
        asyncio.run(province.fill(ours))
        servers: dict[str, Server] = {}
        for name, command, environment in (
            (HOUSE, TINHS, ours),
            (CROWDED, TINHS, crowded),
            (BARE, (*_asgi(sys.executable, _BARE, ports[BARE]), "--factory"), bare),
            (FASTAPI, _asgi(PEERS, "tests.bench.peers.fastapi_app:app", ports[FASTAPI]), bare),
            (DJANGO, _wsgi(PEERS, "tests.bench.peers.django_app:app", ports[DJANGO]), bare),
        ):
            log = folder / f"{name.partition(' ')[0]}.log"
            servers[name] = stack.enter_context(serving(command, ports[name], environment, log))
        yield World(servers=servers, postmaster=postmaster, devices=devices, environment=ours)


_BARE: Final = "tests.bench.bare:application"
TINHS: Final[Sequence[str | Path]] = (sys.executable, "-m", "backend", "serve")


def _asgi(python: str | Path, target: str, port: int) -> Sequence[str | Path]:
    more = ("--interface", "asgi", "--no-ws", "--loop", "uvloop", "--log-level", "warning")
    return (python, "-m", "granian", *more, "--port", str(port), target)


def _wsgi(python: str | Path, target: str, port: int) -> Sequence[str | Path]:
    # Eight threads gave Django its best figures, of 1, 2, 4 and 8.
    more = ("--interface", "wsgi", "--no-ws", "--blocking-threads", "8", "--log-level", "warning")
    return (python, "-m", "granian", *more, "--port", str(port), target)


async def _database(admin: str) -> tuple[DatabaseUrls, int]:
    urls = await ensure_roles(admin, _DATABASE)
    owner: Any = await asyncpg.connect(urls.owner)
    await migrate(owner, discover())
    await owner.close()
    mighty: Any = await asyncpg.connect(_as_admin(urls))
    await rows.fill(mighty)
    postmaster = parent_of(await mighty.fetchval("select pg_backend_pid()"))
    await mighty.close()
    return urls, postmaster


def _as_admin(urls: DatabaseUrls) -> str:
    """Return the address for those without a second wall: they log in past row-level security."""
    return urls.owner.replace("tinhs_owner", "postgres", 1)


def house(urls: DatabaseUrls, folder: Path, port: int, guests: Path) -> dict[str, str]:
    return {
        "PYTHONPATH": _path(guests),
        "TINHS_ENV": "dev",
        "TINHS_PORT": str(port),
        "TINHS_BASE_URL": f"http://localhost:{port}",
        "TINHS_DATA_DIR": str(folder),
        "TINHS_SECRET": "a secret that only this run knows",
        "TINHS_DATABASE_URL": urls.runtime,
        "TINHS_DATABASE_AUTH_URL": urls.auth,
        "TINHS_DATABASE_JOB_URL": urls.job,
        "TINHS_DATABASE_POOL": _POOL,
        "TINHS_FEEDBACK_ACCOUNT_HOURLY": _AS_MANY_AS_CAN_BE,
        "TINHS_FEEDBACK_ACCOUNT_DAILY": _AS_MANY_AS_CAN_BE,
        "TINHS_GUESTS": "*",
    }


def _bare(urls: DatabaseUrls, device: Device) -> dict[str, str]:
    private = serialization.load_pem_private_key(device.signer.pem(), password=None)
    pem = private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    plain = _as_admin(urls)
    return {
        "PYTHONPATH": str(ROOT),
        "BENCH_POOL": _POOL,
        "BENCH_PUBLIC_PEM": pem.decode(),
        "BENCH_RUNTIME_URL": urls.runtime,
        "BENCH_PLAIN_URL": plain,
        "BENCH_SQLALCHEMY_URL": plain.replace("postgresql:", "postgresql+asyncpg:", 1),
        "BENCH_SOCKETS": parse_qs(urlsplit(plain).query)["host"][0],
        "BENCH_DATABASE": _DATABASE,
    }


def _path(guests: Path) -> str:
    return os.pathsep.join((str(ROOT), str(guests)))
