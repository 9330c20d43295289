"""Real client libraries of Node, against a house that runs as it does for a developer."""

import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import jwt
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key

from backend.kernel.database import Connection
from backend.local.roles import DatabaseUrls

ROOT = Path(__file__).parents[2]
SCRIPTS = Path(__file__).parent / "node"
SECONDS = 60


def judges(source: Path = SCRIPTS) -> Path:
    """Return the folder in which the libraries of the lock lie; the first call installs them."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm were absent: no client library of Node was tried")
    lock = (source / "package-lock.json").read_bytes()
    scripts = sorted(source.glob("*.mjs"))
    text = lock + b"".join(script.read_bytes() for script in scripts)
    folder = ROOT / ".venvs" / f"node-{hashlib.sha256(text).hexdigest()[:16]}"
    if not (folder / "ready").exists():
        folder.mkdir(parents=True, exist_ok=True)
        for file in (source / "package.json", source / "package-lock.json", *scripts):
            shutil.copy(file, folder)
        shutil.copy(source / ".npmrc", folder)
        command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
        done = subprocess.run(
            command, cwd=folder, check=False, capture_output=True, text=True, timeout=300
        )
        if done.returncode:
            pytest.skip(f"npm could not install the client libraries: {done.stderr[-500:]}")
        (folder / "ready").touch()
    return folder


@pytest.fixture(scope="module")
def libraries() -> Path:
    return judges()


@pytest.fixture(scope="module")
def house(database: DatabaseUrls, libraries: Path) -> Iterator[str]:
    """A server and a worker as processes of their own; the address of the house."""
    with running(database) as base_url:
        yield base_url


@contextmanager
def running(database: DatabaseUrls, **settings: str) -> Iterator[str]:
    """Start the house on this database, with further settings; its address."""
    base_url = f"http://localhost:{free_port()}"
    with tempfile.TemporaryDirectory(prefix="tinhs-node-") as folder:
        environment = {
            **{name: text for name, text in os.environ.items() if not name.startswith("TINHS_")},
            "TINHS_ENV": "dev",
            "TINHS_PORT": base_url.rpartition(":")[2],
            "TINHS_BASE_URL": base_url,
            "TINHS_DATA_DIR": folder,
            "TINHS_SECRET": "a secret that every test may know",
            "TINHS_DATABASE_URL": database.runtime,
            "TINHS_DATABASE_AUTH_URL": database.auth,
            "TINHS_DATABASE_JOB_URL": database.job,
            "TINHS_IDENTITY_SMS_SENDERS": "file",
            **settings,
        }
        children = [
            started(["serve", "--workers", "2"], environment, Path(folder) / "serve.log"),
            started(["work", "run"], environment, Path(folder) / "work.log"),
        ]
        try:
            wait_for(base_url, children)
            yield base_url
        finally:
            for child in children:
                child.terminate()
            for child in children:
                child.wait(timeout=SECONDS)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def started(arguments: list[str], environment: Mapping[str, str], log: Path) -> Any:
    with log.open("wb") as out:
        return subprocess.Popen(
            [sys.executable, "-m", "backend", *arguments],
            cwd=ROOT,
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )


def wait_for(base_url: str, children: list[Any]) -> None:
    end = time.monotonic() + SECONDS
    with httpx.Client() as client:
        while time.monotonic() < end:
            assert all(child.poll() is None for child in children), "a process has ended"
            try:
                if client.get(f"{base_url}/readyz").status_code == 200:
                    return
            except httpx.HTTPError:
                pass
            time.sleep(0.1)
    raise AssertionError("the house did not start")


@pytest.fixture
async def partner(connection: Connection) -> tuple[str, str]:
    """A registered partner: its id, and its private key as a JWK."""
    client_id = f"partner-{uuid4().hex[:8]}"
    private = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(generate_private_key(SECP256R1())))
    public = {name: text for name, text in private.items() if name != "d"}
    await connection.execute(
        """
        insert into identity.client (id, kind, name, auth_method, scopes, jwks)
        values ($1, 'partner', 'Đối tác', 'private_key_jwt', '{*}', $2)
        """,
        client_id,
        {"keys": [public]},
    )
    return client_id, msgspec.json.encode(private).decode()


@pytest.mark.parametrize(
    ("script", "phone"),
    [("oauth4webapi.mjs", "+84912000001"), ("openid-client.mjs", "+84912110001")],
)
async def test_a_library_of_node_goes_the_whole_way(
    libraries: Path, house: str, partner: tuple[str, str], script: str, phone: str
) -> None:
    client_id, jwk = partner

    done = subprocess.run(  # noqa: ASYNC221 - the house is in processes of its own
        ["node", script, house, phone, client_id, jwk],
        cwd=libraries,
        check=False,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )

    assert done.returncode == 0, done.stderr + done.stdout
    assert "everything went as it should" in done.stdout
