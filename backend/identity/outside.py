"""Calls to hosts that settings name, and to no other; one that is down is left alone a while."""

import asyncio
import time
from collections.abc import Collection, Mapping
from typing import Final
from urllib.parse import urlsplit

from backend.kernel import outside
from backend.kernel.outside import Answer, Reach, Unreachable

_PATIENCE_SECONDS: Final = 3.0
_FAILURES_MAX: Final = 5
_BREAK_SECONDS: Final = 10.0


class Breaker:
    """Leaves somebody alone for a while who has not answered several times in a row."""

    def __init__(self, seconds: float = _BREAK_SECONDS) -> None:
        self._seconds = seconds
        self._failures = 0
        self._closed_from = 0.0

    @property
    def is_open(self) -> bool:
        """Whether they are left alone now."""
        return time.monotonic() < self._closed_from

    def failed(self) -> None:
        """Remember that there was no answer."""
        self._failures += 1
        if self._failures >= _FAILURES_MAX:
            self._closed_from = time.monotonic() + self._seconds

    def answered(self) -> None:
        """Forget what was before."""
        self._failures = 0


class NamedHosts:
    """Calls some hosts, each at most for a few seconds. Needs no closing: nothing stays open."""

    def __init__(self, hosts: Collection[str], *, is_dev: bool) -> None:
        self._hosts = frozenset(hosts)
        self._reach = Reach(may_be_private=is_dev, may_be_plain=is_dev, seconds=_PATIENCE_SECONDS)
        self._breakers: dict[str, Breaker] = {}

    async def get(self, url: str) -> Answer:
        """Read something that stays the same however often it is read; tried twice."""
        try:
            return await self._send("GET", url, b"", {})
        except Unreachable:
            await asyncio.sleep(0.1)
            return await self._send("GET", url, b"", {})

    async def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Send something, once."""
        return await self._send("POST", url, body, headers)

    async def _send(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Raises `Unreachable`; what it says is for the log and names no secret."""
        host = urlsplit(url).hostname or ""
        if host not in self._hosts:
            raise Unreachable(f"{host} is not a host of the settings")
        breaker = self._breakers.setdefault(host, Breaker())
        if breaker.is_open:
            raise Unreachable(f"{host} has not answered and is left alone")
        sent = {"Accept": "application/json", **headers}
        try:
            answer = await outside.ask(method, url, body=body, headers=sent, reach=self._reach)
        except Unreachable as error:
            breaker.failed()
            raise Unreachable(f"{host}: {error}", was_sent=error.was_sent) from error
        breaker.answered()
        return answer
