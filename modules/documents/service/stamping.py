"""Timestamps: of two authorities by their addresses, or of the developer's own."""

import secrets
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from hashlib import sha256
from typing import Final

import msgspec

from backend.kernel import NotFound, Snapshot, Transaction
from backend.kernel.outside import Outside, Reach, Unreachable, opened
from modules.documents.errors import TimestampUnavailable
from modules.documents.model import timestamps
from modules.documents.model.timestamps import Asked, Authority, NotStamped
from modules.documents.service import keys
from modules.documents.settings import Settings

# What they answer is signed itself; most are asked without TLS, and some only a province reaches.
_REACH: Final = Reach(may_be_private=True, may_be_plain=True, seconds=5, bytes_max=64 << 10)
_OK: Final = 200
_ASKS: Final = {"Content-Type": "application/timestamp-query"}


class Stamper(msgspec.Struct, frozen=True, kw_only=True):
    """Who gives timestamps, asked where no transaction is open."""

    now: datetime
    urls: tuple[str, ...] = ()
    own: Authority | None = None
    outside: Outside | None = None

    @asynccontextmanager
    async def open(self) -> AsyncGenerator["Stamper"]:
        """Lend one that asks over the same connections for as many as it is given."""
        if self.own is not None:
            yield self
            return
        async with opened(_REACH) as outside:
            yield msgspec.structs.replace(self, outside=outside)

    async def stamp(self, raw: bytes) -> bytes:
        """Return a token for these bytes. Raises `TimestampUnavailable`."""
        digest = sha256(raw).digest()
        if self.own is None:
            if self.outside is None:
                raise RuntimeError("open it first")
            return await _fetched(self.outside, self.urls, digest)
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


async def _fetched(outside: Outside, urls: Sequence[str], digest: bytes) -> bytes:
    """Ask one after the other; the first that answers counts."""
    asked = timestamps.request(digest, int.from_bytes(secrets.token_bytes(8), "big"))
    for url in urls:
        try:
            answer = await outside.ask("POST", url, body=asked, headers=_ASKS)
            if answer.status == _OK:
                return timestamps.answered(answer.body)
        except (Unreachable, NotStamped):
            continue
    raise TimestampUnavailable
