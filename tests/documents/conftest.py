"""What the tests of documents share: the public test vectors, or a loud word of their absence."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pytest

VECTORS: Final = Path(
    os.environ.get("TINHS_VECTORS", Path(__file__).resolve().parents[3] / "shared" / "vectors")
)
_FOLDERS: Final = ("rfc6962", "rfc8785", "token-status-list", "wycheproof")


def pytest_terminal_summary(terminalreporter: Any) -> None:
    absent = [name for name in _FOLDERS if not (VECTORS / name).is_dir()]
    if absent:
        terminalreporter.write_line(
            f"NOT TRIED: {len(absent)} of {len(_FOLDERS)} folders of public vectors were absent"
            f" from {VECTORS} (TINHS_VECTORS): {', '.join(absent)}"
        )


@pytest.fixture
def vectors() -> Callable[[str], list[Path]]:
    """Finds files of vectors by pattern; says aloud when there are none."""

    def found(pattern: str) -> list[Path]:
        files = sorted(VECTORS.glob(pattern))
        if not files:
            pytest.skip(f"no vector file matches {VECTORS / pattern}")
        return files

    return found


@pytest.fixture
def groups(vectors: Callable[[str], list[Path]]) -> Callable[[str], list[dict[str, Any]]]:
    """Reads the groups of a file of Project Wycheproof."""

    def read(name: str) -> list[dict[str, Any]]:
        (file,) = vectors(f"wycheproof/{name}")
        return json.loads(file.read_text(encoding="utf-8"))["testGroups"]

    return read
