"""`tinhs audit …`."""

import asyncio
import sys

import click

from backend.audit import verifying
from backend.kernel import Shell


@click.command("verify")
@click.pass_obj
def verify(shell: Shell) -> None:
    """Find out whether anybody has edited, deleted, added or reordered looks at personal data.

    Compares every row with the tree, the checkpoints, their signatures and the witness's copies.
    Exit 0: nothing; 1: what was found.
    """
    report = asyncio.run(_verify(shell))
    for finding in report.findings:
        click.echo(finding)
    found = len(report.findings)
    click.echo(f"{report.looks} looks, {report.checkpoints} checkpoints, {found} findings")
    sys.exit(1 if found else 0)


async def _verify(shell: Shell) -> verifying.Report:
    async with shell() as place, place.transaction() as tx:
        return await verifying.verify(tx)
