"""`tinhs simulate-dossiers`: a one-stop system that never was, with its bad days."""

import asyncio
from typing import Final, get_args

import click
import msgspec

from backend.kernel import Shell
from modules.public_services.errors import NotForPeople
from modules.public_services.service import playing

_FAULTS: Final = [fault for fault in get_args(playing.Fault) if fault]


@click.command("simulate-dossiers")
@click.option("--seed", default=38, show_default=True, help="Another number, another story.")
@click.option("--days", default=45, show_default=True, type=click.IntRange(1, 400))
@click.option("--fault", type=click.Choice(_FAULTS), help="What goes wrong on the way.")
@click.pass_obj
def simulate_dossiers(shell: Shell, seed: int, days: int, fault: playing.Fault | None) -> None:
    """Deliver the dossiers of the last days, signed, and leave the simulated system standing.

    With `--fault outage` it does not answer from now on; without a fault it answers again.
    """

    async def work() -> playing.Played:
        async with shell() as place, place.transaction() as tx:
            story = playing.story(seed, days, tx.now, fault or "")
            return await playing.play(tx, story, fault or "", tx.now)

    try:
        played = asyncio.run(work())
    except NotForPeople as refused:
        raise click.ClickException("simulated dossiers are not for production") from refused
    told = msgspec.to_builtins(played)
    click.echo(" ".join(f"{name}={count}" for name, count in told.items()))
