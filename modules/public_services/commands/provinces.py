"""`tinhs public-services import-province …`: what another province sets, as one table."""

import asyncio
from pathlib import Path
from typing import Final

import click

from backend.kernel import Shell
from modules.public_services.model.province_sheet import SheetFault, read_sheet
from modules.public_services.service import provinces

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_SHOWN_MAX: Final = 100


class _Refused(Exception):
    """What was read is not kept."""


@click.command("import-province")
@click.argument("file", type=_FILE)
@click.option("--province", required=True, help="Its code, two digits.")
@click.pass_obj
def import_province(shell: Shell, file: Path, province: str) -> None:
    """Read times, fees and offices of a province: one fault, and nothing has changed."""
    try:
        lines = file.read_text(encoding="utf-8-sig").splitlines(keepends=True)
    except UnicodeDecodeError as wrong:
        raise click.ClickException(f"{file.name}: not-utf8 at byte {wrong.start}") from wrong
    sheet = read_sheet(province, lines)

    async def work() -> None:
        async with shell() as place, place.transaction() as tx:
            faults = (*sheet.faults, *await provinces.bring(tx, province, sheet))
            for fault in faults[:_SHOWN_MAX]:
                click.echo(_told(file, fault), err=True)
            if faults:
                raise _Refused
            click.echo(f"procedures={len(sheet.profiles)} offices={len(sheet.offices)}")

    try:
        asyncio.run(work())
    except _Refused as refused:
        raise click.ClickException("nothing was imported") from refused


def _told(file: Path, fault: SheetFault) -> str:
    return ":".join(filter(None, (file.name, str(fault.row or ""), fault.column, fault.code)))
