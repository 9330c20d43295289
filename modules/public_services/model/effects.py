"""What a change of the words would do: questions whose first five answers would be others."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Annotated, Final, Literal
from uuid import UUID

import msgspec
from msgspec import Meta

from backend.kernel import Line, composed
from modules.public_services.model.engine import Engine, Filters
from modules.public_services.model.folding import asked
from modules.public_services.model.index import Document, Index, Term, build
from modules.public_services.model.terms import TermDraft

ASKED_MAX: Final = 100
"""Questions that many asked, and sentences that have the words: so many of each are tried."""
_SHOWN: Final = 5
_WEIGHED: Final = frozenset({"phrase", "best_bet"})
"""Kinds that weigh on the documents, not only on how a question is read."""

Source = Literal["sent", "asked", "said"]


class TermChange(msgspec.Struct, frozen=True, kw_only=True):
    """A term that an editor thinks of: a new one, another in the place of `id`, or `id` dropped."""

    id: UUID | None = None
    draft: TermDraft | None = None
    questions: Annotated[tuple[Line, ...], Meta(max_length=50)] = ()
    """Questions of the editor's own, tried besides what people ask and say."""

    def __post_init__(self) -> None:
        composed(self)
        if self.id is None and self.draft is None:
            raise ValueError("draft")


class Answered(msgspec.Struct, frozen=True, kw_only=True):
    """One of the first five answers."""

    code: str
    title: str


class Effect(msgspec.Struct, frozen=True, kw_only=True):
    """A question that would be answered otherwise, and where it comes from."""

    question: str
    source: Source
    before: tuple[Answered, ...]
    after: tuple[Answered, ...]


class Effects(msgspec.Struct, frozen=True, kw_only=True):
    """How many questions were tried, and those whose first five would change."""

    tried: int
    changed: tuple[Effect, ...]


def weighs(terms: Iterable[Term]) -> bool:
    """Tell whether one of these changes the weights, so that the index is built anew."""
    return any(each.kind in _WEIGHED for each in terms)


def changed_index(
    index: Index, old: Term | None, new: Term | None, documents: Sequence[Document] | None
) -> Index:
    """Return the index with other words; with `documents` it is weighed anew."""
    kept = tuple(each for each in index.terms if each != old)
    terms = kept if new is None else (*kept, new)
    if documents is None:
        return msgspec.structs.replace(index, terms=terms)
    return build(documents, terms)


def sentences(index: Index, terms: Iterable[Term]) -> list[str]:
    """Return what citizens are known to say that has the words of a term, each once."""
    wanted = [f" {' '.join(asked(each.text))} " for each in terms]
    said = (
        text
        for document in index.documents
        for text in (document.plain_title, document.title, *document.situations)
        if text and any(words in f" {' '.join(asked(text))} " for words in wanted)
    )
    return list(dict.fromkeys(islice(said, ASKED_MAX)))


def effects(before: Engine, after: Engine, questions: dict[str, Source]) -> Effects:
    """Ask both, and return what differs, the editor's own questions first."""
    found: list[Effect] = []
    for question, source in questions.items():
        old, new = _first(before, question), _first(after, question)
        if old != new:
            found.append(Effect(question=question, source=source, before=old, after=new))
    return Effects(tried=len(questions), changed=tuple(found))


def _first(engine: Engine, question: str) -> tuple[Answered, ...]:
    ranked = engine.search(question, Filters()).ranked[:_SHOWN]
    documents = [engine.index.documents[number] for number, _ in ranked]
    return tuple(Answered(code=each.code, title=each.title) for each in documents)
