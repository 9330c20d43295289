"""The environment of `make`: made once, made again when it must be, never half."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "backend" / "local" / "environment.py"


def make(folder: Path) -> str:
    """Make the environment of a checkout at `folder`; return what was said."""
    done = subprocess.run(
        [sys.executable, SCRIPT, ".venv", "requirements.lock"],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with a lock that asks for nothing."""
    (tmp_path / "requirements.lock").write_text("# nothing\n")
    return tmp_path


def test_an_interrupted_attempt_is_begun_again_and_a_finished_one_left_alone(
    checkout: Path,
) -> None:
    half = checkout / ".venv" / "bin" / "python"
    half.parent.mkdir(parents=True)
    half.write_text("half a program")

    first = make(checkout)
    second = make(checkout)

    assert "Making the Python environment" in first
    assert second == ""
    assert os.access(half, os.X_OK)
