"""From a question to procedures, in the memory of each process."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from backend.kernel import Snapshot
from modules.public_services.model.answers import (
    Answer,
    Bucket,
    Explanation,
    Facet,
    Hit,
    IndexVersion,
    Suggestions,
)
from modules.public_services.model.engine import Engine, Filters, Found, marks
from modules.public_services.model.folding import syllables
from modules.public_services.model.index import Document
from modules.public_services.model.views import Card
from modules.public_services.repository import catalogue
from modules.public_services.service import indexing

_FACETED_MAX: Final = 200
_BUCKETS_MAX: Final = 20
_SUGGESTED_MAX: Final = 8


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
        )
    found = current.engine.search(text, filters)
    documents = [current.engine.index.documents[number] for number, _ in found.ranked]
    return Answer(
        hits=_hits(found, documents[:limit], explains=explains),
        answerable=found.answerable,
        corrected=found.question.corrected,
        intents=found.question.intents,
        facets=_facets(documents[:_FACETED_MAX]),
        index=version,
        explanation=_explanation(found) if explains else None,
    )


def _hits(found: Found, documents: Sequence[Document], *, explains: bool) -> tuple[Hit, ...]:
    words = found.question.words
    return tuple(
        Hit(
            card=_card(document),
            plain_title=document.plain_title,
            summary=document.summary,
            marks=marks(document.title, words),
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


def _facets(documents: Sequence[Document]) -> tuple[Facet, ...]:
    levels = Counter(level for each in documents for level in each.levels)
    fields = Counter(each.field_code for each in documents)
    audiences = Counter(audience for each in documents for audience in each.audiences)
    return (
        Facet(name="level", buckets=_buckets(levels)),
        Facet(name="field", buckets=_buckets(fields)),
        Facet(name="audience", buckets=_buckets(audiences)),
    )


def _buckets(counts: Counter[str]) -> tuple[Bucket, ...]:
    ordered = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Bucket(value=value, count=count) for value, count in ordered[:_BUCKETS_MAX])


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
