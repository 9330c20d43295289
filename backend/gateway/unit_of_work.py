"""One transaction for each request, committed before the answer leaves; once for each key."""

import logging
from collections.abc import Callable
from contextlib import AsyncExitStack
from datetime import datetime
from hashlib import sha256
from typing import Any, cast

import msgspec
from asyncpg import Pool
from litestar.datastructures import Headers
from litestar.enums import ScopeType
from litestar.middleware import ASGIMiddleware
from litestar.types import ASGIApp, HTTPResponseStartEvent, Message, Receive, Scope, Send

from backend.kernel import NOBODY, DomainError, Principal, Providers, Snapshot, Transaction

_CLAIM = """
insert into kernel.idempotency (caller, key, fingerprint, created_at)
values ($1, $2, $3, $4) on conflict do nothing returning true
"""
_FIND = "select fingerprint, answer from kernel.idempotency where caller = $1 and key = $2"
_KEEP = "update kernel.idempotency set answer = $3 where caller = $1 and key = $2"


_FAILED: list[Message] = [
    {
        "type": "http.response.start",
        "status": 500,
        "headers": [(b"content-type", b"application/problem+json")],
    },
    {
        "type": "http.response.body",
        "body": b'{"type":"about:blank","title":"Internal Server Error","status":500}',
        "more_body": False,
    },
]


class KeyReused(DomainError):
    """The Idempotency-Key came before with another request."""

    slug = "kernel/idempotency-key-reused"
    status = 422


class Answer(msgspec.Struct, frozen=True):
    """What was answered, to be answered again."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


class Replay(Exception):
    """The request has been done before: here is its answer."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer


class Work:
    """What one request does to the database; nothing is taken until it is asked for."""

    def __init__(
        self, pool: Pool, providers: Providers, now: datetime, principal: Principal
    ) -> None:
        self._pool, self._providers, self._now = pool, providers, now
        self._principal = principal
        self._stack = AsyncExitStack()
        self._transaction: Any = None
        self.connection: Any = None
        self.key: tuple[str, str] | None = None
        self.fingerprint = b""
        self.failed = False

    async def transaction(self) -> Transaction:
        if self.connection is None:
            await self._open(readonly=False)
            await self._claim()
        return Transaction(self.connection, self._providers, self._now, self._principal)

    async def snapshot(self) -> Snapshot:
        if self.connection is None:
            await self._open(readonly=True)
        return Snapshot(self.connection, self._providers, self._now, self._principal)

    async def _open(self, *, readonly: bool) -> None:
        self.connection = await self._stack.enter_async_context(self._pool.acquire(timeout=1))
        isolation = "repeatable_read" if readonly else "read_committed"
        self._transaction = self.connection.transaction(isolation=isolation, readonly=readonly)
        await self._transaction.start()

    async def _claim(self) -> None:
        if self.key is None:
            return
        # A concurrent twin waits here, on the unique index, until the first has committed.
        if await self.connection.fetchval(_CLAIM, *self.key, self.fingerprint, self._now):
            return
        kept = await self.connection.fetchrow(_FIND, *self.key)
        if kept["fingerprint"] != self.fingerprint:
            raise KeyReused
        raise Replay(msgspec.msgpack.decode(kept["answer"], type=Answer))

    async def keep(self, answer: Answer) -> None:
        if self.key is not None and self.connection is not None:
            await self.connection.execute(_KEEP, *self.key, msgspec.msgpack.encode(answer))

    async def finish(self, *, commit: bool) -> None:
        transaction, self._transaction = self._transaction, None
        if transaction is not None:
            await (transaction.commit() if commit else transaction.rollback())
        await self._stack.aclose()


class UnitOfWork(ASGIMiddleware):
    """Hold the answer until the commit; a refusal rolls back."""

    scopes = (ScopeType.HTTP,)

    def __init__(self, providers: Providers, clock: Callable[[], datetime]) -> None:
        self._providers, self._clock = providers, clock

    async def handle(self, scope: Scope, receive: Receive, send: Send, next_app: ASGIApp) -> None:
        user = scope["user"]
        work = Work(
            scope["litestar_app"].state.pool, self._providers, self._clock(), user or NOBODY
        )
        key = Headers.from_scope(scope).get("idempotency-key")
        if key and isinstance(user, Principal) and scope["method"] == "POST":
            body, receive = await _whole(receive)
            work.key = (str(user.person_id), key)
            work.fingerprint = sha256(
                f"{scope['method']} {scope['path']}\n".encode() + body
            ).digest()
        scope["work"] = work  # type: ignore[typeddict-unknown-key]
        held: list[Message] = []

        async def hold(message: Message) -> None:
            held.append(message)
            if work.key is not None and message.get("more_body", message["type"].endswith("start")):
                return
            answer = [] if work.failed else await self._settle(work, held)
            held.clear()
            for waiting in answer:
                await send(waiting)

        try:
            await next_app(scope, receive, hold)
        finally:
            await work.finish(commit=False)

    async def _settle(self, work: Work, held: list[Message]) -> list[Message]:
        """Commit what was answered; when the commit fails, answer that instead."""
        if held[0]["type"] != "http.response.start":
            return [*held]
        start = cast("HTTPResponseStartEvent", held[0])
        committed = start["status"] < 400
        try:
            if committed and work.key is not None:
                body = b"".join(message.get("body", b"") for message in held[1:])
                await work.keep(Answer(start["status"], list(start["headers"]), body))
            await work.finish(commit=committed)
        except Exception:
            logging.getLogger("tinhs").exception("the commit failed")
            work.failed = True
            return _FAILED
        return [*held]


async def _whole(receive: Receive) -> tuple[bytes, Receive]:
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)

    async def again() -> Any:
        return {"type": "http.request", "body": body, "more_body": False}

    return body, again
