"""The guide is true: its module is built, installed, checked, tested, and goes again."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from backend.testing.databases import SERVER, Templates

_BLOCK = re.compile(
    r"^`(?P<path>[\w./-]+)`:\n\n```\w+\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)

GUIDE = Path(__file__).parents[2] / "docs" / "guide" / "a-module-in-ten-minutes.md"


def write_files(page: Path, folder: Path) -> list[str]:
    """Write each block that follows a path in backticks; return the paths."""
    found = list(_BLOCK.finditer(page.read_text(encoding="utf-8")))
    for block in found:
        path = folder / block["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(block["text"], encoding="utf-8")
    return [block["path"] for block in found]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, str]]:
    """The guide's package, and an environment in which it is installed."""
    package = tmp_path_factory.mktemp("lost-found")
    site = tmp_path_factory.mktemp("site")
    write_files(GUIDE, package)
    subprocess.run(
        [
            sys.executable,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-deps",
            "--no-build-isolation",
            "--disable-pip-version-check",
            "--target",
            str(site),
            str(package),
        ],
        check=True,
    )
    nowhere = tmp_path_factory.mktemp("var")  # else a `make run` beside the tests is found at home
    return package, {**os.environ, "PYTHONPATH": str(site), "TINHS_DATA_DIR": str(nowhere)}


def run(*words: str, environment: dict[str, str], folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *words],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_file_of_the_guide_is_taken(tmp_path: Path) -> None:
    assert write_files(GUIDE, tmp_path) == [
        "pyproject.toml",
        "lost_found/migrations/0001_thing.sql",
        "lost_found/model.py",
        "lost_found/repository.py",
        "lost_found/__init__.py",
        "lost_found/locales/vi.toml",
        "lost_found/locales/en.toml",
        "lost_found/pages/things.html",
        "tests/test_lost_found.py",
    ]


def test_a_guest_comes_only_when_named_and_goes_when_uninstalled(
    installed: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    _, environment = installed
    welcome = environment | {"TINHS_GUESTS": "lost-found"}
    elsewhere = {name: v for name, v in environment.items() if name != "PYTHONPATH"}

    named = run("backend", "modules", environment=welcome, folder=tmp_path)
    unnamed = run("backend", "modules", environment=environment, folder=tmp_path)
    uninstalled = run(
        "backend",
        "modules",
        environment=elsewhere | {"TINHS_GUESTS": "lost-found"},
        folder=tmp_path,
    )

    assert "lost-found 0.1.0" in named.stdout, named.stderr
    assert "lost_found" not in unnamed.stdout + uninstalled.stdout
    assert (unnamed.returncode, uninstalled.returncode) == (0, 0)


def test_a_broken_manifest_names_the_line_to_mend(
    installed: tuple[Path, dict[str, str]], tmp_path: Path
) -> None:
    _, environment = installed
    site = Path(environment["PYTHONPATH"])
    broken = tmp_path / "site"
    shutil.copytree(site, broken)
    (broken / "lost_found" / "locales" / "en.toml").write_text("[problems]\n")

    check = run(
        "backend",
        "check",
        environment=environment | {"PYTHONPATH": str(broken), "TINHS_GUESTS": "*"},
        folder=tmp_path,
    )

    assert check.returncode != 0
    said = check.stdout + check.stderr
    assert "lost_found: locales/en.toml has no 'problems.lost_found/already-returned'" in said
    assert "lost_found: locales/en.toml has no 'scopes.find'" in said


def test_its_author_may_ask_whether_it_can_move_in(tmp_path: Path) -> None:
    write_files(GUIDE, tmp_path)
    before = run("backend", "check", "lost_found", environment={**os.environ}, folder=tmp_path)
    statements = tmp_path / "lost_found" / "repository.py"
    narrow = statements.read_text().replace("lost_found.thing where", "kernel.work where")
    statements.write_text(narrow)

    after = run("backend", "check", "lost_found", environment={**os.environ}, folder=tmp_path)

    assert (before.returncode, before.stdout) == (0, "lost_found can move in\n"), before.stderr
    assert after.returncode == 1
    assert "lost_found.repository.FIND_ONE: " in after.stderr


async def test_the_guides_own_test_passes(
    installed: tuple[Path, dict[str, str]], templates: Templates
) -> None:
    folder, environment = installed

    tests = run(
        "pytest",
        "-q",
        "tests",
        environment=environment | {SERVER: templates.dsn},
        folder=folder,
    )

    assert tests.returncode == 0, tests.stdout + tests.stderr
    assert "2 passed" in tests.stdout
