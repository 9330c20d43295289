"""A page escapes what people wrote, runs no script, and is never half filled."""

import jinja2
import pytest

from backend.kernel.locale import language
from backend.kernel.pages import learn_templates, page


@pytest.fixture(autouse=True, scope="module")
def paper() -> None:
    learn_templates("paper", "tests.kernel.paper")


def test_what_somebody_wrote_is_text_and_never_markup() -> None:
    shown = page("paper/note.html", text="<script>alert('Tỉnh')</script>")

    assert "<script>" not in shown.content
    assert "&lt;script&gt;" in shown.content


def test_a_page_says_its_language_and_may_ask_no_other_host() -> None:
    spoken = language.set("en")
    shown = page("paper/note.html", text="", status=404, headers={"Cache-Control": "no-store"})
    language.reset(spoken)

    assert '<html lang="en">' in shown.content
    assert (shown.status_code, shown.media_type) == (404, "text/html")
    assert shown.headers["Cache-Control"] == "no-store"
    policy = shown.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "script-src" not in policy


def test_a_value_that_was_forgotten_is_noticed() -> None:
    with pytest.raises(jinja2.UndefinedError):
        page("paper/note.html")


def test_a_page_that_is_not_there_is_noticed() -> None:
    with pytest.raises(jinja2.TemplateNotFound):
        page("paper/nothing.html")
