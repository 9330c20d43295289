"""`make faults`: try each fault, with its control, and print what came of it."""

import os
import sys
import tomllib
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

ROWS = Path(__file__).with_name("rows.toml")


class Outcomes:
    """A plug-in that remembers how each test ended, whichever process ran it."""

    def __init__(self) -> None:
        self.ended: dict[str, set[str]] = defaultdict(set)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            self.ended[report.nodeid.partition("[")[0]].add(report.outcome)

    def of(self, names: list[str]) -> str:
        """Say in a word how these ended."""
        ended = set().union(*(self.ended.get(name, {"not run"}) for name in names))
        if not ended:
            return "-"
        return next((word for word in ("failed", "not run", "skipped") if word in ended), "passed")


def main() -> int:
    """Run every test that a row names, once; return 1 when one of them did not pass."""
    rows: dict[str, Any] = tomllib.loads(ROWS.read_text(encoding="utf-8"))
    names = [name for row in rows.values() for name in row["tests"] + row.get("control", [])]
    os.environ["FAULTS"] = "1"  # some are tried here alone: they are slow, or need rights
    outcomes = Outcomes()
    pytest.main(["-q", "-n", "auto", "--dist", "loadfile", *dict.fromkeys(names)], [outcomes])
    told = []
    for number, row in rows.items():
        result, control = outcomes.of(row["tests"]), outcomes.of(row.get("control", []))
        told.append((result, control))
        print(f"{number:4} {row['fault']:42} {result:8} {control:8} {row['goal']}")  # noqa: T201
        if missing := row.get("missing"):
            print(f"     not tried: {missing}")  # noqa: T201
    return int(any(word in {"failed", "not run"} for pair in told for word in pair))


if __name__ == "__main__":
    sys.exit(main())
