"""Words by key, in the language of the request.

Each module keeps `locales/vi.toml` and `locales/en.toml`; the host gathers them at the start. A
key is `<module>.<table>.<name>`; `{name}` in the text is filled from the call.
"""

from collections.abc import Mapping
from contextvars import ContextVar
from typing import Final, Literal

Language = Literal["vi", "en"]

LANGUAGES: Final[tuple[Language, ...]] = ("vi", "en")
"""Every language the house speaks; the first is the default."""

language: Final[ContextVar[Language]] = ContextVar("language", default="vi")
"""The language of the request at hand; the gateway sets it from `Accept-Language`."""

_words: Final[dict[Language, dict[str, str]]] = {"vi": {}, "en": {}}


def learn(spoken: Language, words: Mapping[str, str]) -> None:
    """Add a module's words. The host calls this while it starts."""
    _words[spoken].update(words)


def knows(key: str, spoken: Language) -> bool:
    """Tell whether there is a text for `key` in that language."""
    return key in _words[spoken]


def t(key: str, **values: object) -> str:
    """Return the text of `key` in the language of the request, its placeholders filled.

    Raises KeyError for a key that nobody wrote: the start-up check finds those.
    """
    return _words[language.get()][key].format(**values)
