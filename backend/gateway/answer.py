"""What is added to every answer on its way out: safety, caching, language, limits, a trace."""

from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

import msgspec
from litestar.types import Send

from backend.gateway import caching
from backend.gateway.exchange import Exchange
from backend.gateway.guard import Guard
from backend.kernel.locale import LANGUAGES, Language

Header: TypeAlias = tuple[bytes, bytes]

PUBLIC: Final = "public"
"""Option of a route whose door is `Anyone()`; the host sets it."""

_SAFETY: Final[tuple[Header, ...]] = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
)
_CLOSED: Final[Header] = (
    b"content-security-policy",
    b"default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
)
_HTTPS_ONLY: Final[Header] = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")
_ANY_ORIGIN: Final[tuple[Header, ...]] = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-expose-headers", b"ETag, Link, RateLimit, RateLimit-Policy, Trace-Id"),
)
_LANGUAGE: Final[dict[Language, Header]] = {
    language: (b"content-language", language.encode()) for language in LANGUAGES
}
_VARY: Final[Header] = (b"vary", b"Accept-Encoding, Accept-Language")
_NOT_STORED: Final[Header] = (b"cache-control", b"no-store")
_ASK_AGAIN: Final[Header] = (b"cache-control", b"private, no-cache")
_BODY_ONLY: Final = frozenset({b"content-length", b"content-type", b"content-encoding"})
_STREAM: Final = b"text/event-stream"
_READING: Final = frozenset({"GET", "HEAD"})
_KEPT_BYTES_MAX: Final = 64 * 1024
_OK: Final = 200
_NOT_MODIFIED: Final = 304
_REFUSED: Final = 400


class Usual(msgspec.Struct, frozen=True, kw_only=True):
    """What is the same for every answer of a process."""

    headers: tuple[Header, ...]
    guard: Guard
    methods: Mapping[str, bytes]
    """Route template → `Allow`; Litestar's own answer to OPTIONS knows the first handler alone."""


def usual_headers(*, base_url: str, policy: Header) -> tuple[Header, ...]:
    """Return the headers that every answer of this installation carries."""
    usual = (*_SAFETY, policy)
    return (*usual, _HTTPS_ONLY) if base_url.startswith("https:") else usual


class Answer:
    """The way out of one exchange. The head waits for the first part of the body, and no longer.

    A body that comes in one part may turn out to be what the caller has, or be sent compressed.
    """

    __slots__ = ("_exchange", "_given", "_send", "_start", "_usual", "is_sent")

    def __init__(self, exchange: Exchange, send: Send, usual: Usual) -> None:
        self._exchange, self._send, self._usual = exchange, send, usual
        self._start: Any = None
        self._given: dict[bytes, bytes] = {}
        self.is_sent = False

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self._exchange.status = message["status"]
            self._start = message
            self._given = dict(message["headers"])
            if self._given.get(b"content-type", b"").startswith(_STREAM):
                self._usual.guard.leave(self._exchange)  # it goes on for ever and waits for nothing
                await self._begin(None)
            return
        if self._start is not None:
            whole = message["type"] == "http.response.body" and not message.get("more_body", False)
            body = await self._begin(message.get("body", b"") if whole else None)
            if body is not None:
                message = {"type": "http.response.body", "body": body, "more_body": False}
        if self._exchange.method == "HEAD" and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await self._send(message)

    async def _begin(self, body: bytes | None) -> bytes | None:
        start, self._start = self._start, None
        status = start["status"]
        headers = self._all(start["headers"])
        policy = self._cached(headers, status)
        if body is not None and status == _OK and b"no-store" not in policy:
            headers, status, body = self._trimmed(headers, status, body, policy)
        self._exchange.status = status
        self.is_sent = True
        await self._send({"type": "http.response.start", "status": status, "headers": headers})
        return body

    def _all(self, given: Iterable[Header]) -> list[Header]:
        exchange = self._exchange
        headers = [
            *given,
            *self._usual.headers,
            _LANGUAGE[exchange.language],
            (b"trace-id", exchange.trace_id.encode()),
        ]
        if exchange.remaining >= 0:
            left = b'"address";r=%d;t=%d' % (exchange.remaining, exchange.reset_seconds)
            headers.append((b"ratelimit", left))
        if exchange.nonce:
            headers.append((b"dpop-nonce", exchange.nonce))
        if _CLOSED[0] not in self._given:
            headers.append(_CLOSED)
        if exchange.method in _READING:
            handler = exchange.scope.get("route_handler")
            if handler is not None and handler.opt.get(PUBLIC):
                headers += _ANY_ORIGIN
        elif exchange.method == "OPTIONS" and b"allow" in self._given:
            allowed = self._usual.methods.get(exchange.scope.get("path_template", ""))
            headers = [header for header in headers if header[0] != b"allow"]
            headers.append((b"allow", allowed or self._given[b"allow"]))
        return headers

    def _cached(self, headers: list[Header], status: int) -> bytes:
        """Say how long the answer may be kept, and by whom; return what was said."""
        policy = self._given.get(b"cache-control")
        if policy is None or status >= _REFUSED:
            reads = self._exchange.method in _READING
            said = _ASK_AGAIN if reads and status < _REFUSED else _NOT_STORED
            if policy is not None:
                headers[:] = [header for header in headers if header[0] != said[0]]
            headers.append(said)
            policy = said[1]
        if policy != b"no-store" and b"vary" not in self._given:
            headers.append(_VARY)
        return policy

    def _trimmed(
        self,
        headers: list[Header],
        status: int,
        body: bytes,
        policy: bytes,
    ) -> tuple[list[Header], int, bytes]:
        exchange, given = self._exchange, self._given
        if exchange.method in _READING:
            tag = given.get(b"etag")
            if tag is None:
                tag = caching.tag_of(body)
                headers.append((b"etag", tag))
            known = exchange.headers.get(b"if-none-match")
            if known is not None and caching.matches(known, tag):
                kept = [header for header in headers if header[0] not in _BODY_ONLY]
                return kept, _NOT_MODIFIED, b""
        if (
            len(body) < caching.COMPRESSED_FROM
            or b"content-encoding" in given
            or not caching.is_compressible(given.get(b"content-type", b""))
        ):
            return headers, status, body
        how = caching.coding(exchange.headers.get(b"accept-encoding", b""))
        if not how:
            return headers, status, body
        everybodys = b"public" in policy and len(body) <= _KEPT_BYTES_MAX
        body = (caching.compressed_once if everybodys else caching.compressed)(body, how)
        headers = [
            (name, b"W/" + value) if name == b"etag" and value[:2] != b"W/" else (name, value)
            for name, value in headers
            if name != b"content-length"
        ]
        headers += [(b"content-encoding", how), (b"content-length", b"%d" % len(body))]
        return headers, status, body
