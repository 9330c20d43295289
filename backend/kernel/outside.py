"""Calls to programs outside the house, without becoming anybody's way into our network.

An address that a stranger can choose would let them call what only we can reach (OWASP API7:2023,
server-side request forgery). So what a name resolves to has to be public, the connection goes to
the very address that was looked at, nobody is followed anywhere, no proxy of the environment is
asked, and nothing takes long or grows large.
"""

import asyncio
import ssl
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from socket import SOCK_STREAM
from types import MappingProxyType
from typing import Any, Final, TypeAlias
from urllib.parse import urlsplit

import certifi
import httpcore
import msgspec

_NO_HEADERS: Final[Mapping[str, str]] = MappingProxyType({})
_TRANSLATED: Final = ip_network("64:ff9b::/96")  # RFC 6052: the last four bytes are an IPv4 address
_NOT_SENT: Final = (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.LocalProtocolError)
_GOOD: Final = range(200, 300)
_REFUSED: Final = range(400, 500)
_LATER: Final = frozenset({408, 425, 429})  # RFC 9110 §15.5.9, RFC 8470 §5.2, RFC 6585 §4
_FAILURES: Final = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.TimeoutException,
    TimeoutError,
    OSError,
)


class Unreachable(Exception):
    """There is no answer, or none that we take, or nobody whom we may ask.

    The text is for the log: it names no address, which may carry a secret.
    """

    def __init__(self, why: str, *, was_sent: bool = False) -> None:
        super().__init__(why)
        self.was_sent = was_sent
        """Whether the other side may have got the question; False is certain."""


class OutOfBounds(Unreachable):
    """The address is one to which we do not go, whoever answers there."""


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """How far a call goes. An address that a stranger chose gets the default."""

    may_be_private: bool = False
    """To what only we reach too, such as a bridge that the operator named."""
    may_be_plain: bool = False
    """Without TLS too."""
    seconds: float = 10.0
    """For all of it, from the name to the last byte."""
    bytes_max: int = 256 * 1024
    """Of the answer's body."""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What the other side said, whatever its status."""

    status: int
    headers: Mapping[str, str]
    """By their names in lower case; of several alike, the last."""
    body: bytes
    """As it came: nothing is unpacked, for nothing packed was asked for."""

    @property
    def is_good(self) -> bool:
        """Whether what was asked is done (RFC 9110 §15.3)."""
        return self.status in _GOOD

    @property
    def is_refusal(self) -> bool:
        """Whether the same question would be refused again; a busy side is asked once more."""
        return self.status in _REFUSED and self.status not in _LATER


Ask: TypeAlias = Callable[..., Awaitable[Answer]]
"""`ask`, or what plays it: with method, url, body, headers and reach; raises `Unreachable`."""


class Outside:
    """Asks again and again over the same connections. `opened` lends one."""

    def __init__(self, reach: Reach, pool: httpcore.AsyncConnectionPool) -> None:
        self._reach, self._pool = reach, pool
        self._more = {"timeout": {"connect": reach.seconds / 2}}

    async def ask(
        self, method: str, url: str, *, body: bytes = b"", headers: Mapping[str, str] = _NO_HEADERS
    ) -> Answer:
        """Send one request and return what is answered. Raises `Unreachable`."""
        sent = [("Host", _host(url, self._reach)), *headers.items()]
        try:
            async with (
                asyncio.timeout(self._reach.seconds),
                self._pool.stream(
                    method, url, headers=sent, content=body or None, extensions=self._more
                ) as answer,
            ):
                return await self._read(answer)
        except _FAILURES as error:
            was_sent = not isinstance(error, _NOT_SENT)
            raise Unreachable(type(error).__name__, was_sent=was_sent) from error

    async def _read(self, answer: httpcore.Response) -> Answer:
        found = bytearray()
        async for chunk in answer.aiter_stream():
            found += chunk
            if len(found) > self._reach.bytes_max:
                raise Unreachable("the answer is too large", was_sent=True)
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in answer.headers}
        return Answer(status=answer.status, headers=headers, body=bytes(found))


@asynccontextmanager
async def opened(reach: Reach) -> AsyncGenerator[Outside]:
    """Lend a way to ask; its connections last as long as the block."""
    network = _Looked(may_be_private=reach.may_be_private)
    async with httpcore.AsyncConnectionPool(_trusted(), network_backend=network) as pool:
        yield Outside(reach, pool)


async def ask(
    method: str,
    url: str,
    *,
    body: bytes = b"",
    headers: Mapping[str, str] = _NO_HEADERS,
    reach: Reach,
) -> Answer:
    """Send one request and return what is answered. Raises `Unreachable`."""
    async with opened(reach) as outside:
        return await outside.ask(method, url, body=body, headers=headers)


def is_public(address: str) -> bool:
    """Tell whether everybody reaches an IP address, and not only who is inside with us.

    An IPv6 address in which an IPv4 address is hidden is as public as that one. Raises ValueError
    for a text that is no address.
    """
    found = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if found in _TRANSLATED:
            inner = ip_address(found.packed[-4:])
        found = inner or found
    return found.is_global and not found.is_multicast


def _host(url: str, reach: Reach) -> str:
    """Return host and port of an address. Raises `OutOfBounds`."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise OutOfBounds("no address") from error
    if parts.scheme != "https" and not (parts.scheme == "http" and reach.may_be_plain):
        raise OutOfBounds("not without TLS")
    if not parts.hostname or "@" in parts.netloc or port == 0 or not url.isascii():
        raise OutOfBounds("no address of a host")
    return parts.netloc


@lru_cache(maxsize=1)
def _trusted() -> ssl.SSLContext:
    """Return whose certificates count: the operating system's authorities, and Mozilla's.

    Made once: reading them takes tens of milliseconds, in which nobody is served.
    """
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context


class _Looked(httpcore.AsyncNetworkBackend):
    """Looks at every address of a name before it connects, to the very ones that it has seen."""

    def __init__(self, *, may_be_private: bool) -> None:
        self._may_be_private = may_be_private
        made: Any = httpcore.AnyIOBackend()  # its type depends on what else is installed
        self._network: httpcore.AsyncNetworkBackend = made

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the interface is httpcore's
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        failed: Exception = httpcore.ConnectError("no such name")
        for address in await self._seen(host, port, timeout):
            try:
                return await self._network.connect_tcp(
                    address, port, timeout, local_address, socket_options
                )
            except httpcore.ConnectError as error:
                failed = error
        raise failed

    async def _seen(self, host: str, port: int, seconds: float | None) -> list[str]:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(seconds):
                found = await loop.getaddrinfo(host, port, type=SOCK_STREAM)
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error
        except (OSError, UnicodeError) as error:
            raise httpcore.ConnectError("no such name") from error
        addresses = [str(each[4][0]) for each in found]
        if not self._may_be_private and not all(map(is_public, addresses)):
            raise OutOfBounds("not a public address")
        return addresses
