"""What `make run` shows when everything is up: the one thing that a newcomer reads."""

import sys
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path
from shlex import quote
from typing import Final

from backend.host.app import served
from backend.host.installation import Installation
from backend.host.routes import RouteRow, rows
from backend.identity import demo

_TOLD: Final = ("TINHS_DATA_DIR", "TINHS_PORT", "TINHS_BASE_URL")
"""Where this installation is, if somebody has said so: the next command must say it again."""


def panel(installed: Installation, environment: Mapping[str, str], *, seconds: float) -> str:
    """Return the text; every command in it works when it is pasted into the same folder.

    `environment` is what the person at the terminal has set.
    """
    ours = installed.ours
    told = "".join(f"{name}={quote(environment[name])} " for name in _TOLD if name in environment)
    base, data_dir = ours.base_url, _near(ours.data_dir)
    is_dev = ours.env == "dev"
    lines = [("Open", f"{base}/"), ("", f"{base}/docs")]
    if is_dev:
        lines += [
            ("", f"{base}/dev/login"),
            ("", f"{base}/dev/outbox"),
            ("People", ", ".join(_people())),
        ]
    lines += [("Type", f"curl -s {base}{row.path}") for row in _public_reads(installed)]
    if is_dev:
        lines.append(("Type", f"{told}{_tinhs()} call --as citizen GET /v1/account"))
        lines.append(("Signed", f"{data_dir}/samples/ (after half a minute), {base}/verify"))
    lines += [
        ("Logs", f"{data_dir}/log/serve.log, {data_dir}/log/work.log"),
        ("Data", f"{data_dir}/ (to begin anew: {told}make reset)"),
    ]
    shown = "\n".join(f"  {title:8}{text}" for title, text in _once(lines))
    return f"\nTỉnh-S is ready after {seconds:.1f} s.\n\n{shown}\n\nCtrl-C stops all of it.\n"


def _people() -> list[str]:
    return [*demo.CITIZENS, *demo.OFFICERS, *demo.PARTNERS]


def _tinhs() -> str:
    """Return how the command is typed here."""
    return _near(Path(sys.executable).with_name("tinhs"))


def _public_reads(installed: Installation) -> Iterator[RouteRow]:
    """A read of each module that anybody may do, with nothing to fill in, and for people."""
    for module in served(installed.modules, installed.ours.modules):
        reads = (
            row
            for row in rows([module])
            if row.method == "GET" and row.path.startswith("/v1/") and row.is_open_to_all
        )
        yield from islice((row for row in reads if "/.well-known/" not in row.path), 1)


def _once(lines: list[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    """Leave out a title that is that of the line before."""
    before = ""
    for title, text in lines:
        yield ("" if title == before else title), text
        before = title or before


def _near(path: Path) -> str:
    """Return a path as one would type it here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)
