"""One HTTP request and its answer: what the stages of the gateway know of it."""

import re
from functools import lru_cache
from typing import Any, Final, cast

from backend.kernel import BadRequest
from backend.kernel.locale import LANGUAGES, Language
from backend.kernel.pages import LOOK, Theme
from contracts.problem import Fault

_LISTS: Final = frozenset(
    {
        b"accept",
        b"accept-encoding",
        b"accept-language",
        b"cookie",
        b"forwarded",
        b"if-match",
        b"if-none-match",
        b"tracestate",
        b"via",
        b"x-forwarded-for",
    }
)
"""Headers that may come in several lines (RFC 9110 §5.3); one of any other kind comes once."""


_CHOSEN: Final = re.compile(rf"(?:^|;) *{LOOK}=(vi|en|)\.(light|dark|)(?=;|$)")


class Exchange:
    """What is known of one request, read from its head once and used by every stage.

    It lies in `scope["exchange"]`.
    """

    __slots__ = (
        "address",
        "base_url",
        "encoding",
        "headers",
        "incoming",
        "is_gone",
        "language",
        "media_type",
        "method",
        "nonce",
        "remaining",
        "reset_seconds",
        "scope",
        "slot",
        "started",
        "status",
        "theme",
        "trace_id",
    )

    def __init__(self, scope: Any, *, base_url: str, started: float) -> None:
        self.scope = scope
        self.base_url = base_url
        self.started = started
        self.method: str = scope["method"]
        lines: list[tuple[bytes, bytes]] = scope["headers"]
        headers: dict[bytes, bytes] = dict(lines)
        self.headers = headers
        wanted = headers.get(b"accept-language")
        self.language: Language = LANGUAGES[0] if wanted is None else spoken(wanted)
        self.theme: Theme = ""
        cookie = headers.get(b"cookie")
        if cookie is not None and LOOK.encode() in cookie:
            chosen, self.theme = looked(cookie)
            self.language = chosen or self.language
        self.address = ""
        """Who called, as far as the trusted proxies tell: an address, or the /64 of one."""
        self.trace_id = ""
        self.media_type = b""
        self.nonce = b""
        """What the next proof of this caller has to name (RFC 9449 §8)."""
        self.status = 0
        self.slot = ""
        self.incoming: Any = None
        """The body on its way in, if there is one: see `guard.Incoming`."""
        self.is_gone = False
        """The caller hung up before the answer."""
        self.remaining = -1
        self.reset_seconds = 0

    def join_headers(self) -> None:
        """Join the lines of headers that are lists. Raises `BadRequest` for a doubled single one.

        Two readers of a doubled header may each believe another line of it.
        """
        lines: list[tuple[bytes, bytes]] = self.scope["headers"]
        if len(self.headers) == len(lines):
            return
        joined: dict[bytes, bytes] = {}
        for name, value in lines:
            if name not in joined:
                joined[name] = value
            elif name in _LISTS:
                joined[name] += (b"; " if name == b"cookie" else b", ") + value
            else:
                raise BadRequest(errors=[Fault(parameter="headers", code="inconsistent")])
        self.headers = joined


@lru_cache(maxsize=512)
def looked(cookie: bytes) -> tuple[Language | None, Theme]:
    """Return the language and the theme that somebody has chosen for our pages, if they have."""
    found = _CHOSEN.search(cookie.decode("latin-1"))
    language, theme = found.groups() if found else ("", "")
    return next((each for each in LANGUAGES if each == language), None), cast("Theme", theme)


@lru_cache(maxsize=512)
def spoken(accept_language: bytes) -> Language:
    """Return the best language that both the caller and the house speak, or the default one."""
    best: Language = LANGUAGES[0]
    best_weight = 0.0
    for tag, weight in weighted(accept_language):
        primary = tag.partition("-")[0]
        for language in LANGUAGES:
            if primary == language and weight > best_weight:
                best, best_weight = language, weight
    return best


def weighted(header: bytes) -> list[tuple[str, float]]:
    """Return the members of a header such as `br;q=0.8, gzip`, lower case, with their weights."""
    found: list[tuple[str, float]] = []
    for part in header.decode("latin-1").lower().split(","):
        name, _, parameters = part.partition(";")
        weight = 1.0
        text = parameters.replace(" ", "")
        if text.startswith("q="):
            try:
                weight = float(text[2:])
            except ValueError:
                weight = 0.0
        found.append((name.strip(), weight))
    return found
