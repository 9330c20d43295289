"""`make check` fails for what crosses a wall, and names the place: planted in a copy of the tree.

It looks at everything with every tool, which takes a minute or two: `PLANTED=1` asks for it.
"""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif("PLANTED" not in os.environ, reason="tried with PLANTED=1 alone")

ROOT = Path(__file__).parents[2]
KEPT_OUT = shutil.ignore_patterns(".git", ".venv*", "var", "node_modules", "__pycache__", ".*cache")
PLACE = "modules/transcripts/planted.py"
PLANTED = """\
\"\"\"Four faults.\"\"\"

from litestar import get

from backend.kernel import Statement
from modules.territory import module as neighbour

TRESPASS = Statement("select name from kernel.work")


def forget(name: str) -> Statement:
    return Statement(f"delete from transcripts.record where name = '{name}'")


@get("/planted", sync_to_thread=False)
def no_door() -> str:
    return neighbour.name
"""
MANIFEST = """

from msgspec.structs import replace  # noqa: E402

from modules.transcripts import planted  # noqa: E402

module = replace(module, routes=(*module.routes, planted.no_door))
"""


def test_a_neighbours_import_and_table_sql_from_values_and_an_open_route_are_named(
    tmp_path: Path,
) -> None:
    copy = tmp_path / "tinhs"
    shutil.copytree(ROOT, copy, ignore=KEPT_OUT, symlinks=True)
    (copy / ".venv").symlink_to(ROOT / ".venv")
    (copy / PLACE).write_text(PLANTED)
    with (copy / "modules/transcripts/__init__.py").open("a") as manifest:
        manifest.write(MANIFEST)

    checked = subprocess.run(
        ["make", "-o", "environment", "check"],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy)},
        capture_output=True,
        text=True,
        check=False,
    )
    said = checked.stdout + checked.stderr

    assert checked.returncode != 0
    assert "modules.transcripts.planted -> modules.territory" in said
    assert f"{PLACE}:12:" in said  # the type checker: no LiteralString
    assert f"{PLACE}:12: makes SQL from name" in said
    assert "transcripts: no_door must name one door" in said
    assert "modules.transcripts.planted.TRESPASS" in said
    for what in ("types:", "walls:", "doors:", "SQL:"):
        assert f"  {what}" in said
