"""`tinhs public-services import …`: a catalogue from the shell."""

import asyncio
import hashlib
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Final

import click

from backend.kernel import Shell
from modules.public_services.model.imports import FindingRow, Import, Options
from modules.public_services.service import imports

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_SHOWN_MAX: Final = 100


class _Refused(Exception):
    """What was read is not applied, so that nothing of it stays."""


@click.command("import")
@click.argument("files", type=_FILE, nargs=-1, required=True)
@click.option("--effective-on", "day", required=True, type=click.DateTime(formats=["%Y-%m-%d"]))
@click.option("--decision", required=True, help="Number of the decision that publishes it.")
@click.option("--agency", required=True, help="Who published it.")
@click.option("--complete", is_flag=True, help="Abolish what the files lack.")
@click.option("--correction", is_flag=True, help="Correct what this decision published before.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.pass_obj
def import_procedures(
    shell: Shell,
    files: tuple[Path, ...],
    day: datetime,
    decision: str,
    agency: str,
    *,
    complete: bool,
    correction: bool,
    dry_run: bool,
) -> None:
    """Read files of procedures and apply them as a whole: one fault, and nothing has changed."""
    options = Options(
        effective_on=day.date(),
        decision=decision,
        agency=agency,
        complete=complete,
        correction=correction,
    )

    async def work() -> Import:
        async with shell() as place, place.transaction() as tx:
            with ExitStack() as open_files:
                named = [(path.name, open_files.enter_context(path.open("rb"))) for path in files]
                digest = hashlib.sha256()
                for _, file in named:
                    digest.update(hashlib.file_digest(file, "sha256").digest())
                    file.seek(0)
                brought = await imports.enter(tx, options, files[0].name, digest.hexdigest())
                read = await imports.validate(tx, brought, named)
            for finding in await imports.first_findings(tx, read.id, _SHOWN_MAX):
                click.echo(_told(finding), err=True)
            counts = await imports.counts(tx, read.id)
            click.echo(" ".join(f"{each.change}={each.count}" for each in counts) or "nothing")
            if read.errors:
                raise _Refused(f"nothing was imported: {read.errors} errors")
            if dry_run:
                raise _Refused("")
            return await imports.apply(tx, read.id, ())

    try:
        asyncio.run(work())
    except _Refused as refused:
        if str(refused):
            raise click.ClickException(str(refused)) from refused


def _told(row: FindingRow) -> str:
    where = ":".join(part for part in (row.file, row.place, row.column_name) if part)
    return f"{row.severity} {where}: {row.code} {imports.view(row).text} {row.value!r}"
