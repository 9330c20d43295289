"""The outer stages of the gateway in their order, as one ASGI application around the house.

    health   never refused, never shed
    guard    how much at once, how large, how slowly
    trace    one thread, one line
    sanity   what no part of the house could read
    limit    how often from one address, before any signature is checked

They know nothing of routes and need nothing of the database, so that refusing is cheap.
"""

from collections.abc import Mapping
from time import perf_counter, time
from typing import Any, Final

import structlog
from litestar.types import ASGIApp, Receive, Send

from backend.gateway import sanity
from backend.gateway.answer import Answer, Usual, usual_headers
from backend.gateway.exchange import Exchange
from backend.gateway.guard import Gone, Guard
from backend.gateway.health import Health
from backend.gateway.limit import AddressLimit, Proxies
from backend.gateway.problems import failure
from backend.gateway.trace import Trace, trace_id_of
from backend.kernel.locale import language
from backend.kernel.pages import Sight, sight

_TOO_SLOW: Final = 408

_log = structlog.get_logger("tinhs")


def address_of(scope: Any) -> str:
    """Return path and query, as a page may name them to come back to itself."""
    query: bytes = scope["query_string"]
    return f"{scope['path']}?{query.decode('latin-1')}" if query else scope["path"]


class CutShort(Exception):
    """An answer failed after it had begun: the connection ends, which is all that can be told."""


class Front:
    """Stands between the server and the application."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        base_url: str,
        guard: Guard,
        proxies: Proxies,
        limit: AddressLimit,
        trace: Trace,
        health: Health,
        methods: Mapping[str, bytes],
    ) -> None:
        self._app, self._base_url = app, base_url
        self._guard, self._proxies, self._limit = guard, proxies, limit
        self._trace, self._health = trace, health
        headers = usual_headers(base_url=base_url, policy=limit.policy)
        self._usual = Usual(headers=headers, guard=guard, methods=methods)

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["path"][-1:] == "z" and await self._health.answer(scope["path"], send):
            return
        exchange = Exchange(scope, base_url=self._base_url, started=perf_counter())
        scope["exchange"] = exchange
        answer = Answer(exchange, send, self._usual)
        language.set(exchange.language)
        sight.set(Sight(address_of(scope), exchange.theme))
        try:
            receive = await self._admitted(exchange, receive)
            await self._app(scope, receive, answer.send)
        except Gone:
            exchange.is_gone = True
        except Exception as error:  # noqa: BLE001 - whatever it was, the caller gets an answer
            await self._failed(error, exchange, answer)
        finally:
            self._guard.leave(exchange)
            self._trace.end(exchange, time())
        # Scope and exchange know each other: let go of here, or the server waits for a collection.
        incoming, exchange.incoming = exchange.incoming, None
        if incoming is not None and not exchange.is_gone and exchange.status != _TOO_SLOW:
            await incoming.pass_by()

    async def _admitted(self, exchange: Exchange, receive: Receive) -> Receive:
        """Let the request through the stages; return where its body comes from."""
        scope = exchange.scope
        headers = exchange.headers
        exchange.trace_id = trace_id_of(headers.get(b"traceparent"))
        peer = scope.get("client")
        forwarded = headers.get(b"x-forwarded-for", b"")
        exchange.address = self._proxies.caller(peer[0] if peer else "", forwarded)
        self._guard.enter(exchange)
        exchange.join_headers()
        sanity.refuse_hostless(scope["http_version"], headers)
        sanity.refuse_target(scope["raw_path"], scope["query_string"])
        self._limit.spend(exchange)
        if exchange.method == "HEAD":  # RFC 9110 §9.3.2: a GET whose body is not sent
            scope["method"] = "GET"
        return await self._guard.receive(exchange, receive)

    async def _failed(self, error: Exception, exchange: Exchange, answer: Answer) -> None:
        if exchange.is_gone:
            return
        if answer.is_sent:
            _log.error("cut short", exc_info=error, trace_id=exchange.trace_id)
            raise CutShort from None
        for message in failure(error, exchange.scope):
            await answer.send(message)
