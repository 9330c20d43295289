"""`tinhs status export`: the status page for another host."""

import os
from pathlib import Path

import click

_ROOT = Path(__file__).resolve().parents[2]


@click.group()
def status() -> None:
    """What works here, for people elsewhere."""


@status.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
def export(folder: Path) -> None:
    """Write `/status` into FOLDER as files: a page in each language, its look, and JSON.

    Do it every minute, and let another host show the folder. When the house does not answer, the
    page says so, with the incidents that the folder knew of before; the verb then ends with 1.
    """
    from backend.host.home import surroundings
    from backend.host.installation import installation
    from backend.host.status_export import exported

    base_url = installation(surroundings(os.environ, _ROOT)).ours.base_url
    told, is_answered = exported(folder, base_url)
    if not is_answered:
        raise click.ClickException(f"{base_url} does not answer; {folder} says so")
    click.echo(f"{folder}: {len(told.incidents)} incidents of 90 days")
