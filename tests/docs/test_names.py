"""What the pages name exists, and what exists is named."""

import re
from pathlib import Path

import click
import pytest

from backend.host.cli import main
from tests.installed import with_reports

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    path
    for path in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]
    if path.name != "CHANGELOG.md"
)


def texts() -> str:
    return "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


def make_verbs() -> set[str]:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    return set(re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE))


def test_each_make_verb_that_a_page_names_exists() -> None:
    named = set(re.findall(r"`make ([a-z]+)", texts()))

    assert named <= make_verbs(), sorted(named - make_verbs())


def test_each_command_that_a_page_names_exists() -> None:
    context = click.Context(main)
    named = set(re.findall(r"`tinhs ([a-z-]+)", texts()))

    assert [verb for verb in sorted(named) if main.get_command(context, verb) is None] == []


def test_each_setting_that_a_page_names_exists() -> None:
    reference = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    known = set(re.findall(r"`(TINHS_[A-Z0-9_]+)`", reference))
    outside = {  # of the tests, not of the house
        *("TINHS_TEST_SERVER", "TINHS_VECTORS"),
        *("TINHS_CPSV_AP_SHAPES", "TINHS_HSDS_SCHEMAS", "TINHS_SCHEMA_DTS"),
    }
    named = set(re.findall(r"\b(TINHS_[A-Z0-9_]*[A-Z0-9])\b(?!\*)", texts()))

    unknown = {
        name for name in named - known - outside if not any(k.startswith(name) for k in known)
    }
    assert unknown == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
@with_reports
def test_each_link_inside_the_repository_leads_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))

    assert [link for link in links if not (page.parent / link).exists()] == []


def test_every_decision_has_a_number_of_its_own_and_is_in_the_list() -> None:
    folder = ROOT / "docs" / "decisions"
    pages = sorted(page.name for page in folder.glob("[0-9]*.md"))

    listed = re.findall(r"^- \[\d{4}\]\((.+?)\)", (folder / "README.md").read_text(), re.MULTILINE)

    assert len({page[:4] for page in pages}) == len(pages)
    assert listed == pages
