"""Whoever starts the house finds signed samples, and can check them without it."""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

from click.testing import CliRunner

from backend.testing import Clock
from backend.work import Workshop, drain
from modules.documents import demo
from modules.documents.commands import verify
from modules.labour_contracts.demo import seed as seed_contract


async def test_a_seeded_house_shows_a_signed_contract(
    shop: Workshop, data_dir: Path, clock: Clock, tick: Callable[..., Awaitable[None]]
) -> None:
    for seed in (demo.seed, seed_contract, seed_contract):
        async with shop.transaction() as tx:
            await seed(tx)

    await tick()
    clock.advance(seconds=10)
    await drain(shop)

    samples = data_dir / demo.FOLDER
    kit = str(samples / "kit.zip")
    assert sorted(path.name for path in samples.iterdir()) == [
        "kit.zip",
        "labour-contract.json",
        "labour-contract.pdf",
        "labour-contract.zip",
    ]
    said = CliRunner().invoke(verify, [str(samples / "labour-contract.zip"), "--kit", kit])
    assert json.loads(said.stdout)["signatures"][0]["signer"] == "Trần Thu Hà"
    assert (json.loads(said.stdout)["verdict"], said.exit_code) == ("VALID", 0)
