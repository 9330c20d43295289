"""Where blank forms are fetched, without anybody's record leading into our network (OWASP API7).

An address comes from a file that an officer brought, so it is asked only when its host is listed in
the settings. What the name resolves to has to be public, the connection goes to the very address
that was looked at, nobody is followed anywhere, and nothing takes long or grows large.
"""

import asyncio
from collections.abc import Sequence
from ipaddress import ip_address
from socket import SOCK_STREAM, gaierror
from typing import Final
from urllib.parse import SplitResult, urlsplit

import httpx

from contracts.public_services import FORM_BYTES_MAX, AddressRefused, FormSource, SystemAway

_CONNECT_SECONDS: Final = 5.0
_ALL_SECONDS: Final = 30.0
_NOTHING: Final = frozenset({404, 410})
_OWN: Final = frozenset({"localhost", "127.0.0.1"})
DEMO_HOST: Final = "forms.demo.invalid"
"""Where invented forms lie: a name that resolves nowhere (RFC 6761)."""
_PDF: Final = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>
>>endobj
4 0 obj<</Length $bytes>>stream
$drawn
endstream endobj
5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj
trailer<</Root 1 0 R>>
%%EOF
"""


class HttpForms:
    """Fetches from listed hosts. `at_home`: a developer may list a port of the own machine."""

    def __init__(self, hosts: Sequence[str], *, at_home: bool) -> None:
        self._hosts, self._at_home = frozenset(hosts), at_home

    async def fetch(self, url: str) -> bytes | None:
        """Return what is published at an address; None when nothing is."""
        parts = _parts(url)
        is_own = self._at_home and parts.hostname in _OWN and parts.scheme == "http"
        if parts.netloc not in self._hosts or not (parts.scheme == "https" or is_own):
            raise AddressRefused
        try:
            async with asyncio.timeout(_ALL_SECONDS):
                return await self._fetched(url, parts, is_own=is_own)
        except (TimeoutError, OSError, httpx.HTTPError, httpx.InvalidURL) as error:
            raise SystemAway(type(error).__name__) from error

    async def _fetched(self, url: str, parts: SplitResult, *, is_own: bool) -> bytes | None:
        host = parts.hostname or ""
        address = await _resolved(host, parts.port or (443 if parts.scheme == "https" else 80))
        if not is_own and not is_public(address):
            raise AddressRefused
        target = httpx.URL(url).copy_with(host=address)
        # The certificate has to be the name's, not the address's.
        named = {"sni_hostname": host}
        async with (
            httpx.AsyncClient(
                trust_env=False, timeout=_CONNECT_SECONDS, follow_redirects=False
            ) as client,
            client.stream(
                "GET", target, headers={"Host": parts.netloc}, extensions=named
            ) as answer,
        ):
            if answer.status_code in _NOTHING:
                return None
            if answer.status_code != 200:
                raise SystemAway(f"status {answer.status_code}")
            found = bytearray()
            # As it comes: what claims to be compressed is no form.
            async for piece in answer.aiter_raw():
                found += piece
                if len(found) > FORM_BYTES_MAX:
                    raise SystemAway("too much")
            return bytes(found)


class InventedForms:
    """Provides `FormSource` for the demo: forms of nobody, from a host that is not there."""

    async def fetch(self, url: str) -> bytes | None:
        """Return an invented form."""
        parts = _parts(url)
        if parts.scheme != "https" or parts.netloc != DEMO_HOST:
            raise AddressRefused
        if not parts.path.endswith(".pdf"):
            return None
        said = "".join(each for each in parts.path if each.isascii() and each.isalnum())
        drawn = f"BT /F 12 Tf 72 770 Td (DEMO {said}) Tj ET".encode()
        return _PDF.replace(b"$bytes", str(len(drawn)).encode()).replace(b"$drawn", drawn)


def source_of(hosts: Sequence[str], *, is_production: bool) -> FormSource | None:
    """Return where forms are fetched; nothing invented stands in where people read them."""
    if hosts:
        return HttpForms(hosts, at_home=not is_production)
    return None if is_production else InventedForms()


def hosts_of(hosts: Sequence[str], *, is_production: bool) -> tuple[str, ...]:
    """Return the hosts whose addresses are asked at all."""
    if hosts or is_production:
        return tuple(hosts)
    return (DEMO_HOST,)


def is_public(address: str) -> bool:
    """Tell whether everybody reaches an address, and not only who is inside with us."""
    found = ip_address(address.partition("%")[0])
    mapped = getattr(found, "ipv4_mapped", None) or getattr(found, "sixtofour", None) or found
    return mapped.is_global and not mapped.is_multicast


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises for a port that is none
    except ValueError as broken:
        raise AddressRefused from broken
    return parts


async def _resolved(host: str, port: int) -> str:
    """Return the address of a name, all of whose addresses are alike."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=SOCK_STREAM)
    except (gaierror, UnicodeError) as error:
        raise SystemAway("no such name") from error
    addresses = [str(entry[4][0]) for entry in found]
    return next((each for each in addresses if not is_public(each)), addresses[0])
