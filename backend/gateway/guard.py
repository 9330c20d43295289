"""How much may come in at once, how large, and how slowly.

No ASGI server that we tried bounds a body in time, and a queue that grows without end serves
nobody: over the limit a request is refused before anything of it is read, and told when to come
back.
"""

import asyncio
from contextlib import suppress
from typing import Any, Final

import msgspec
from litestar.types import Receive

from backend.gateway import sanity
from backend.gateway.errors import (
    BodyTooLarge,
    BodyTooSlow,
    HeadersTooLarge,
    Overloaded,
    UnsupportedMediaType,
    UrlTooLong,
)
from backend.gateway.exchange import Exchange

URL_BYTES_MAX: Final = 4 * 1024
HEADER_BYTES_MAX: Final = 16 * 1024
JSON_BYTES_MAX: Final = 256 * 1024
FORM_BYTES_MAX: Final = 64 * 1024
FILE_BYTES_MAX: Final = 52 * 1024 * 1024

GRACE_SECONDS: Final = 5.0
"""How long a body may take to begin."""
PACE: Final = 16 * 1024
"""Bytes a second that every body must keep on the average."""
LISTENING_SECONDS: Final = 5.0
"""How long the rest of a body is let come in after its request has been answered."""

_RETRY: Final = {"Retry-After": "1"}
_FORM: Final = b"application/x-www-form-urlencoded"
_FILES: Final = frozenset(
    {
        b"multipart/form-data",
        b"application/octet-stream",
        b"application/offset+octet-stream",
        b"application/ocsp-request",
        b"application/pdf",
        b"application/timestamp-query",
        b"application/x-ndjson",
        b"application/zip",
        b"image/heic",
        b"image/jpeg",
        b"image/png",
        b"image/webp",
    }
)
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_SIGN_IN: Final = ("/oauth/", "/login/", "/console/login")
"""Who is half way through signing in has something to lose by a look-up, too."""


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How many requests one process has in hand.

    `working` counts those that may ask the database; an upload that is still on its way counts
    as `receiving` alone, so that slow phones cannot keep everybody else out.
    """

    working: int = 40
    receiving: int = 256


class Guard:
    """Counts what is under way and bounds what comes in. One for each process."""

    def __init__(self, limits: Limits) -> None:
        self._writers_max = limits.working
        # Look-ups are shed first: who has written a report has more to lose than who reads.
        self._readers_max = max(1, limits.working * 3 // 4)
        self._receiving_max = limits.receiving
        self.counts: dict[str, int] = {"working": 0, "receiving": 0}
        self.shed = 0

    def enter(self, exchange: Exchange) -> None:
        """Let the request in, or raise what refuses it: `Overloaded` or a limit of its head."""
        scope = exchange.scope
        yields = exchange.method in _SAFE and not scope["path"].startswith(_SIGN_IN)
        if self.counts["working"] >= (self._readers_max if yields else self._writers_max):
            self.shed += 1
            raise Overloaded(headers=_RETRY)
        if len(scope["raw_path"]) + len(scope["query_string"]) > URL_BYTES_MAX:
            raise UrlTooLong(limit=URL_BYTES_MAX)
        if sum([len(name) + len(value) for name, value in scope["headers"]]) > HEADER_BYTES_MAX:
            raise HeadersTooLarge(limit=HEADER_BYTES_MAX)
        self._move(exchange, "working")

    def leave(self, exchange: Exchange) -> None:
        """Give the place of this request to another; also for an answer that goes on for ever."""
        self._move(exchange, "")

    async def receive(self, exchange: Exchange, receive: Receive) -> Receive:
        """Return where the application gets the body from; small bodies have been read by then.

        Raises `BodyTooLarge`, `BodyTooSlow`, `UnsupportedMediaType`, `BadRequest`; and `Gone`
        when the caller hung up.
        """
        headers = exchange.headers
        declared = headers.get(b"content-length")
        if declared is None:
            if b"transfer-encoding" not in headers and exchange.scope["http_version"] == "1.1":
                return receive
        elif declared == b"0":
            return receive
        limit = self._body_bytes_max(exchange)
        if declared is not None and int(declared) > limit:
            raise BodyTooLarge(limit=limit)
        if self.counts["receiving"] >= self._receiving_max:
            self.shed += 1
            raise Overloaded(headers=_RETRY)
        self._move(exchange, "receiving")
        receive = exchange.incoming = Incoming(receive, limit)
        if limit == FILE_BYTES_MAX:
            return Paced(self, exchange, receive, limit)
        body = await _whole(receive, limit)
        self._move(exchange, "working")
        if body:
            _examine(exchange, body)
        return Whole(body, receive)

    def arrived(self, exchange: Exchange) -> None:
        """Count a request whose upload is complete among those at work."""
        self._move(exchange, "working")

    def _move(self, exchange: Exchange, slot: str) -> None:
        counts = self.counts
        if exchange.slot:
            counts[exchange.slot] -= 1
        if slot:
            counts[slot] += 1
        exchange.slot = slot

    def _body_bytes_max(self, exchange: Exchange) -> int:
        content_type = exchange.headers.get(b"content-type", b"")
        media_type = content_type.partition(b";")[0].strip().lower()
        exchange.media_type = media_type
        if b"content-encoding" in exchange.headers:
            raise UnsupportedMediaType(headers={"Accept-Encoding": "identity"})
        if media_type in _FILES or media_type.startswith(b"image/"):
            return FILE_BYTES_MAX
        if b"charset" in content_type.lower():
            sanity.refuse_charset(content_type)
        if media_type == _FORM or exchange.scope["path"].startswith("/oauth/"):
            return FORM_BYTES_MAX
        return JSON_BYTES_MAX


class Gone(Exception):
    """The caller hung up; there is nobody to answer."""


class Incoming:
    """A body that was let in, as the server hands it over."""

    __slots__ = ("_is_over", "_left", "_receive")

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive, self._left = receive, limit
        self._is_over = False

    async def __call__(self) -> Any:
        message: Any = await self._receive()
        self._left -= len(message.get("body", b""))
        self._is_over = self._left < 0 or not message.get("more_body", False)
        return message

    async def pass_by(self) -> None:
        """Let the rest of a body that nobody reads come in, and forget it.

        A phone that is still sending learns what it was answered only when it has finished: were
        the line closed under it, the answer would be lost with it (RFC 9112 §9.6).
        """
        with suppress(TimeoutError):
            async with asyncio.timeout(LISTENING_SECONDS):
                while not self._is_over:
                    await self()


class Whole:
    """A body that has been read, handed on as one message."""

    __slots__ = ("_body", "_receive")

    def __init__(self, body: bytes, receive: Receive) -> None:
        self._body: bytes | None = body
        self._receive = receive

    async def __call__(self) -> Any:
        body, self._body = self._body, None
        if body is None:
            return await self._receive()
        return {"type": "http.request", "body": body, "more_body": False}


async def body_of(receive: Receive) -> bytes:
    """Return the whole body of a request that the guard has let in; raises `Gone`."""
    parts: list[bytes] = []
    while True:
        message: Any = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        parts.append(message.get("body", b""))
        if not message.get("more_body", False):
            return parts[0] if len(parts) == 1 else b"".join(parts)


class Paced:
    """A body that is handed on as it comes, while it keeps its pace and its limit."""

    __slots__ = ("_began", "_exchange", "_guard", "_limit", "_receive", "_size")

    def __init__(self, guard: Guard, exchange: Exchange, receive: Receive, limit: int) -> None:
        self._guard, self._exchange = guard, exchange
        self._receive, self._limit = receive, limit
        self._began = asyncio.get_running_loop().time()
        self._size = 0

    async def __call__(self) -> Any:
        if self._exchange.slot != "receiving":
            return await self._receive()
        try:
            async with asyncio.timeout_at(self._began + GRACE_SECONDS + self._size / PACE):
                message: Any = await self._receive()
        except TimeoutError:
            raise _too_slow() from None
        if message["type"] == "http.disconnect":
            self._exchange.is_gone = True
            return message
        self._size += len(message.get("body", b""))
        if self._size > self._limit:
            raise BodyTooLarge(limit=self._limit)
        if not message.get("more_body", False):
            self._guard.arrived(self._exchange)
        return message


async def _whole(receive: Receive, limit: int) -> bytes:
    loop = asyncio.get_running_loop()
    began = loop.time()
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout_at(began + GRACE_SECONDS) as deadline:
            while True:
                message: Any = await receive()
                if message["type"] == "http.disconnect":
                    raise Gone
                part = message.get("body", b"")
                size += len(part)
                if size > limit:
                    raise BodyTooLarge(limit=limit)
                parts.append(part)
                if not message.get("more_body", False):
                    return b"".join(parts)
                deadline.reschedule(began + GRACE_SECONDS + size / PACE)
    except TimeoutError:
        raise _too_slow() from None


def _examine(exchange: Exchange, body: bytes) -> None:
    media_type = exchange.media_type
    if media_type == b"application/json" or media_type.endswith(b"+json"):
        sanity.refuse_json(body)
    elif media_type == _FORM:
        sanity.refuse_form(body)
    else:
        raise UnsupportedMediaType


def _too_slow() -> BodyTooSlow:
    return BodyTooSlow(headers={"Connection": "close"})
