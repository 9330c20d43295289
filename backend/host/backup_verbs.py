"""`tinhs backup`, `tinhs backups` and `tinhs restore`, for a server of our own."""

import os
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from backend.host.installation import Installation

_ROOT = Path(__file__).resolve().parents[2]


@click.command()
def backup() -> None:
    """Copy our own running database into TINHS_BACKUP_DIR; do it daily, from cron or a timer.

    The changes of each minute go there by themselves. Copies older than people were promised
    (TINHS_PRIVACY_BACKUP_WINDOW) are forgotten. Keys are backed up apart, to another place.
    """
    from backend.host.restoring import back_up

    click.echo(back_up(_installed()))


@click.command()
def backups() -> None:
    """List the backups; ends with 1 when the last one is older than 26 hours."""
    from backend.host.restoring import LATE, ages

    found = ages(_installed())
    for folder, age in found:
        click.echo(f"{folder}  {age.total_seconds() / 3600:.1f} h old")
    if not found or found[-1][1] > LATE:
        raise click.ClickException("there is no backup of the last 26 hours")


@click.command()
@click.option("--to", "moment", help="A moment, as 2026-11-21T18:00; Vietnam's time unless said.")
@click.option("--drill", "is_drill", is_flag=True, help="Try it in a folder of its own, and count.")
def restore(moment: str | None, *, is_drill: bool) -> None:
    """Bring our own database back as it was at a moment, or as it was last.

    Stop the house first. The former database stays beside the new one. Who was erased since is
    erased again, and the log of looks compared with its witness, before anything can start.
    """
    from backend.host import restoring
    from backend.host.running import locked

    installed = _installed()
    if is_drill:
        drilled = restoring.drill(installed)
        for schema, rows in sorted(drilled.rows.items()):
            click.echo(f"{schema:20} {rows:10} rows")
        hours = drilled.age.total_seconds() / 3600
        click.echo(f"from a backup {hours:.1f} h old, in {drilled.seconds:.1f} s")
        return
    to = _moment(moment) if moment else None
    done = restoring.restore(installed, to, locked(installed.ours.data_dir))
    click.echo(
        f"restored from the backup of {done.base:%Y-%m-%d %H:%M:%S} UTC\n"
        f"{done.migrations} migrations applied, {done.erased_again} people erased again,"
        f" {done.looks_lost} looks lost\n"
        f"the former database is in {done.former}\n"
        "Type: tinhs backup"
    )


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError as error:
        raise click.UsageError(f"{text} is no moment; 2026-11-21T18:00 is one") from error
    from backend.kernel import VIETNAM

    return found if found.tzinfo else found.replace(tzinfo=VIETNAM)


def _installed() -> "Installation":
    from backend.host.home import surroundings
    from backend.host.installation import installation

    return installation(surroundings(os.environ, _ROOT))
