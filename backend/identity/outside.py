"""Calls to programs outside the house: to hosts that settings name, and to nothing else.

An address that a stranger can choose would let them call what only we can reach (OWASP API7). So
hosts are pinned, what they resolve to has to be public, the connection goes to the very address
that was looked at, and nobody is followed anywhere.
"""

import asyncio
import time
from collections.abc import Collection, Mapping
from contextlib import AbstractAsyncContextManager
from ipaddress import ip_address
from socket import SOCK_STREAM, gaierror
from typing import Final
from urllib.parse import urlsplit

import httpx
import msgspec

BYTES_MAX: Final = 256 * 1024
PATIENCE_SECONDS: Final = 3.0
_FAILURES_MAX: Final = 5
_BREAK_SECONDS: Final = 10.0


class Unreachable(Exception):
    """The other side did not answer in time, is left alone for a while, or is not to be called."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the other side said."""

    status: int
    body: bytes


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


class Outside:
    """Calls some hosts, each at most for a few seconds. Needs no closing: nothing stays open."""

    def __init__(self, hosts: Collection[str], *, is_dev: bool) -> None:
        self._hosts, self._is_dev = frozenset(hosts), is_dev
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
        parts = urlsplit(url)
        host = parts.hostname or ""
        if host not in self._hosts:
            raise Unreachable(f"{host} is not a host of the settings")
        if parts.scheme != "https" and not self._is_dev:
            raise Unreachable(f"{host} is not called without TLS")
        breaker = self._breakers.setdefault(host, Breaker())
        if breaker.is_open:
            raise Unreachable(f"{host} has not answered and is left alone")
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                answer = await self._sent(method, url, body, headers)
        except (TimeoutError, OSError, httpx.HTTPError) as error:
            breaker.failed()
            raise Unreachable(f"{host}: {type(error).__name__}") from error
        breaker.answered()
        return answer

    async def _sent(self, method: str, url: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = parts.port or (443 if parts.scheme == "https" else 80)
        address = await self._resolved(host, port)
        target = httpx.URL(url).copy_with(host=address)
        sent = {"Host": parts.netloc, "Accept": "application/json", **headers}
        with_name = {
            "sni_hostname": host
        }  # the certificate has to be the name's, not the address's
        async with (
            httpx.AsyncClient(trust_env=False, timeout=PATIENCE_SECONDS) as client,
            _stream(client, method, target, body, sent, with_name) as answer,
        ):
            found = bytearray()
            async for chunk in answer.aiter_bytes():
                found += chunk
                if len(found) > BYTES_MAX:
                    raise Unreachable(f"{host} answers more than {BYTES_MAX} bytes")
            return Answer(status=answer.status_code, body=bytes(found))

    async def _resolved(self, host: str, port: int) -> str:
        """Return an address of the host. All of them must be public, or it is not called."""
        loop = asyncio.get_running_loop()
        try:
            found = await loop.getaddrinfo(host, port, type=SOCK_STREAM)
        except gaierror as error:
            raise OSError(str(error)) from error
        addresses = [str(entry[4][0]) for entry in found]
        if not self._is_dev and not all(_is_public(address) for address in addresses):
            raise Unreachable(f"{host} resolves to an address that is not public")
        return addresses[0]


def _stream(
    client: httpx.AsyncClient,
    method: str,
    url: httpx.URL,
    body: bytes,
    headers: Mapping[str, str],
    extensions: Mapping[str, str],
) -> AbstractAsyncContextManager[httpx.Response]:
    return client.stream(
        method, url, content=body, headers=dict(headers), extensions=dict(extensions)
    )


def _is_public(address: str) -> bool:
    found = ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None) or found
    return mapped.is_global and not mapped.is_multicast
