"""The words of a document on a page: its printed form, compiled to HTML instead of PDF.

Whoever is about to sign reads what will be printed, from the same template and the same bytes.
"""

from functools import lru_cache
from html import escape
from html.parser import HTMLParser
from typing import Any, Final

import typst

from modules.documents.model import printing
from modules.documents.model.printing import Template, Unrenderable

_MAIN: Final = b'#import "kind.typ": body\n#body(json("content.json").data)\n'
_KEPT: Final = frozenset(
    {"h3", "p", "b", "strong", "em", "ul", "ol", "li", "table", "tbody", "tr", "td", "th", "br"}
)
_EMPTY: Final = frozenset({"br"})


@lru_cache(maxsize=64)
def shown(content: bytes, form: Template) -> str:
    """Return HTML without a single attribute, safe in any page. Raises `Unrenderable`."""
    parts = printing.parts(form)
    # Its stubs know files by their paths alone, not sources by their names.
    sources: Any = {
        **parts,
        "parts.typ": printing.source("screen.typ").encode(),
        "print.typ": parts["parts.typ"],
        "main": _MAIN,
        "content.json": content,
    }
    try:
        compiled: bytes = typst.compile(sources, format="html", font_paths=printing.own_fonts())
    except typst.TypstError as error:
        raise Unrenderable(str(error)) from error
    found = _Plain()
    found.feed(compiled.decode().partition("<body>")[2].rpartition("</body>")[0])
    found.close()
    return "".join(found.pieces)


class _Plain(HTMLParser):
    """Keeps what words are built of, and drops whatever else a compiler may come to write."""

    def __init__(self) -> None:
        super().__init__()
        self.pieces: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002
        if tag in _KEPT:
            self.pieces.append(f"<{tag}>")

    def handle_endtag(self, tag: str) -> None:
        if tag in _KEPT - _EMPTY:
            self.pieces.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.pieces.append(escape(data))
