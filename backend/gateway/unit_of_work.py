"""The inner stages of the gateway: from the route to the answer, in one transaction.

    route           404, 405
    authenticate    who is asking, as far as a token tells
    unit of work    kept before the answer leaves, and once for each key; a refusal keeps nothing
    door, handler   the route's own

Litestar has gathered and described the routes, finds the one that is asked for, and serves what
`Binding` leaves to it. What it would wrap around every handler is done here, in one coroutine:
its own stack of middleware, exception handlers and request objects costs 30 µs a request.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Final

from litestar import Litestar
from litestar.types import ASGIApp, Message, Receive, Send

from backend.gateway.authenticate import Authenticate
from backend.gateway.form import files_of, take_form
from backend.gateway.guard import Whole, body_of
from backend.gateway.idempotency import Answer, Claim, Replay, fingerprint
from backend.gateway.route import Route
from backend.gateway.visit import Visit
from backend.identity.entry import AS_SIGN_IN
from backend.kernel import DomainError, House
from backend.kernel.console import PAGE
from backend.kernel.forms import KEY, Form

_REFUSED: Final = 400
_REPLAYED: Final = (b"idempotent-replayed", b"true")


class UnitOfWork:
    """Takes a request that the outer stages have let in to its answer; raises every refusal."""

    def __init__(
        self,
        app: Litestar,
        authenticate: Authenticate,
        house: House,
        clock: Callable[[], datetime],
    ) -> None:
        self._app, self._authenticate = app, authenticate
        self._house, self._clock = house, clock

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        routed, route, scope["path"], scope["path_params"], template = (
            self._app.asgi_router.handle_routing(path=scope["path"], method=scope["method"])
        )
        scope["route_handler"], scope["path_template"] = route, template
        now = self._clock()
        if scope["method"] == "POST" and PAGE in route.opt:
            receive = await take_form(scope, receive, files_of(route.opt))
        self._authenticate(scope, now)
        state = self._app.state
        pool = state.auth_pool if route.opt.get(AS_SIGN_IN) else state.pool
        visit = scope["visit"] = Visit(pool, self._house, now, scope, state.enter)
        if scope["method"] == "POST":
            receive = await _claiming(visit, scope, receive, self._house.secrets)
        try:
            given: Answer | ASGIApp = routed
            if isinstance(route, Route) and route.is_bound:
                given = await route.answer(scope, receive)
            if isinstance(given, Answer):
                await visit.commit(given)
                await _send(given, send)
            else:
                await given(scope, receive, _holding(visit, send))
        except Replay as done:
            await visit.commit(done.answer)  # nothing has happened but that a proof was used
            await _send(done.answer, send, _REPLAYED)
        except Exception as error:
            await visit.refuse(error.event if isinstance(error, DomainError) else None)
            raise
        finally:
            visit.abandon()


async def _claiming(
    visit: Visit, scope: Any, receive: Receive, secrets: Sequence[bytes]
) -> Receive:
    """Read the body of a request that carries a key, for it is part of what must not change."""
    headers = scope["exchange"].headers
    key = headers.get(b"idempotency-key")
    form: Form | None = scope.get("form")
    if form is not None:
        key = form.text(KEY).encode() or None
    if key is None:
        return receive
    body = await body_of(receive)
    asked = fingerprint(scope, body)
    device = headers.get(b"tinhs-device", b"")
    visit.claim = Claim(key=key.decode("latin-1"), request=asked, secrets=secrets, device=device)
    return Whole(body, receive)


async def _send(answer: Answer, send: Send, *more: tuple[bytes, bytes]) -> None:
    headers = [*answer.headers, *more]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": answer.body, "more_body": False})


def _holding(visit: Visit, send: Send) -> Send:
    """Return a `send` that holds the answer of a handler back until it is kept."""
    held: list[Any] = []
    is_settled = False

    async def hold(message: Message) -> None:
        nonlocal is_settled
        held.append(message)
        if message["type"] == "http.response.start":
            return
        if visit.claim is not None and message.get("more_body", False):
            return
        if not is_settled:
            is_settled = True
            await _settle(visit, held)
        for waiting in held:
            await send(waiting)
        held.clear()

    return hold


async def _settle(visit: Visit, held: list[Any]) -> None:
    start, *parts = held
    if start["status"] >= _REFUSED:
        await visit.refuse()
        return
    body = b"".join(part.get("body", b"") for part in parts)
    await visit.commit(Answer(start["status"], list(start["headers"]), body))
