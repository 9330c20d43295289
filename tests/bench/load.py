"""A closed-loop HTTP/1.1 client that costs a few microseconds a request.

It sends bytes that were made before the round and reads no more of an answer than it must, so
that on a small machine the measured server is not starved by whoever measures it.
"""

import asyncio
from collections.abc import Iterable, Iterator
from itertools import cycle
from typing import Final, cast

import msgspec

_PATIENCE_SECONDS: Final = 20.0


class BadAnswer(Exception):
    """A subject answered something else than the scenario expects; its figures mean nothing."""


class Tally(msgspec.Struct, frozen=True, kw_only=True):
    """What one round of load saw."""

    answers: int
    seconds: float
    answer_bytes: int

    @property
    def per_second(self) -> float:
        return self.answers / self.seconds


class _Round:
    """What the connections of one round share."""

    def __init__(self, requests: Iterator[bytes], status: bytes) -> None:
        self.requests = requests
        self.status = status
        self.answers = 0
        self.answer_bytes = 0
        self.open = True
        self.is_over = False
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def end(self, error: Exception | None = None) -> None:
        """Stop; a server that has not answered at all yet is waited for a little longer."""
        if error is None and not self.answers:
            self.is_over = True
            return
        self.open = False
        if self.ended.done():
            return
        if error is None:
            self.ended.set_result(None)
        else:
            self.ended.set_exception(error)

    def give_up(self) -> None:
        self.end(BadAnswer(f"no answer in {_PATIENCE_SECONDS:g} seconds"))


class _Caller(asyncio.Protocol):
    """One connection: asks, waits for the whole answer, asks again."""

    def __init__(self, round_: _Round) -> None:
        self._round = round_
        self._held = b""
        self._transport: asyncio.WriteTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.WriteTransport", transport)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._round.open:
            self._round.end(BadAnswer(f"the server closed the connection: {exc}"))

    def ask(self) -> None:
        request = next(self._round.requests, None)
        if request is None:
            self._round.end()
        elif self._transport is not None:
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        if self._held:
            data = self._held + data
        length = answer_length(data)
        if length is None or len(data) < length:
            self._held = data
            return
        self._held = b""
        this = self._round
        if data[9:12] != this.status:
            this.end(BadAnswer(data[:2000].decode(errors="replace")))
        elif this.open:
            this.answers += 1
            this.answer_bytes += length
            if this.is_over:
                this.end()
            else:
                self.ask()

    def hang_up(self) -> None:
        if self._transport is not None:
            self._transport.abort()


def answer_length(data: bytes) -> int | None:
    """Return how many bytes the answer has that begins here, or None if that is not known yet."""
    head = data.find(b"\r\n\r\n")
    if head < 0:
        return None
    start = data.find(b"content-length: ", 0, head)
    if start < 0:
        start = data[:head].lower().find(b"content-length: ")
    if start < 0:
        end = data.find(b"0\r\n\r\n", head)  # chunked: there is no other way to end
        return None if end < 0 else end + 5
    end = data.find(b"\r\n", start)
    return head + 4 + int(data[start + 16 : end])


async def load(
    port: int,
    requests: Iterable[bytes],
    *,
    seconds: float,
    connections: int,
    status: int = 200,
    repeat: bool = True,
) -> Tally:
    """Keep `connections` requests under way for `seconds`, or until they are used up.

    `requests` that may not be sent twice come with `repeat=False`. Raises `BadAnswer`.
    """
    loop = asyncio.get_running_loop()
    this = _Round(cycle(requests) if repeat else iter(requests), b"%d" % status)
    callers = [
        (await loop.create_connection(lambda: _Caller(this), "127.0.0.1", port))[1]
        for _ in range(connections)
    ]
    start = loop.time()
    timer = loop.call_later(seconds, this.end)
    limit = loop.call_later(_PATIENCE_SECONDS, this.give_up)
    for caller in callers:
        caller.ask()
    try:
        await this.ended
        return Tally(
            answers=this.answers,
            seconds=loop.time() - start,
            answer_bytes=this.answer_bytes // this.answers,
        )
    finally:
        timer.cancel()
        limit.cancel()
        this.open = False
        for caller in callers:
            caller.hang_up()
