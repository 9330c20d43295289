"""The house without one of its modules: its folder, its tests and its entry point are gone.

It takes as long as the whole suite, so it is asked for: `WITHOUT=feedback`. What the modules that
stay promise is written anew first, for the committed files speak of the one that went; tests of
other folders that are about it say so, and are left out aloud.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

NAME = os.environ.get("WITHOUT", "")
pytestmark = pytest.mark.skipif(not NAME, reason="tried with WITHOUT=feedback alone")

ROOT = Path(__file__).parents[2]
KEPT_OUT = shutil.ignore_patterns(".git", ".venv*", "var", "node_modules", "__pycache__", ".*cache")
SPREAD = ("-n", "auto", "--dist", "loadfile", "--no-loadscope-reorder")
INSTALL = ("pip", "install", "-q", "--no-deps", "--no-build-isolation", "--target")


def test_the_rest_starts_and_passes(tmp_path: Path) -> None:
    house, site = tmp_path / "tinhs", tmp_path / "site"
    shutil.copytree(ROOT, house, ignore=KEPT_OUT)
    shutil.rmtree(house / "modules" / NAME)
    shutil.rmtree(house / "tests" / NAME)
    project = house / "pyproject.toml"
    project.write_text(re.sub(rf'(?m)^{NAME} = "modules\..*\n', "", project.read_text("utf-8")))
    environment = {name: value for name, value in os.environ.items() if name != "WITHOUT"}
    environment["PYTHONPATH"] = f"{house}{os.pathsep}{site}"

    def run(*words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", *words],
            cwd=house,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-10_000:]
        return done.stdout

    run(*INSTALL, str(site), "-e", str(house))
    listed = run("backend", "modules")
    run("backend", "publish", "--released")
    passed = run("pytest", "-q", "-p", "no:cacheprovider", *SPREAD)

    assert not re.search(rf"(?m)^{NAME}  ", listed)
    print(passed)  # noqa: T201 - what was left out, for whoever asked with `-s`
