"""The printed form: PDF/A-3a (ISO 19005-3) by Typst, the same bytes for the same content."""

from functools import cache, lru_cache
from hashlib import sha256
from importlib.metadata import version
from importlib.resources import files
from typing import Any, Final

import msgspec
import typst

from modules.documents.model import pdf, qr
from modules.documents.model.envelope import Envelope, Renderer

_FOLDER: Final = "printed"
_VERSION: Final = version("typst")


class Unrenderable(Exception):
    """The content cannot be printed, such as a letter that the font does not have."""


class Template(msgspec.Struct, frozen=True, kw_only=True):
    """All of a printed form but the content: sources of Typst."""

    frame: str
    parts: str
    kind: str
    title: str

    def sha256(self) -> str:
        """Return what a document names as its renderer."""
        return sha256(msgspec.json.encode(self, order="sorted")).hexdigest()

    def renderer(self) -> Renderer:
        """Return how a document of today says what prints it."""
        return Renderer(template=self.sha256(), typst=_VERSION)


def template(kind: str, title: str) -> Template:
    """Return the form for a kind's own part (its source) and title."""
    return Template(frame=source("frame.typ"), parts=source("parts.typ"), kind=kind, title=title)


def can_print(renderer: Renderer) -> bool:
    """Tell whether this process prints as that renderer does."""
    return renderer.typst == _VERSION


def based(content: bytes, envelope: Envelope, form: Template) -> tuple[bytes, pdf.Shape]:
    """Return the PDF of a content, with an empty field for each party and a last timestamp.

    A pure function. Raises `Unrenderable`.
    """
    address = f"{envelope.issuer}/v#{envelope.code}"
    return pdf.based(_printed(content, address, form), fields(envelope))


@lru_cache(maxsize=4)
def _printed(content: bytes, address: str, form: Template) -> bytes:
    # Its stubs know files by their paths alone, not sources by their names.
    sources: Any = _sources(content, address, form)
    try:
        printed: bytes = typst.compile(
            sources, format="pdf", pdf_standards="a-3a", font_paths=own_fonts()
        )
    except typst.TypstError as error:
        raise Unrenderable(str(error)) from error
    return printed


@cache
def own_fonts() -> typst.Fonts:
    """Return the fonts that Typst brings along, and none of the machine's; found once."""
    return typst.Fonts(include_system_fonts=False)


def field_of(seq: int) -> str:
    """Return the name of a party's signature field."""
    return f"party-{seq}"


def fields(envelope: Envelope) -> list[str]:
    """Return the names of the fields that the base of a document has."""
    return [*map(field_of, range(len(envelope.parties))), pdf.TIMESTAMP_FIELD]


def parts(form: Template) -> dict[str, bytes]:
    """Return the sources of a form that do not depend on the content, but the outermost."""
    return {
        "parts.typ": form.parts.encode(),
        "kind.typ": form.kind.encode(),
        "title.typ": f"#let name = {msgspec.json.encode(form.title).decode()}".encode(),
    }


def _sources(content: bytes, address: str, form: Template) -> dict[str, bytes]:
    return {
        **parts(form),
        "main": form.frame.encode(),
        "content.json": content,
        "code.svg": qr.svg(address),
    }


@cache
def source(name: str) -> str:
    """Return a source of Typst that ships with the module."""
    return (files("modules.documents") / _FOLDER / name).read_text(encoding="utf-8")
