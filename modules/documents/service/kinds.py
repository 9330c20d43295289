"""The kinds of documents that are installed, and how each is printed."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources.abc import Traversable
from typing import Final

import msgspec

from backend.kernel import Snapshot, t
from backend.kernel.locale import knows, language
from contracts.documents import DocumentKind, DocumentKinds
from modules.documents.model import printing
from modules.documents.model.printing import Template

_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")


class Names:
    """What people call kinds, their facts and who signs, by the words of each kind's module.

    What no module has words for, in a stranger's file or since a module was removed, is called by
    its own name.
    """

    def __init__(self, snapshot: Snapshot) -> None:
        self._kinds = {each.name: each for each in every(snapshot)}

    def kind(self, name: str) -> str:
        """Return what a kind is called in the language of the request."""
        return self._word(name, f"kinds.{name}") or name

    def role(self, kind: str, name: str) -> str:
        """Return what somebody who signs such documents is called."""
        return self._word(kind, f"roles.{plain(name)}") or name

    def fact(self, kind: str, name: str) -> str:
        """Return what a fact of such documents is called; of `subject_toan`, which subject too."""
        begun, _, rest = name.partition("_")
        if word := self._word(kind, f"facts.{name}"):
            return word
        word = self._word(kind, f"facts.{begun}")
        return f"{word} {rest.replace('_', '-')}" if word else name

    @staticmethod
    def written(value: str) -> str:
        """Return a fact as the prints spell it, to be compared with one: a day as 01/12/2026."""
        return "/".join(reversed(value.split("-"))) if _DAY.fullmatch(value) else value

    def number(self, kind: str, name: str) -> str:
        """Return what a number is called that others have given such a document since."""
        return self._word(kind, f"numbers.{name}") or name

    def all(self) -> Mapping[str, Mapping[str, str]]:
        """Return every kind's facts and, under its own name, what it is called itself."""
        return {
            kind: {kind: self.kind(kind), **{each: self.fact(kind, each) for each in found.facts}}
            for kind, found in self._kinds.items()
        }

    def _word(self, kind: str, key: str) -> str:
        found = self._kinds.get(kind)
        key = f"{'' if found is None else found.module}.{key}"
        return t(key) if knows(key, language.get()) else ""


def plain(role: str) -> str:
    """Return a role without the number that tells several of it apart."""
    return role.rstrip("0123456789").rstrip("_")


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
