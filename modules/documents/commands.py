"""`tinhs documents verify`: the verdict without the house, from a file and a kit."""

import sys
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final, NoReturn

import click
import msgspec

from modules.documents.model import kit as kits
from modules.documents.model import offline
from modules.documents.model.findings import Ruling

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_EXIT: Final[dict[Ruling, int]] = {"VALID": 0, "INDETERMINATE": 2}


@click.command("verify")
@click.argument("file", type=_FILE)
@click.option("--kit", "kit_file", type=_FILE, required=True, help="kit.zip, as published.")
@click.option("--pin", help="SHA-256 of the kit, learnt another way.")
def verify(file: Path, kit_file: Path, pin: str | None) -> None:
    """Say whether a bundle, a package, a PDF or the text of a printed code is genuine.

    Exit 0: valid, 1: not, 2: indeterminate, 3: wrong usage.
    """
    raw_kit = kit_file.read_bytes()
    try:
        kit = kits.unpacked(raw_kit)
    except kits.NotAKit:
        _refuse(f"{kit_file} is not a kit")
    if pin is not None and sha256(raw_kit).hexdigest() != pin.lower():
        _refuse(f"{kit_file} is not the kit that was pinned")
    now = datetime.now(UTC)  # allow: time_is_given, because no transaction is open offline
    verdict = offline.judged(file.read_bytes(), kit, now)
    click.echo(msgspec.json.format(msgspec.json.encode(verdict), indent=2).decode())
    sys.exit(_EXIT.get(verdict.verdict, 1))


def _refuse(why: str) -> NoReturn:
    click.echo(why, err=True)
    sys.exit(3)
