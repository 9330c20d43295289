"""`tinhs search-eval …`: how good the search is, on questions with their answers."""

import asyncio
import hashlib
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from time import perf_counter
from typing import Final

import click
import msgspec

from backend.kernel import Shell
from modules.public_services.demo import SHIPPED, shipped_terms
from modules.public_services.model import evaluation
from modules.public_services.model.engine import Engine, Filters
from modules.public_services.model.evaluation import Asked, Report, Result
from modules.public_services.model.index import Document, Term, build, document_of
from modules.public_services.model.procedures import Record
from modules.public_services.model.reading import read
from modules.public_services.model.sheets import TABLES
from modules.public_services.repository import search as repository

_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
_PLACE: Final = click.Path(exists=True, path_type=Path)


class Material(msgspec.Struct, frozen=True, kw_only=True):
    """What is searched."""

    documents: Sequence[Document]
    terms: Sequence[Term]


@click.command("search-eval")
@click.argument("questions", type=_FILE)
@click.option(
    "--catalogue",
    type=_PLACE,
    help="A package, a CSV or a folder of them, searched with the terms that ship with the house;"
    " without it, the examples that ship with it.",
)
@click.option(
    "--in-force", is_flag=True, help="Search what is in force in the database, with its terms."
)
@click.option("--fail-under", default="", help='Such as "R@5=.95,R@1=.75".')
@click.option("--worst", default=0, help="Show so many questions that were not answered in five.")
@click.option("--json", "is_json", is_flag=True, help="Print the report as JSON.")
@click.pass_obj
def evaluate_search(
    shell: Shell,
    questions: Path,
    catalogue: Path | None,
    fail_under: str,
    worst: int,
    *,
    in_force: bool,
    is_json: bool,
) -> None:
    """Measure the search on JSON Lines of `{"query", "relevant": [codes], "kind"}`.

    An empty `relevant` says that no procedure answers: such a question should not be answerable.
    """
    material = asyncio.run(_in_force(shell)) if in_force else _read(catalogue or SHIPPED)
    if not material.documents:
        raise click.ClickException("there is no catalogue to search; type: tinhs seed")
    asked = _asked(questions)
    results, report = _measured(material, asked)
    click.echo(msgspec.json.encode(report) if is_json else _table(report))
    for each in evaluation.unanswered(results)[:worst]:
        click.echo(f"{each.rank or '-'}: {each.asked.query}", err=True)
    missed = evaluation.missed(fail_under, report.figures[0])
    if missed:
        raise click.ClickException("; ".join(missed))


def _asked(questions: Path) -> list[Asked]:
    lines = [line for line in questions.read_bytes().split(b"\n") if line.strip()]
    try:
        found = [msgspec.json.decode(line, type=Asked) for line in lines]
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise click.ClickException(f"{questions}: {error}") from error
    if not any(each.relevant for each in found):
        raise click.ClickException(f"{questions}: there is no question with an answer in it")
    return found


async def _in_force(shell: Shell) -> Material:
    async with shell() as place, place.transaction() as tx:
        documents = await repository.documents(tx, tx.today)
        return Material(documents=documents, terms=await repository.terms(tx))


def _read(catalogue: Path) -> Material:
    paths = [catalogue]
    if catalogue.is_dir():
        paths = [path for path in sorted(catalogue.glob("*.csv")) if path.stem in TABLES]
    with ExitStack() as files:
        named = [(path.name, files.enter_context(path.open("rb"))) for path in paths]
        records = [each for each in read(named) if isinstance(each, Record) and each.in_force]
    return Material(documents=[*map(document_of, records)], terms=shipped_terms())


def _measured(material: Material, asked: Sequence[Asked]) -> tuple[list[Result], Report]:
    engine = Engine(build(material.documents, material.terms), 0)
    seconds: list[float] = []

    def search(text: str) -> tuple[list[str], bool]:
        began = perf_counter()
        found = engine.search(text, Filters())
        seconds.append(perf_counter() - began)
        codes = [engine.index.documents[number].code for number, _ in found.ranked[:10]]
        return codes, found.answerable

    results = evaluation.run(asked, search)
    return results, evaluation.report(
        results, seconds, catalogue=_digest(material.documents), terms=_digest(material.terms)
    )


def _digest(content: object) -> str:
    return hashlib.sha256(msgspec.json.encode(content)).hexdigest()[:16]


def _table(report: Report) -> str:
    lines = [f"{'kind':<16}{'questions':>9}{'R@1':>7}{'R@5':>7}{'MRR@10':>8}"]
    lines += [
        f"{row.kind:<16}{row.questions:>9}{row.first:>7.3f}{row.among_five:>7.3f}"
        f"{row.reciprocal:>8.3f}"
        for row in report.figures
    ]
    lines += [
        f"out of scope and known as such: {report.rejected} of {report.out_of_scope}",
        f"milliseconds a question: p50 {report.p50_ms:.2f}, p95 {report.p95_ms:.2f}",
        f"catalogue {report.catalogue}, terms {report.terms}",
    ]
    return "\n".join(lines)
