"""The kinds of documents that are installed, and how each is printed."""

from functools import cache
from importlib.resources.abc import Traversable

import msgspec

from backend.kernel import Snapshot
from contracts.documents import DocumentKind, DocumentKinds
from modules.documents.model import printing
from modules.documents.model.printing import Template


def kind(snapshot: Snapshot, name: str) -> DocumentKind:
    """Return the kind of that name. Its absence is a bug, or a module that was removed."""
    for each in every(snapshot):
        if each.name == name:
            return each
    raise LookupError(name)


def every(snapshot: Snapshot) -> list[DocumentKind]:
    """Return all kinds that the installed modules describe."""
    return [each for provider in snapshot.ask_all(DocumentKinds) for each in provider]


def schema(found: DocumentKind, content: msgspec.Struct) -> str:
    """Return the newest schema of this class. Another class is a bug of the kind's module."""
    return [name for name, shape in found.schemas.items() if shape is type(content)][-1]


def form(found: DocumentKind) -> Template:
    """Return how documents of a kind are printed from now on."""
    return _form(found.template, found.title)


@cache
def _form(template: Traversable, title: str) -> Template:
    return printing.template(template.read_text(encoding="utf-8"), title)
