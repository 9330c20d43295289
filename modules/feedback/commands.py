"""`tinhs feedback …`."""

import asyncio

import click

from backend.kernel import Shell
from modules.feedback.service import history


@click.command("verify-history")
@click.pass_obj
def verify_history(shell: Shell) -> None:
    """Recompute the history of every report, and name each event that was tampered with."""
    verdict = asyncio.run(_verified(shell))
    for breach in verdict.breaches:
        click.echo(f"{breach.code} event {breach.seq}: {breach.what} ({breach.report_id})")
    if verdict.breaches:
        raise click.ClickException(f"{len(verdict.breaches)} of {verdict.reports} reports")
    click.echo(f"the history of {verdict.reports} reports is as it was written")


async def _verified(shell: Shell) -> history.Verdict:
    async with shell() as place, place.transaction() as tx:
        return await history.verify(tx)
