"""A partner types what the page says, in the order of the page, and sees what it says."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final, NamedTuple, cast

import pytest
import pytest_asyncio

from backend.host.registry import discover, gather
from backend.kernel import House, Module, Transaction
from backend.local.roles import DatabaseUrls
from backend.testing import Clock
from backend.work import drain, open_workshop
from modules.documents import demo
from modules.health_books.demo import seed as seed_visit
from modules.labour_contracts.demo import seed as seed_contract
from modules.transcripts.demo import seed as seed_record
from tests.documents.conftest import JOBS
from tests.documents.judges import libraries_of_node
from tests.gateway.serving import Served, started
from tests.identity.test_node_clients import ROOT

PAGE: Final = ROOT / "docs" / "guide" / "verify-a-document.md"
_BLOCK: Final = re.compile(
    r"^```(?P<language>sh|python|js)\n(?P<text>.*?)^```\n(?:```text\n(?P<prints>.*?)^```\n)?",
    re.MULTILINE | re.DOTALL,
)


class Block(NamedTuple):
    """A block of the page, and what it prints."""

    language: str
    text: str
    prints: str


def blocks() -> list[Block]:
    """Return the blocks that say what they print, in the order of the page."""
    found = _BLOCK.finditer(PAGE.read_text(encoding="utf-8"))
    return [Block(each["language"], each["text"], each["prints"]) for each in found if each[3]]


@pytest.fixture(scope="module")
def modules() -> Sequence[Module]:
    return discover(guests=())


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(
    database: DatabaseUrls, modules: Sequence[Module], tmp_path_factory: pytest.TempPathFactory
) -> AsyncGenerator[tuple[Served, Path]]:
    """A house that serves, and the folder of a checkout in which it has left its samples."""
    folder = tmp_path_factory.mktemp("partner")
    (folder / "var").mkdir()
    served = await started(database, folder / "var", TINHS_MODULES="")
    await _show_samples(database, modules, served.url, folder / "var")
    yield served, folder
    served.process.terminate()
    await served.process.wait()


async def _show_samples(
    database: DatabaseUrls, modules: Sequence[Module], url: str, data_dir: Path
) -> None:
    clock = Clock()
    settings = {kind: kind() for each in modules if (kind := each.settings) is not None}
    rooms = House(providers=gather(modules, settings), base_url=url, data_dir=data_dir)
    shop = open_workshop(database.job, rooms, modules, concurrency=2, clock=clock)
    for seed in (demo.seed, *[seed_contract, seed_record, seed_visit] * 2):
        async with shop.transaction() as tx:
            await seed(tx)
    await drain(shop)
    for job in JOBS:
        async with shop.transaction() as tx:
            await cast("Callable[[Transaction], Awaitable[None]]", job.run)(tx)
    clock.advance(seconds=10)
    await drain(shop)
    await shop.pool.close()
    assert (data_dir / demo.FOLDER / "kit.zip").exists()


@pytest.mark.parametrize("language", ["sh", "python", "js"])
async def test_each_block_prints_what_the_page_says(
    house: tuple[Served, Path], language: str
) -> None:
    served, folder = house
    if language == "js":
        modules = folder / "node_modules"
        if not modules.is_symlink():
            modules.symlink_to(libraries_of_node() / "node_modules")
    elif language == "sh" and shutil.which("curl") is None:
        pytest.skip("curl is not installed: its blocks of the page were not tried")
    mine = [block for block in blocks() if block.language == language]
    assert len(mine) >= 2

    for number, block in enumerate(mine):
        said = _run(block, number, served.url, folder)
        assert said == block.prints, block.text


def _run(block: Block, number: int, url: str, folder: Path) -> str:
    name, program = {
        "sh": (f"block{number}.sh", "sh"),
        "python": (f"block{number}.py", sys.executable),
        "js": (f"block{number}.mjs", "node"),
    }[block.language]
    (folder / name).write_text(block.text.replace("http://localhost:8000", url), encoding="utf-8")
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    done = subprocess.run(
        [program, name],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
