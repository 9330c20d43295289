"""What authorities outside publish, fetched without becoming anybody's way into our network.

Addresses come from what two administrators have listed, never from a stranger's certificate. What
a name resolves to has to be public, the connection goes to the very address that was looked at,
nobody is followed anywhere, and nothing takes long or grows large (OWASP API7).
"""

import asyncio
from ipaddress import ip_address
from socket import SOCK_STREAM, gaierror
from typing import Final
from urllib.parse import urlsplit

import httpx
import msgspec

_CONNECT_SECONDS: Final = 5.0
_ALL_SECONDS: Final = 30.0


class Unreachable(Exception):
    """There is no answer, or it is none that we take, or nobody whom we ask."""


class Outside(msgspec.Struct, frozen=True, kw_only=True):
    """How far we go: to public addresses, unless a developer's house asks its own machine."""

    may_be_private: bool = False


async def get(outside: Outside, url: str, *, bytes_max: int) -> bytes:
    """Return what is published at an address. Raises `Unreachable`."""
    try:
        async with asyncio.timeout(_ALL_SECONDS):
            return await _got(outside, url, bytes_max)
    except (TimeoutError, OSError, httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        raise Unreachable(type(error).__name__) from error


async def _got(outside: Outside, url: str, bytes_max: int) -> bytes:
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = parts.port or (443 if parts.scheme == "https" else 80)
    if parts.scheme not in {"http", "https"} or "@" in parts.netloc:
        raise Unreachable("only http and https")
    address = await _resolved(outside, host, port)
    target = httpx.URL(url).copy_with(host=address)
    # The certificate has to be the name's, not the address's.
    named = {"sni_hostname": host}
    async with (
        httpx.AsyncClient(
            trust_env=False, timeout=_CONNECT_SECONDS, follow_redirects=False
        ) as client,
        client.stream("GET", target, headers={"Host": parts.netloc}, extensions=named) as answer,
    ):
        if answer.status_code != 200:
            raise Unreachable(f"status {answer.status_code}")
        found = bytearray()
        # As it comes: what claims to be compressed is not what it claims to be.
        async for chunk in answer.aiter_raw():
            found += chunk
            if len(found) > bytes_max:
                raise Unreachable("too much")
        return bytes(found)


async def _resolved(outside: Outside, host: str, port: int) -> str:
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=SOCK_STREAM)
    except (gaierror, UnicodeError) as error:
        raise Unreachable("no such name") from error
    addresses = [str(entry[4][0]) for entry in found]
    if not outside.may_be_private and not all(map(is_public, addresses)):
        raise Unreachable("not a public address")
    return addresses[0]


def is_public(address: str) -> bool:
    """Tell whether everybody reaches an address, and not only who is inside with us."""
    found = ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None) or found
    return mapped.is_global and not mapped.is_multicast
