"""From a question to procedures, in the memory of each process."""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final

from backend.kernel import Snapshot, t
from modules.public_services.model.answers import (
    Answer,
    Bucket,
    Explanation,
    Facet,
    FacetName,
    Hit,
    IndexVersion,
    Replaced,
    Suggestions,
)
from modules.public_services.model.engine import Engine, Filters, Found, because, marks
from modules.public_services.model.folding import syllables
from modules.public_services.model.index import Document
from modules.public_services.model.procedures import CODE
from modules.public_services.model.views import Card
from modules.public_services.repository import catalogue, offices, successors
from modules.public_services.service import indexing

_CODE: Final = re.compile(CODE)
_FACETED_MAX: Final = 200
_BUCKETS_MAX: Final = 20
_SUGGESTED_MAX: Final = 8
_FACETS: Final[Mapping[FacetName, Callable[[Document], Iterable[str]]]] = {
    "audience": lambda document: document.audiences,
    "level": lambda document: document.levels,
    "channel": lambda document: document.channels,
    "free": lambda document: ("true" if document.free else "false",),
    "field": lambda document: (document.field_code,),
}


async def search(
    snapshot: Snapshot, text: str, filters: Filters, limit: int, *, explains: bool
) -> Answer:
    """Return what answers best; while there is no index yet, what titles begin like."""
    current = await indexing.current(snapshot)
    version = IndexVersion(version=current.version, as_of=current.as_of)
    if current.engine is None:
        cards = await catalogue.starting_like(snapshot, text.strip(), limit)
        hits = tuple(Hit(card=card, plain_title="", summary="", marks=()) for card in cards)
        return Answer(
            hits=hits,
            answerable=bool(hits),
            corrected=None,
            intents=(),
            facets=(),
            index=version,
            hotlines=() if hits else tuple(await offices.hotlines(snapshot)),
        )
    ended = await _ended(snapshot, current.engine, text.strip())
    found = current.engine.search(text, filters)
    if ended is not None:
        after = await successors.of(snapshot, [ended.code], snapshot.today)
        found = current.engine.named([each.code for each in after.get(ended.code, ())])
    documents = [current.engine.index.documents[number] for number, _ in found.ranked]
    return Answer(
        hits=_hits(found, documents[:limit], explains=explains),
        answerable=found.answerable,
        corrected=found.question.corrected,
        intents=found.question.intents,
        facets=_facets(documents[:_FACETED_MAX]),
        index=version,
        hotlines=() if found.answerable else tuple(await offices.hotlines(snapshot)),
        explanation=_explanation(found) if explains else None,
        replaced=ended,
    )


async def _ended(snapshot: Snapshot, engine: Engine, text: str) -> Replaced | None:
    """Return the procedure that was asked for by its code, if it was abolished."""
    if not _CODE.match(text) or engine.knows(text):
        return None
    last = await catalogue.last(snapshot, text, snapshot.today)
    if last is None or last.abolished_on is None or last.abolished_on > snapshot.today:
        return None
    return Replaced(code=last.code, title=last.title, abolished_on=last.abolished_on)


def _hits(found: Found, documents: Sequence[Document], *, explains: bool) -> tuple[Hit, ...]:
    words = found.question.words
    return tuple(
        Hit(
            card=_card(document),
            plain_title=document.plain_title,
            summary=document.summary,
            marks=marks(document.title, words),
            because=because(document, words),
            score=round(score, 5) if explains else None,
        )
        for document, (_, score) in zip(documents, found.ranked, strict=False)
    )


def _card(document: Document) -> Card:
    return Card(
        code=document.code,
        title=document.title,
        levels=document.levels,
        field_code=document.field_code,
        field_name=document.field_name,
        audiences=document.audiences,
        channels=document.channels,
        free=document.free,
        online_level=document.online_level,
    )


async def facets(snapshot: Snapshot, filters: Filters) -> tuple[Facet, ...]:
    """Return how all that a filter admits spreads; nothing while there is no index yet."""
    engine = (await indexing.current(snapshot)).engine
    if engine is None:
        return ()
    return _facets([each for each in engine.index.documents if filters.admits(each)])


def _facets(documents: Sequence[Document]) -> tuple[Facet, ...]:
    fields = {each.field_code: each.field_name for each in documents}
    return tuple(
        Facet(
            name=name,
            buckets=tuple(
                Bucket(value=value, label=_label(name, value, fields), count=count)
                for value, count in _counted(documents, values)
            ),
        )
        for name, values in _FACETS.items()
    )


def _counted(
    documents: Sequence[Document], values: Callable[[Document], Iterable[str]]
) -> list[tuple[str, int]]:
    counts = Counter(value for each in documents for value in values(each))
    return sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:_BUCKETS_MAX]


def _label(name: FacetName, value: str, fields: Mapping[str, str]) -> str:
    return fields[value] if name == "field" else t(f"public_services.{name}.{value}")


def _explanation(found: Found) -> Explanation:
    question = found.question
    return Explanation(
        words=question.words,
        terms=question.terms,
        meant=question.meant,
        coverage=round(found.coverage, 3),
    )


async def suggest(snapshot: Snapshot, text: str) -> Suggestions:
    """Return procedures whose title begins as somebody types."""
    engine: Engine | None = (await indexing.current(snapshot)).engine
    if engine is None or not syllables(text):
        return Suggestions(suggestions=())
    found = engine.suggest(text, _SUGGESTED_MAX)
    return Suggestions(suggestions=tuple(_card(document) for document in found))
