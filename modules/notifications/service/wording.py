"""What is said of a thing that happened, in a language: the installation's own words, or ours."""

from collections.abc import Mapping
from typing import Final

import msgspec

from backend.kernel import Memory, Snapshot, Transaction, t
from backend.kernel.locale import language as spoken
from contracts.notifications import NotificationKind, NotificationKinds
from modules.notifications.errors import TemplateUnfit, UnknownKind
from modules.notifications.model.messages import Message, Received, filled
from modules.notifications.model.preferences import Language, Topic
from modules.notifications.repository import templates as repository
from modules.notifications.repository.templates import Template


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """A message in words."""

    title: str
    text: str


async def _build(snapshot: Snapshot) -> Mapping[tuple[str, str], Template]:
    return {(each.kind, each.language): each for each in await repository.newest(snapshot)}


OWN_WORDS: Final = Memory(build=_build, version=repository.edition, check_seconds=10)


def kinds(snapshot: Snapshot) -> dict[str, NotificationKind]:
    """Return everything that people are told, by name."""
    return {
        kind.name: kind
        for provider in snapshot.ask_all(NotificationKinds)
        for kind in provider.kinds()
    }


def topics(snapshot: Snapshot) -> list[Topic]:
    """Return what can be switched off, in the language of the request."""
    named = {
        f"{kind.name.partition('.')[0]}.notification_topics.{kind.topic}": kind.topic
        for kind in kinds(snapshot).values()
    }
    return [Topic(code=code, label=t(key)) for key, code in sorted(named.items())]


async def said(snapshot: Snapshot, message: Message | Received, language: str) -> Said:
    """Return what a message says. One of a kind that is no longer known says what it is about."""
    kind = kinds(snapshot).get(message.kind)
    if kind is None:
        return Said(title=message.about, text="")
    values = filled(message.values, kind.values, language)
    own = (await snapshot.recall(OWN_WORDS)).get((kind.name, language))
    if own is not None:
        return Said(title=own.title.format_map(values), text=own.text.format_map(values))
    return Said(
        title=shipped(kind, "title", language).format_map(values),
        text=shipped(kind, "text", language).format_map(values),
    )


def shipped(kind: NotificationKind, part: str, language: str) -> str:
    """Return the words that ship with the module of the kind, their placeholders not filled."""
    module, _, what = kind.name.partition(".")
    blanks = {name: f"{{{name}}}" for name in kind.values}
    return _spoken(f"{module}.notifications.{what}.{part}", language, **blanks)


def hint(message: Message, language: str) -> str:
    """Return what may stand on a locked screen: which thing has news, and nothing of them."""
    about = message.about or _spoken("notifications.hints.house", language)
    return _spoken("notifications.hints.news", language, about=about)


def _spoken(key: str, language: str, **values: object) -> str:
    token = spoken.set("en" if language == "en" else "vi")
    try:
        return t(key, **values)
    finally:
        spoken.reset(token)


async def replace(
    tx: Transaction, name: str, language: Language, title: str, text: str
) -> NotificationKind:
    """Say it in other words from now on. Raises `UnknownKind` or `TemplateUnfit`."""
    kind = kinds(tx).get(name)
    if kind is None:
        raise UnknownKind
    blanks = dict.fromkeys(kind.values, "")
    for words in (title, text):
        try:
            words.format_map(blanks)
        except (KeyError, ValueError, IndexError, AttributeError) as error:
            raise TemplateUnfit(values=list(kind.values)) from error
        if any(mark in words for mark in ("{" + name + "." for name in kind.values)):
            raise TemplateUnfit(values=list(kind.values))
    await repository.add(tx, name, language, title, text)
    return kind
