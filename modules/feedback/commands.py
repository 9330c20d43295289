"""`tinhs feedback …`."""

import asyncio
import csv
import os
from collections.abc import Sequence
from pathlib import Path

import click
import msgspec

from backend.kernel import Shell
from modules.feedback.model.duplicates import (
    SHOWN_TO_CITIZENS,
    SHOWN_TO_STAFF,
    Pair,
    evaluated,
)
from modules.feedback.repository.manifest import Manifest, manifests
from modules.feedback.service import bulk, history


@click.command("verify-history")
@click.pass_obj
def verify_history(shell: Shell) -> None:
    """Recompute the history of every report, and name each event that was tampered with."""
    verdict = asyncio.run(_verified(shell))
    for breach in verdict.breaches:
        click.echo(f"{breach.code} event {breach.seq}: {breach.what} ({breach.report_id})")
    for day in verdict.days:
        click.echo(f"{day}: the manifest of that day is not as it was written")
    if verdict.breaches or verdict.days:
        raise click.ClickException(f"{len(verdict.breaches)} of {verdict.reports} reports")
    click.echo(f"the history of {verdict.reports} reports is as it was written")


async def _verified(shell: Shell) -> history.Verdict:
    async with shell() as place, place.transaction() as tx:
        return await history.verify(tx)


verify = click.Command(
    "verify",
    callback=verify_history.callback,
    help="Short for `verify-history`.",
)


@click.command("manifest")
@click.pass_obj
def print_manifest(shell: Shell) -> None:
    """Print the digest of each day's heads, to be kept where nobody of this house can change it."""
    for manifest in asyncio.run(_manifests(shell)):
        click.echo(f"{manifest.day} {manifest.reports} {manifest.digest.hex()}")


async def _manifests(shell: Shell) -> Sequence[Manifest]:
    async with shell() as place, place.transaction() as tx:
        return await manifests(tx)


@click.command("duplicates-eval")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def duplicates_eval(file: Path) -> None:
    """Hold the duplicate score against pairs that people have judged.

    FILE is CSV with a line for each pair: metres, days, same_category, text, other_text, duplicate.
    """
    with file.open(encoding="utf-8", newline="") as lines:
        pairs = [msgspec.convert(line, Pair, strict=False) for line in csv.DictReader(lines)]
    for name, threshold in (("citizens", SHOWN_TO_CITIZENS), ("staff", SHOWN_TO_STAFF)):
        found = evaluated(pairs, threshold)
        click.echo(
            f"{name} (score {threshold}): precision {found.precision:.2f}, "
            f"recall {found.recall:.2f}, {found.found} of {len(pairs)} pairs"
        )


@click.command("fill")
@click.argument("reports", type=click.IntRange(1, 20_000_000))
@click.pass_obj
def fill(shell: Shell, reports: int) -> None:
    """Write so many invented REPORTS into a developer's database, to measure with."""
    if os.environ.get("TINHS_ENV") in (None, "prod", "production"):
        raise click.ClickException("invented reports are for developers: TINHS_ENV=dev")
    asyncio.run(write_reports(shell, reports))
    click.echo(f"{reports} reports")


async def write_reports(shell: Shell, reports: int) -> None:
    """Write invented reports, 5,000 at a time; those that are there already stay."""
    async with shell() as place:
        for first in range(1, reports + 1, bulk.AT_ONCE):
            async with place.transaction() as tx:
                last = min(first + bulk.AT_ONCE - 1, reports)
                await bulk.write(tx, first, last, reports)
            async with place.transaction() as tx:
                await bulk.map_out(tx)
        async with place.transaction() as tx:
            await bulk.count(tx)
