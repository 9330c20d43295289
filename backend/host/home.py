"""What a developer's machine says of itself, where in production a person would have to."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from backend.local import LocalProblem


def at_home(environment: Mapping[str, str], root: Path) -> dict[str, str]:
    """Return the environment, completed for a developer. `root` is the checkout, if it is one.

    Data lie in `var/` of the checkout. Raises `LocalProblem` when that cannot be written.
    """
    home = root if (root / "pyproject.toml").exists() else Path.cwd()
    data_dir = Path(environment.get("TINHS_DATA_DIR", home / "var")).absolute()
    defaults = {
        "TINHS_ENV": "dev",
        "TINHS_GUESTS": "*",
        "TINHS_IDENTITY_SMS_SENDERS": "file",
        "TINHS_NOTIFICATIONS_SENDERS": "file",
        "TINHS_BASE_URL": f"http://localhost:{environment.get('TINHS_PORT', '8000')}",
    }
    if "TINHS_SECRET" not in environment:
        defaults["TINHS_SECRET_FILE"] = str(_kept_secret(data_dir / "secret"))
    return {**defaults, **environment, "TINHS_DATA_DIR": str(data_dir)}


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
