"""One transaction for each request, committed before the answer leaves; once for each key."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, Final, cast

from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPResponseStartEvent, HTTPScope, Message, Receive, Send

from backend.gateway.idempotency import Answer, Claim, fingerprint
from backend.gateway.visit import Visit
from backend.kernel import House
from backend.kernel.pool import Pool

_REFUSED: Final = 400


class UnitOfWork(ASGIMiddleware):
    """Hold the answer until the commit; a refusal rolls back."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, house: House, clock: Callable[[], datetime]) -> None:
        self._house, self._clock = house, clock

    async def handle(self, scope: Any, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        state = scope["litestar_app"].state
        pool: Pool = state.pool
        visit = Visit(pool, self._house, self._clock(), scope, state.enter)
        scope["visit"] = visit
        if scope["method"] == "POST":
            receive = await _claiming(visit, scope, receive)
        held: list[Message] = []

        async def hold(message: Message) -> None:
            held.append(message)
            if message["type"] == "http.response.start":
                return
            if visit.claim is not None and message.get("more_body", False):
                return
            answer = await _settle(visit, held) if not visit.settled else [*held]
            held.clear()
            for waiting in answer:
                await send(waiting)

        try:
            await next_app(scope, receive, hold)
        finally:
            visit.abandon()


async def _claiming(visit: Visit, scope: HTTPScope, receive: Receive) -> Receive:
    """Read the body of a request that carries a key, for it is part of what must not change."""
    key = Headers.from_scope(scope).get("idempotency-key")
    if key is None:
        return receive
    body, receive = await _whole(receive)
    visit.claim = Claim(key=key, fingerprint=fingerprint(scope, body))
    return receive


async def _settle(visit: Visit, held: list[Message]) -> list[Message]:
    """Commit what was answered; when the commit fails, answer that instead."""
    start = cast("HTTPResponseStartEvent", held[0])
    committed = start["status"] < _REFUSED
    visit.settled = True
    try:
        if committed:
            body = b"".join(message.get("body", b"") for message in held[1:])
            await visit.commit(Answer(start["status"], list(start["headers"]), body))
        else:
            await visit.rollback()
    except Exception as error:  # noqa: BLE001 - whatever it was, it was not kept
        return visit.failed(error)
    return [*held]


async def _whole(receive: Receive) -> tuple[bytes, Receive]:
    parts: list[bytes] = []
    more = True
    while more:
        message: Any = await receive()
        if message["type"] == "http.disconnect":
            break
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    body = b"".join(parts)
    told = False

    async def again() -> Any:
        nonlocal told
        if told:
            return await receive()
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return body, again
