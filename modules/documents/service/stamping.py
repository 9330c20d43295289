"""Timestamps: of two authorities by their addresses, or of the developer's own."""

import secrets
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import httpx
import msgspec

from backend.kernel import NotFound, Snapshot, Transaction
from modules.documents.errors import TimestampUnavailable
from modules.documents.model import timestamps
from modules.documents.model.timestamps import Asked, Authority, NotStamped
from modules.documents.service import keys
from modules.documents.settings import Settings

_SECONDS: Final = timedelta(seconds=5).total_seconds()
_BYTES_MAX: Final = 64 << 10
_ASKS: Final = {"Content-Type": "application/timestamp-query"}


class Stamper(msgspec.Struct, frozen=True, kw_only=True):
    """Who gives timestamps, asked where no transaction is open."""

    now: datetime
    urls: tuple[str, ...] = ()
    own: Authority | None = None
    client: httpx.AsyncClient | None = None

    @asynccontextmanager
    async def open(self) -> AsyncGenerator["Stamper"]:
        """Lend one that asks over the same connections for as many as it is given."""
        if self.own is not None:
            yield self
            return
        async with httpx.AsyncClient(timeout=_SECONDS, follow_redirects=False) as client:
            yield msgspec.structs.replace(self, client=client)

    async def stamp(self, raw: bytes) -> bytes:
        """Return a token for these bytes. Raises `TimestampUnavailable`."""
        digest = sha256(raw).digest()
        if self.own is None:
            if self.client is None:
                raise RuntimeError("open it first")
            return await _fetched(self.client, self.urls, digest)
        return timestamps.token(
            Asked(digest, nonce=None, wants_certificate=True), self.own, _serial(), self.now
        )


async def stamper(tx: Transaction) -> Stamper:
    """Return who gives timestamps; without a statement when the authorities are outside."""
    urls = tx.ask(Settings).tsa_urls
    own = None if urls else await authority(tx)
    return Stamper(now=tx.now, urls=urls, own=own)


async def apart(tx: Transaction) -> tuple[Stamper, ...]:
    """Return every authority by itself, for whoever wants a timestamp of each."""
    found = await stamper(tx)
    if found.own is not None:
        return (found,)
    return tuple(Stamper(now=tx.now, urls=(url,)) for url in found.urls)


async def stamped(tx: Transaction, raws: Sequence[bytes]) -> list[bytes]:
    """Return a token for each of these bytes. Raises `TimestampUnavailable`.

    Call it before the first statement: authorities outside are asked over the network.
    """
    async with (await stamper(tx)).open() as found:
        return [await found.stamp(raw) for raw in raws]


async def authority(tx: Transaction) -> Authority:
    """Return the developer's own authority, which gives timestamps of no legal value."""
    key, certificate = await keys.certified(tx, "tsa")
    above = await keys.anchor(tx)
    return Authority(key, certificate, above or b"")


async def answered(tx: Transaction, raw: bytes) -> bytes:
    """Return the developer's authority's answer to a request (RFC 3161).

    Raises `NotFound` where authorities outside give timestamps: there is none of ours then.
    """
    if tx.ask(Settings).tsa_urls:
        raise NotFound
    try:
        asked = timestamps.asked(raw)
    except timestamps.NotDer:
        return timestamps.refused()
    found = await authority(tx)
    return timestamps.granted(timestamps.token(asked, found, _serial(), tx.now))


async def anchors(snapshot: Snapshot) -> tuple[bytes, ...]:
    """Return the certificates above those whose timestamps count."""
    return await keys.anchors(snapshot)


def _serial() -> int:
    return int.from_bytes(secrets.token_bytes(16), "big") | 1 << 126


async def _fetched(client: httpx.AsyncClient, urls: Sequence[str], digest: bytes) -> bytes:
    """Ask one after the other; the first that answers counts."""
    asked = timestamps.request(digest, int.from_bytes(secrets.token_bytes(8), "big"))
    for url in urls:
        try:
            answer = await client.post(url, content=asked, headers=_ASKS)
            if answer.status_code == 200 and len(answer.content) <= _BYTES_MAX:
                return timestamps.answered(answer.content)
        except (httpx.HTTPError, NotStamped):
            continue
    raise TimestampUnavailable
