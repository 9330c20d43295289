"""What a server for real people does not have, and without what it does not start."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import httpx
import pytest

from backend.host.registry import discover
from backend.identity.dev_login import DEV_ROUTES
from backend.kernel import Module
from backend.local.roles import DatabaseUrls

from .serving import Served, environment, started

DEV_PATHS = sorted({path for route in DEV_ROUTES for path in route.paths})


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return discover()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The node's own: its keys are those that the database knows."""
    return tmp_path_factory.mktemp("node")


async def answers(served: Served) -> dict[str, tuple[int, int]]:
    """Return path → the status of a GET and of a POST."""
    found: dict[str, tuple[int, int]] = {}
    async with httpx.AsyncClient(base_url=served.url) as stranger:
        for path in DEV_PATHS:
            read = await stranger.get(path)
            sent = await stranger.post(path, json={"as": "citizen"})
            found[path] = read.status_code, sent.status_code
    served.process.terminate()
    await served.process.wait()
    return found


async def test_nobody_signs_in_as_a_demo_person_in_production(
    database: DatabaseUrls, folder: Path
) -> None:
    found = await answers(await started(database, folder, TINHS_ENV="prod"))

    assert found
    assert set(found.values()) == {(404, 404)}


async def test_a_developer_does(database: DatabaseUrls, folder: Path) -> None:
    found = await answers(await started(database, folder, TINHS_ENV="dev"))

    assert (404, 404) not in found.values()


async def test_without_its_keys_it_says_so_and_stays_away(
    database: DatabaseUrls, folder: Path
) -> None:
    served = await started(database, folder)
    served.process.terminate()
    await served.process.wait()
    keys = folder / "keys"
    for key in keys.glob("*.pem"):
        key.rename(folder / key.name)

    said = await last_words(database, folder)

    assert said.startswith("Error: This node cannot sign: ")
    assert "Traceback" not in said
    for key in folder.glob("*.pem"):
        key.rename(keys / key.name)


async def last_words(database: DatabaseUrls, folder: Path) -> str:
    """Return what `tinhs serve` says when it does not start."""
    process = await asyncio.create_subprocess_exec(
        *Served.COMMAND,
        env=environment(database, folder, port=1),
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(20):
        _, said = await process.communicate()
    assert process.returncode == 1
    return said.decode()
