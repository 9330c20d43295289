"""`tinhs privacy …`."""

import asyncio

import click

from backend.kernel import Shell
from backend.privacy import erasing


@click.command("replay-erasures")
@click.pass_obj
def replay(shell: Shell) -> None:
    """Erase again whom a restored backup has brought back, from the journal outside of it.

    The worker does the same within a minute; until it is done, no process is ready.
    """
    click.echo(f"{asyncio.run(_replay(shell))} erased again")


async def _replay(shell: Shell) -> int:
    async with shell() as place, place.transaction() as tx:
        return await erasing.replay(tx)
