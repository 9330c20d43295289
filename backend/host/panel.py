"""What `make run` shows when everything is up: the one thing that a newcomer reads."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from backend.host.app import served
from backend.host.installation import Installation
from backend.host.routes import rows

_TRIES: Final = 3


def panel(installed: Installation, *, seconds: float) -> str:
    """Return the text; every command in it works when it is pasted into the same folder."""
    base = installed.ours.base_url
    data_dir = _near(installed.ours.data_dir)
    lines = [f"Tỉnh-S is ready after {seconds:.1f} s, for this machine alone.", ""]
    lines += [
        f"  API        {base}/v1/openapi.json",
        f"  People     {base}/dev/login",
        f"  Data       {data_dir}/  (make reset empties it)",
        f"  Logs       {data_dir}/log/serve.log, {data_dir}/log/work.log",
        "",
    ]
    lines += ["  Try        " + command for command in _public(installed)]
    lines.append(f"  Try        {_tinhs()} call --as citizen GET /v1/account")
    lines += ["", "  Ctrl-C stops all of it."]
    return "\n" + "\n".join(lines) + "\n\n"


def _public(installed: Installation) -> Iterator[str]:
    """Reads that anybody may do, with nothing to fill in."""
    names = installed.ours.modules
    found = [
        row
        for row in rows(served(installed.modules, names))
        if row.method == "GET" and not row.scope and "{" not in row.path
    ]
    for row in found[:_TRIES]:
        yield f"curl -s {installed.ours.base_url}{row.path}"


def _tinhs() -> str:
    """Return how the command is typed here."""
    return _near(Path(sys.executable).with_name("tinhs"))


def _near(path: Path) -> str:
    """Return a path as one would type it here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
