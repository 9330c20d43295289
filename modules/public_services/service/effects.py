"""Trying a change of the words before it is made. Nothing is kept."""

import asyncio
from collections.abc import Sequence

from backend.kernel import Snapshot
from modules.public_services.errors import NoSuchTerm
from modules.public_services.model.effects import (
    ASKED_MAX,
    Effects,
    Source,
    TermChange,
    changed_index,
    effects,
    sentences,
    weighs,
)
from modules.public_services.model.engine import Engine
from modules.public_services.model.index import Document, Term
from modules.public_services.model.terms import TermDraft
from modules.public_services.repository import asking
from modules.public_services.repository import search as repository
from modules.public_services.service import indexing


async def of(snapshot: Snapshot, change: TermChange) -> Effects:
    """Return what a change would do to questions of the editor's, of many, and to what people say.

    Raises `NoSuchTerm`.
    """
    old = None
    if change.id is not None:
        known = await asking.term(snapshot, change.id)
        if known is None:
            raise NoSuchTerm
        old = _term(known)
    new = None if change.draft is None else _term(change.draft)
    before = (await indexing.current(snapshot)).engine
    if before is None:
        return Effects(tried=0, changed=())
    touched = [each for each in (old, new) if each is not None]
    documents = None
    if weighs(touched):
        documents = await repository.documents(snapshot, snapshot.today)
    sums = await asking.sums(snapshot, ASKED_MAX)
    questions: dict[str, Source] = dict.fromkeys(change.questions, "sent")
    for each in sums:
        questions.setdefault(each.question, "asked")
    await snapshot.pause()  # some hundred questions, twice
    return await asyncio.to_thread(_tried, before, old, new, touched, documents, questions)


def _tried(
    before: Engine,
    old: Term | None,
    new: Term | None,
    touched: Sequence[Term],
    documents: Sequence[Document] | None,
    questions: dict[str, Source],
) -> Effects:
    for text in sentences(before.index, touched):
        questions.setdefault(text, "said")
    after = Engine(changed_index(before.index, old, new, documents), before.version)
    return effects(before, after, questions)


def _term(draft: TermDraft) -> Term | None:
    """Return a term as searches know it: one that is not active they do not."""
    return Term(kind=draft.kind, text=draft.text, target=draft.target) if draft.active else None
