"""A test that is left out says so at the end, also when several processes share the run."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SKIPS = """
import pytest

@pytest.mark.parametrize("case", range(3))
def test_far_away(case):
    pytest.skip("the moon is not here")
"""


@pytest.mark.parametrize("processes", ["0", "2"])
def test_what_was_left_out_is_counted_with_its_reason(tmp_path: Path, processes: str) -> None:
    shutil.copy(Path(__file__).parents[1] / "conftest.py", tmp_path)
    (tmp_path / "test_moon.py").write_text(SKIPS)
    arguments = ["-q", "-p", "xdist", "-n", processes, "--rootdir", str(tmp_path)]

    run = subprocess.run(
        [sys.executable, "-m", "pytest", *arguments, str(tmp_path)],
        cwd=tmp_path,
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},  # ours load the whole house
        capture_output=True,
        text=True,
        check=False,
    )

    assert "NOT TRIED: 3 of test_moon.py: the moon is not here" in run.stdout.splitlines()
