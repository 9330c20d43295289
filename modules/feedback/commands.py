"""`tinhs feedback …`."""

import click

from backend.kernel import Shell
from modules.feedback.service import history


@click.command("verify-history")
@click.pass_obj
def verify_history(shell: Shell) -> None:
    """Recompute the history of every report, and name each event that was tampered with."""
    verdict = shell.run(history.verify)
    for breach in verdict.breaches:
        click.echo(f"{breach.code} event {breach.seq}: {breach.what} ({breach.report_id})")
    if verdict.breaches:
        raise click.ClickException(f"{len(verdict.breaches)} of {verdict.reports} reports")
    click.echo(f"{verdict.events} events of {verdict.reports} reports are as they were written")
