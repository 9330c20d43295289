"""The panel that the README shows is the one that `make run` prints, perhaps with less in it."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.host.home import at_home
from backend.host.installation import installation
from backend.host.panel import panel
from tests.installed import with_reports

pytestmark = with_reports

ROOT = Path(__file__).parents[2]
_LINE = re.compile(r"^  (?P<title>\w+|) +(?P<text>.+)$", re.MULTILINE)


def lines(text: str) -> Iterator[tuple[str, str]]:
    """Return each line under its title, which is written once above several."""
    title = ""
    for line in _LINE.finditer(text):
        title = line["title"] or title
        yield title, line["text"]


def in_readme() -> str:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = re.search(r"^```\n(Tỉnh-S is ready.*?)^```$", readme, re.MULTILINE | re.DOTALL)
    assert found
    return found[1]


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """What `make run` says in a checkout of which nothing has been changed."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "executable", str(ROOT / ".venv" / "bin" / "python"))
    installed = installation(at_home({"TINHS_DATA_DIR": str(tmp_path)}, ROOT))
    return panel(installed, {}, seconds=3.1).replace(str(tmp_path), "var")


def test_the_readme_shows_the_panel_that_is_printed(printed: str) -> None:
    waiting = lines(printed)

    for title, text in lines(in_readme()):
        shown = text.removesuffix("…")
        assert any(
            title == theirs and (real == text or (shown != text and real.startswith(shown)))
            for theirs, real in waiting
        ), f"{title}: {text}"


def test_what_curl_is_to_fetch_can_be_read(printed: str) -> None:
    assert "curl -s http://localhost:8000/v1/feedback/categories" in printed
    assert "/kit" not in printed
    assert "/.well-known/" not in printed
