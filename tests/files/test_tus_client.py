"""Uploads by a client that others wrote, against a house in processes of its own.

Apart from the other uploads: a worker of this house would take what their tests do themselves.
"""

import hashlib
import json
import secrets
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest

from backend.files.depot import _depot
from backend.files.settings import Settings
from backend.host.registry import discover
from backend.host.settings import Settings as House
from backend.kernel import Module
from backend.local.roles import DatabaseUrls
from tests.files.test_tus import HERE, PURPOSE, film
from tests.identity.test_node_clients import judges, running
from tests.installed import with_reports

pytestmark = with_reports

SCRIPTS = Path(__file__).parent / "node"


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return discover(guests=())


@pytest.fixture(scope="module")
def settings(settings: Mapping[Any, Any]) -> Mapping[Any, Any]:
    return {**settings, Settings: Settings()}


@pytest.fixture
def device() -> str:
    return secrets.token_urlsafe(32)


@pytest.fixture(scope="module")
def libraries() -> Path:
    return judges(SCRIPTS)


@pytest.fixture(scope="module")
def folder(settings: Mapping[Any, Any]) -> Path:
    """Where both houses on this database have their keys and files."""
    return settings[House].data_dir


@pytest.fixture(scope="module")
def house(libraries: Path, database: DatabaseUrls, folder: Path) -> Iterator[str]:
    with running(database, TINHS_DATA_DIR=str(folder)) as base_url:
        yield base_url


async def test_twenty_megabytes_come_through_six_cut_lines_byte_by_byte(
    libraries: Path, house: str, device: str, folder: Path, tmp_path: Path
) -> None:
    video = film(20_000_000)
    path = tmp_path / "video.mp4"
    path.write_bytes(video)

    done = subprocess.run(  # noqa: ASYNC221 - the house is in processes of its own
        ["node", "upload.mjs", f"{house}{HERE}", str(path), PURPOSE, device],
        cwd=libraries,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr + done.stdout
    said = json.loads(done.stdout)
    assert said["cuts"] == 6
    file_id = UUID(said["url"].rpartition("/")[2])
    until = time.monotonic() + 60
    stood: Any = {}
    while stood.get("state") != "ready" and time.monotonic() < until:
        headers = {"Tinhs-Device": device}
        stood = httpx.get(f"{house}{HERE}/{file_id}", headers=headers, timeout=60).json()  # noqa: ASYNC210
        time.sleep(0.2)  # noqa: ASYNC251 - the house is in processes of its own
    assert stood["state"] == "ready", stood
    stored = await _depot(Settings(), folder).get(file_id, "original")
    assert stored is not None
    assert hashlib.sha256(stored).digest() == hashlib.sha256(video).digest()
