"""The module at the shell."""

from pathlib import Path

import msgspec
from click.testing import CliRunner

from backend.host.cli import main
from backend.testing import Client
from modules.public_services.commands.evaluation import evaluate_search
from modules.public_services.commands.imports import import_procedures
from tests.public_services.conftest import BIRTH, Invoke, package, raw

PUBLISHED = ("--effective-on", "2026-01-01", "--decision", "QĐ 1", "--agency", "Bộ")
ADDRESS = f"/v1/public-services/procedures/{BIRTH}"


async def test_one_fault_and_nothing_is_imported(
    client: Client, invoke: Invoke, tmp_path: Path
) -> None:
    file = tmp_path / "a.json"
    file.write_bytes(package(raw("1.000002"), raw("x")))

    done = await invoke(import_procedures, str(file), *PUBLISHED)

    assert done.exit_code == 1
    assert "a.json:/result/1/MaTTHC" in done.output
    assert "bad-code" in done.output
    missing = await client.get("/v1/public-services/procedures/1.000002")
    assert missing.status_code == 404


async def test_a_good_file_is_imported_searched_and_measured(
    client: Client, invoke: Invoke, tmp_path: Path
) -> None:
    file, questions = tmp_path / "a.json", tmp_path / "q.jsonl"
    file.write_bytes(package(raw()))
    questions.write_text(f'{{"query": "khai sinh", "relevant": ["{BIRTH}"], "kind": "keyword"}}\n')

    tried = await invoke(import_procedures, str(file), *PUBLISHED, "--dry-run")
    before = await client.get(ADDRESS)
    done = await invoke(import_procedures, str(file), *PUBLISHED)
    after = await client.get(ADDRESS)
    goal = (str(questions), "--in-force", "--fail-under", "R@5=.95")
    good = await invoke(evaluate_search, *goal)
    questions.write_text('{"query": "khai sinh", "relevant": ["1.999999"]}')
    bad = await invoke(
        evaluate_search, str(questions), "--in-force", "--fail-under", "R@5=.95", "--worst", "1"
    )

    assert (tried.exit_code, before.status_code) == (0, 404)
    assert (done.exit_code, after.status_code) == (0, 200)
    assert (good.exit_code, bad.exit_code) == (0, 1)
    assert "R@5 is 0.000, below .95" in bad.output


async def test_a_catalogue_is_measured_without_a_database(tmp_path: Path) -> None:
    file, questions = tmp_path / "a.json", tmp_path / "q.jsonl"
    file.write_bytes(package(raw()))
    questions.write_text(f'{{"query": "khai sinh", "relevant": ["{BIRTH}"], "kind": "keyword"}}\n')

    arguments = [str(questions), "--catalogue", str(file), "--json"]
    done = CliRunner().invoke(evaluate_search, arguments, obj=None)

    report = msgspec.json.decode(done.output)
    assert report["figures"][0] == {
        "kind": "all",
        "questions": 1,
        "first": 1.0,
        "among_five": 1.0,
        "reciprocal": 1.0,
    }


def test_a_verb_that_one_module_alone_has_needs_no_module() -> None:
    shown = CliRunner().invoke(main, ["search-eval", "--help"], env={"TINHS_ENV": "dev"})

    assert shown.exit_code == 0
    assert "--fail-under" in shown.output
