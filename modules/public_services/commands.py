"""`tinhs public-services …`: files and measurements from the shell."""

import asyncio
import hashlib
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Final

import click
import msgspec

from backend.kernel import Shell
from modules.public_services.model import evaluation
from modules.public_services.model.engine import Filters
from modules.public_services.model.imports import FindingRow, Import, Options
from modules.public_services.service import imports, indexing

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


@click.command("search-eval")
@click.argument("questions", type=_FILE)
@click.option("--fail-under", default="", help='Such as "R@5=.95,R@1=.75".')
@click.option("--worst", default=0, help="Show so many questions that were not answered in five.")
@click.pass_obj
def evaluate_search(shell: Shell, questions: Path, fail_under: str, worst: int) -> None:
    """Measure the search on JSON Lines of `{"query", "relevant": [codes], "kind"}`."""
    asked = msgspec.json.decode(
        b"[" + b",".join(questions.read_bytes().split(b"\n")).rstrip(b",") + b"]",
        type=list[evaluation.Asked],
    )

    async def work() -> list[evaluation.Result]:
        async with shell() as place, place.transaction() as tx:
            await indexing.rebuild(tx)
            engine = (await indexing.current(tx)).engine
        if engine is None:
            raise click.ClickException("there is no catalogue to search: tinhs seed")

        def search(text: str) -> tuple[list[str], bool]:
            found = engine.search(text, Filters())
            codes = [engine.index.documents[number].code for number, _ in found.ranked[:10]]
            return codes, found.answerable

        return evaluation.run(asked, search)

    results = asyncio.run(work())
    figures = evaluation.figures(results)
    click.echo(f"{'kind':<16}{'questions':>9}{'R@1':>7}{'R@5':>7}{'MRR@10':>8}")
    for row in figures:
        click.echo(
            f"{row.kind:<16}{row.questions:>9}{row.first:>7.3f}{row.among_five:>7.3f}"
            f"{row.reciprocal:>8.3f}"
        )
    known, outside = evaluation.rejected(results)
    click.echo(f"out of scope and known as such: {known} of {outside}")
    unanswered = [each for each in results if each.asked.relevant and (each.rank or 99) > 5]
    for each in unanswered[:worst]:
        click.echo(f"{each.rank or '-'}: {each.asked.query}")
    missed = evaluation.missed(fail_under, figures[0])
    if missed:
        raise click.ClickException("; ".join(missed))
