"""`tinhs territory …`: building the shipped lists, and loading newer ones."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import click

from backend.kernel import Shell, Transaction
from modules.territory import facts, seed, seed_agencies
from modules.territory.model.boundaries import Extent
from modules.territory.model.datasets import Provenance
from modules.territory.model.lists import UnitList, breaches, joined
from modules.territory.model.tables import Unfit, rows_of, written
from modules.territory.model.units import Register
from modules.territory.service import boundaries, lists

_DATA: Final = Path(__file__).parent / "data"
_CHECKOUT: Final = _DATA.parents[2] / "pyproject.toml"
_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_DAY: Final = click.DateTime(formats=["%Y-%m-%d"])

Command = Callable[..., None]


def _provenance(day: str, what: str) -> Callable[[Command], Command]:
    """Add the options that say where a list comes from."""

    def add(command: Command) -> Command:
        for option in (
            click.option("--licence", required=True, help="Its licence, such as `MIT`."),
            click.option("--source", required=True, help="Who published it, and where."),
            click.option(day, "day", required=True, type=_DAY, help=what),
        ):
            command = option(command)
        return command

    return add


@click.command("build-seed")
@click.option("--province", default="38", show_default=True, help="Code of the province.")
@click.option("--all", "everything", is_flag=True, help="Every province, one after another.")
@click.option("--into", type=click.Path(path_type=Path), default=_DATA, help="Where to write.")
@click.option("--package", type=click.Path(exists=True, path_type=Path), help="Unpacked data.")
def build_seed(province: str, *, everything: bool, into: Path, package: Path | None) -> None:
    """Write the official lists anew from the published package, if every known fact holds."""
    if not _CHECKOUT.exists():
        raise click.UsageError("lists are built in a developer's checkout only")
    with TemporaryDirectory() as folder:
        source = seed.read(package or seed.fetch(Path(folder)))
    known = seed.provinces(source)
    codes = known if everything else [province]
    if not set(codes) <= set(known):
        raise click.BadParameter(f"there is no province {province}", param_hint="--province")
    converted = {code: seed.convert(source, code) for code in codes}
    _require_true(converted, is_country=everything)
    into.mkdir(parents=True, exist_ok=True)
    for code, new in converted.items():
        _write(into, code, new)
        click.echo(f"{code}: {len(new.entries)} units, {len(new.handovers)} handovers")


def _require_true(converted: dict[str, UnitList], *, is_country: bool) -> None:
    found = facts.national_differences([*converted.values()]) if is_country else []
    for code, new in converted.items():
        found += breaches(joined(Register(units=[], handovers=[]), new))
        if code == facts.PROVINCE:
            found += facts.differences(new)
    if found:
        raise click.ClickException("nothing was written, because\n" + "\n".join(found))


def _write(into: Path, code: str, new: UnitList) -> None:
    departments = into / f"{code}-departments.csv"
    known = (
        rows_of(seed_agencies.Department, departments.read_text("utf-8"), name=departments.name)
        if departments.exists()
        else []
    )
    agencies = seed_agencies.derive(new.entries, code, known)
    for name, rows in (
        (code, new.entries),
        (f"{code}-succession", new.handovers),
        (f"{code}-agencies", agencies),
        (f"{code}-competences", seed_agencies.competences(agencies)),
    ):
        (into / f"{name}.csv").write_text(written(rows), encoding="utf-8")


@click.command("import-units")
@click.argument("units", type=_FILE)
@click.argument("succession", type=_FILE)
@_provenance("--as-of", "The day whose state the list describes.")
@click.pass_obj
def import_units(
    shell: Shell, units: Path, succession: Path, day: datetime, source: str, licence: str
) -> None:
    """Lay a newer list over the units: new ones, ends, and what became of the ended ones."""
    texts = units.read_text("utf-8"), succession.read_text("utf-8")
    provenance = Provenance(as_of=day.date(), source=source, licence=licence)

    async def load(tx: Transaction) -> int:
        return await lists.load_units(tx, lists.unit_list(*texts), provenance)

    click.echo(f"units: {_loaded(shell, load)}")


@click.command("import-agencies")
@click.argument("agencies", type=_FILE)
@click.argument("identifiers", type=_FILE)
@click.argument("competences", type=_FILE)
@_provenance("--as-of", "The day whose state the list describes.")
@click.pass_obj
def import_agencies(
    shell: Shell,
    agencies: Path,
    identifiers: Path,
    competences: Path,
    day: datetime,
    source: str,
    licence: str,
) -> None:
    """Add or change agencies, what they are called elsewhere, and their competences."""
    texts = [path.read_text("utf-8") for path in (agencies, identifiers, competences)]
    provenance = Provenance(as_of=day.date(), source=source, licence=licence)

    async def load(tx: Transaction) -> int:
        return await lists.load_agencies(tx, lists.agency_list(*texts), provenance)

    click.echo(f"agencies: {_loaded(shell, load)}")


@click.command("import-boundaries")
@click.argument("geojson", type=_FILE)
@click.option("--code-property", required=True, help="The property that holds a commune's code.")
@click.option("--extents", type=_FILE, help="Sizes of provinces, as `data/extents.csv`.")
@_provenance("--valid-from", "The day from which these boundaries are right.")
@click.pass_obj
def import_boundaries(
    shell: Shell,
    geojson: Path,
    code_property: str,
    extents: Path | None,
    day: datetime,
    source: str,
    licence: str,
) -> None:
    """Take the boundaries of a province's communes, all of them or none."""
    provenance = Provenance(as_of=day.date(), source=source, licence=licence)
    text = geojson.read_bytes()
    sizes = (
        rows_of(Extent, extents.read_text("utf-8"), name=extents.name)
        if extents
        else lists.shipped_extents()
    )

    async def load(tx: Transaction) -> int:
        return await boundaries.load(tx, text, code_property, provenance, sizes)

    click.echo(f"communes: {_loaded(shell, load)}")


def _loaded(shell: Shell, load: Callable[[Transaction], Awaitable[int]]) -> int:
    async def work() -> int:
        async with shell() as place, place.transaction() as tx:
            return await load(tx)

    try:
        return asyncio.run(work())
    except Unfit as unfit:
        raise click.ClickException(f"nothing was loaded, because\n{unfit}") from unfit
