"""The table of `make faults` names tests that exist, and says what is missing."""

import ast
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.installed import with_reports

ROOT = Path(__file__).parents[2]
ROWS: dict[str, Any] = tomllib.loads(Path(__file__).with_name("rows.toml").read_text("utf-8"))


def test_every_fault_has_its_row() -> None:
    assert list(ROWS) == [f"R{number}" for number in range(1, 24)]


@pytest.mark.parametrize("number", ROWS)
@with_reports
def test_a_row_names_tests_that_exist_and_what_is_missing(number: str) -> None:
    row = ROWS[number]

    for name in row["tests"] + row.get("control", []):
        path, _, function = name.partition("::")
        tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        assert function in {node.name for node in tree.body if isinstance(node, kinds)}
    assert row["tests"] or row.get("missing")
