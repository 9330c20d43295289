"""R13: the disk fills up under a running house, and somebody makes room again."""

import asyncio
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest
import pytest_asyncio

from backend.host.call import DemoCaller, composed
from tests.installed import with_reports
from tests.journeys.phones import BODY, file_until_told, installed, own

pytestmark = with_reports

SIZE = "512m"
SECONDS = 90
WHO = "citizen"


@pytest.fixture(scope="module")
def disk() -> Iterator[Path]:
    """A small disk of its own."""
    if "FAULTS" not in os.environ:
        pytest.skip("a disk is filled by `make faults` alone")
    with tempfile.TemporaryDirectory(prefix="tinhs-disk-") as folder:
        Path(folder).chmod(0o755)
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SIZE},mode=755", "tmpfs", folder],
            capture_output=True,
            text=True,
            check=False,
        )
        if mounted.returncode != 0:
            pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)


def fill(disk: Path) -> Path:
    """Take what room there is, to the last byte."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as opened:
        block = bytes(2**20)
        while block:
            try:
                while opened.write(block):
                    pass
            except OSError:
                block = block[: len(block) // 2]
    return filler


async def is_ready(base_url: str, *, wanted: bool) -> None:
    """Wait until the house says that it is ready, or that it is not."""
    end = time.monotonic() + SECONDS
    async with httpx.AsyncClient(base_url=base_url, timeout=10) as client:
        while (await client.get("/readyz")).is_success is not wanted:
            assert time.monotonic() < end, (await client.get("/readyz")).text
            await asyncio.sleep(0.1)


class Story(msgspec.Struct):
    """What was seen of a house whose disk was full for a while."""

    told: list[str]
    refused: list[httpx.Response]
    alive: httpx.Response
    read: httpx.Response
    kept: list[str]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def story(disk: Path, tmp_path_factory: pytest.TempPathFactory) -> Story:
    phone = tmp_path_factory.mktemp("phone")  # which has room
    with installed(disk / "var") as (base_url, _):
        told = [await file_until_told(base_url, phone, WHO, each) for each in range(3)]
        filler = fill(disk)
        await is_ready(base_url, wanted=False)
        async with httpx.AsyncClient(base_url=base_url, timeout=10) as client:
            caller = DemoCaller(client, WHO, phone)
            alive = await client.get("/livez")
            read = await client.get("/v1/feedback/public/reports")
            refused = [
                await caller.send(composed("POST", "/v1/feedback/reports", body=BODY % each))
                for each in range(100, 130)
            ]
        filler.unlink()
        await is_ready(base_url, wanted=True)
        told.append(await file_until_told(base_url, phone, WHO, 4))
        kept = await own(base_url, phone, WHO)
    return Story(told=told, refused=refused, alive=alive, read=read, kept=kept)


async def test_nothing_is_lost_and_room_is_all_it_takes_to_be_well_again(story: Story) -> None:
    told = story.told + [each.json()["code"] for each in story.refused if each.status_code == 201]

    assert {each.status_code for each in story.refused} <= {201, 503}
    assert set(told) <= set(story.kept)


async def test_a_house_that_only_says_whether_it_lives_goes_on_saying_so(story: Story) -> None:
    """The control: processes and database answer, so nothing but looking at the disk tells."""
    assert story.alive.status_code == 200
    assert story.read.status_code == 200
    assert 503 in {each.status_code for each in story.refused}
