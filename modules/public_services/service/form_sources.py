"""Where blank forms are fetched, without anybody's record leading into our network.

An address comes from a file that an officer brought, so it is asked only when its host is listed in
the settings, and then as every address that a stranger chose (`backend.kernel.outside`).
"""

from collections.abc import Sequence
from typing import Final
from urllib.parse import SplitResult, urlsplit

from backend.kernel import outside
from backend.kernel.outside import OutOfBounds, Reach, Unreachable
from contracts.public_services import FORM_BYTES_MAX, AddressRefused, FormSource, SystemAway

_REACH: Final = Reach(seconds=30.0, bytes_max=FORM_BYTES_MAX)
_AT_HOME: Final = Reach(
    seconds=30.0, bytes_max=FORM_BYTES_MAX, may_be_private=True, may_be_plain=True
)
_OK: Final = 200
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
        is_own = self._at_home and parts.hostname in _OWN
        if parts.netloc not in self._hosts:
            raise AddressRefused
        try:
            answer = await outside.ask("GET", url, reach=_AT_HOME if is_own else _REACH)
        except OutOfBounds as refused:
            raise AddressRefused from refused
        except Unreachable as error:
            raise SystemAway(str(error)) from error
        if answer.status in _NOTHING:
            return None
        if answer.status != _OK:
            raise SystemAway(f"status {answer.status}")
        return answer.body


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


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - raises for a port that is none
    except ValueError as broken:
        raise AddressRefused from broken
    return parts
