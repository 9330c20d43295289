"""What a developer's machine says of itself, where in production a person would have to."""

import os
import secrets
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from backend.host.registry import discover
from backend.host.running import noted
from backend.host.settings import PREFIX, wanted
from backend.local import LocalProblem

_GUESTS: Final = f"{PREFIX}GUESTS"


def is_home(environment: Mapping[str, str], root: Path) -> bool:
    """Tell whether a verb is typed on a developer's machine.

    Either that is said, or nothing is, and a `tinhs run` goes on from this folder.
    """
    if "TINHS_ENV" in environment:
        return environment["TINHS_ENV"] == "dev"
    if any(name.startswith("TINHS_DATABASE_") for name in environment):
        return False
    return noted(_data_dir(environment, root)) is not None


def surroundings(environment: Mapping[str, str], root: Path) -> Mapping[str, str]:
    """Return the environment as a verb reads it: completed for a developer, else as it stands."""
    return furnished(environment, root) if is_home(environment, root) else environment


def at_home(environment: Mapping[str, str], root: Path) -> dict[str, str]:
    """Return the environment, completed for a developer. `root` is the checkout, if it is one.

    Data lie in `var/` of the checkout. What is not said is as in the `tinhs run` that goes on from
    there, if one does. Raises `LocalProblem` when the folder cannot be written.
    """
    data_dir = _data_dir(environment, root)
    environment = {**(noted(data_dir) or {}), **environment}
    defaults = {
        "TINHS_ENV": "dev",
        _GUESTS: "*",
        "TINHS_IDENTITY_SMS_SENDERS": "file",
        "TINHS_BASE_URL": f"http://localhost:{environment.get('TINHS_PORT', '8000')}",
    }
    if "TINHS_SECRET" not in environment:
        defaults["TINHS_SECRET_FILE"] = str(_kept_secret(data_dir / "secret"))
    return {**defaults, **environment, "TINHS_DATA_DIR": str(data_dir)}


def furnished(environment: Mapping[str, str], root: Path) -> dict[str, str]:
    """Return the environment, completed for a developer by the modules too.

    A module says of its own settings what they are here: `at_home`, setting → text. Raises
    `BrokenModules` and what `at_home` raises.
    """
    ours = at_home(environment, root)
    theirs = {
        f"{prefix}{field.upper()}": text
        for prefix, kind in wanted(discover(guests_of(ours))).items()
        for field, text in getattr(kind, "at_home", {}).items()
    }
    said = {name.removesuffix("_FILE") for name in ours}
    return {name: text for name, text in theirs.items() if name not in said} | ours


def guests_of(environment: Mapping[str, str]) -> Sequence[str]:
    """Return whose distributions may bring modules besides our own."""
    names = (name.strip() for name in environment.get(_GUESTS, "").split(","))
    return [name for name in names if name]


def _data_dir(environment: Mapping[str, str], root: Path) -> Path:
    home = root if (root / "pyproject.toml").exists() else Path.cwd()
    return Path(environment.get("TINHS_DATA_DIR", home / "var")).absolute()


def _kept_secret(file: Path) -> Path:
    """Return `file`, which holds a secret that only we can read; the first call makes one up."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
            out.write(secrets.token_urlsafe(32))
    except FileExistsError:
        pass
    except OSError as error:
        raise LocalProblem(
            f"{file.parent} cannot be written: {error.strerror}.\n"
            "Name another folder: TINHS_DATA_DIR=~/tinhs make run"
        ) from error
    return file
