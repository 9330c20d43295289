"""A gateway around an application of three lines, spoken to in ASGI messages."""

import asyncio
import io
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec

from backend.gateway.front import Front
from backend.gateway.guard import Guard, Limits
from backend.gateway.health import Health
from backend.gateway.limit import AddressLimit, Proxies
from backend.gateway.logs import Journal
from backend.gateway.metrics import Metrics
from backend.gateway.trace import Trace
from backend.host.words import teach

App = Callable[[Any, Any, Any], Awaitable[None]]
JSON = (b"content-type", b"application/json")


class Told(msgspec.Struct):
    """What came back."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes

    @property
    def slug(self) -> str:
        return msgspec.json.decode(self.body)["type"].partition("/problems/")[2]


class Around:
    """A `Front`, and what it is made of."""

    def __init__(
        self,
        app: App,
        *,
        working: int = 40,
        receiving: int = 256,
        quota: int = 1_000_000,
        trusted: Sequence[str] = ("127.0.0.0/8",),
        base_url: str = "https://tinh.example",
    ) -> None:
        teach([])
        self.log = io.BytesIO()
        self.journal = Journal(self.log)
        self.sent: list[Any] = []
        """What has been answered to the last request so far."""
        self.guard = Guard(Limits(working=working, receiving=receiving))
        self.health = Health({})
        self.front = Front(
            app,
            base_url=base_url,
            guard=self.guard,
            proxies=Proxies(trusted),
            limit=AddressLimit(quota=quota),
            trace=Trace(self.journal, Metrics()),
            health=self.health,
            methods={},
        )

    async def ask(
        self,
        method: str = "GET",
        target: str = "/things",
        *,
        headers: Sequence[tuple[bytes, bytes]] = (),
        parts: Sequence[bytes] = (),
        receive: Any = None,
        peer: str = "203.0.113.7",
        names_host: bool = True,
        http_version: str = "1.1",
    ) -> Told:
        path, _, query = target.partition("?")
        scope = {
            "type": "http",
            "http_version": http_version,
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(b"host", b"tinh.example"), *headers] if names_host else list(headers),
            "client": (peer, 5000),
        }
        sent = self.sent = []

        async def send(message: Any) -> None:
            sent.append(message)

        await self.front(scope, receive or body_of(*parts), send)
        starts = [message for message in sent if message["type"] == "http.response.start"]
        if not starts:
            return Told(0, {}, b"")
        (start,) = starts
        body = b"".join(message["body"] for message in sent[1:])
        return Told(start["status"], dict(start["headers"]), body)


def body_of(*parts: bytes) -> Any:
    """A receive that tells these parts, then waits for ever as a quiet line does."""
    left = list(parts or [b""])

    async def receive() -> Any:
        if not left:
            await asyncio.sleep(3600)
        part = left.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(left)}

    return receive


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer with what came."""
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return
        body += message["body"]
        more = message["more_body"]
    await answer(send, body)


async def answer(send: Any, body: bytes, *headers: tuple[bytes, bytes], status: int = 200) -> None:
    length = (b"content-length", b"%d" % len(body))
    await send(
        {"type": "http.response.start", "status": status, "headers": [JSON, length, *headers]}
    )
    await send({"type": "http.response.body", "body": body, "more_body": False})
