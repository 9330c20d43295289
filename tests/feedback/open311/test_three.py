"""An Open311 client as it comes from PyPI, against a server that runs as it does anywhere."""

import json
import subprocess
import venv
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from backend.host.registry import discover
from backend.kernel import Module
from backend.kernel.database import Connection
from backend.local.roles import DatabaseUrls
from tests.feedback.staging import program_key
from tests.identity.test_node_clients import ROOT, running

CLIENT = Path(__file__).with_name("three_client.py")


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return discover(guests=())


@pytest.fixture(scope="module")
def three() -> Path:
    """A Python of its own with `three`; the first call makes it."""
    folder = ROOT / ".venvs" / "three-0.8.0"
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        venv.create(folder, with_pip=True, clear=True)
        command = [python, "-m", "pip", "install", "-q", "three==0.8.0"]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=300)
        if done.returncode:
            pytest.skip(f"pip could not install three 0.8.0: {done.stderr[-500:]}")
        (folder / "ready").touch()
    return python


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("house")


@pytest.fixture(scope="module")
def house(database: DatabaseUrls, folder: Path) -> Iterator[str]:
    with running(database, TINHS_DATA_DIR=str(folder)) as base_url:
        yield base_url


@pytest.fixture
async def key(connection: Connection, folder: Path) -> str:
    return await program_key(connection, folder)


async def test_three_makes_every_call_of_the_standard(
    three: Path, house: str, key: str, pothole: bytes, tmp_path: Path
) -> None:
    photo = tmp_path / "pothole.jpg"
    photo.write_bytes(pothole)
    endpoint = f"{house}/v1/feedback/open311/v2"

    done = subprocess.run(  # noqa: ASYNC221 - the house is in processes of its own
        [three, CLIENT, endpoint, key, photo],
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )

    assert done.returncode == 0, done.stderr[-2000:]
    said = json.loads(done.stdout)
    assert said["status"] == 200, said["posted"]
    (posted,) = said["posted"]
    assert posted["service_request_id"].startswith("PA-")
    assert {each["type"] for each in said["discovery"]["endpoints"]} == {"production", "test"}
    assert len(said["services"]) > 5
    assert said["found"] == said["of_code"] == []  # nobody has published anything yet
    for refused, status in (("wrong", 400), ("missing", 404), ("token", 404), ("definition", 404)):
        assert {each["code"] for each in said[refused]} == {status}, refused
