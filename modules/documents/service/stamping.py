"""Timestamps: of two authorities by their addresses, or of the developer's own."""

import secrets
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from hashlib import sha256
from typing import Final, NamedTuple

import msgspec

from backend.kernel import NotFound, Snapshot, Transaction
from backend.kernel.outside import Outside, Reach, Unreachable, opened
from modules.documents.errors import TimestampUnavailable
from modules.documents.model import hashtree, timestamps
from modules.documents.model.timestamps import Asked, Authority, NotStamped
from modules.documents.service import keys, trusting
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
    trusted: tuple[bytes, ...] | None = None
    """Above whom a timestamp from outside has to be; None where that is looked at afterwards."""

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
            return await _fetched(self.outside, self.urls, digest, self.trusted)
        return timestamps.token(
            Asked(digest, nonce=None, wants_certificate=True), self.own, _serial(), self.now
        )


class Stamped(NamedTuple):
    """The timestamps of what somebody has signed twice: of the PDF's signature, and the data's."""

    printed: bytes
    token: bytes
    path: bytes


def to_stamp(printed: Sequence[bytes], data: Sequence[str]) -> list[bytes]:
    """Return what tokens are needed of: each signature of a PDF, and all those of data at once."""
    return [*printed, hashtree.grown(data).top] if data else []


def stamped_with(tokens: Sequence[bytes], data: Sequence[str]) -> list[Stamped]:
    """Return the timestamps of each pair, from the tokens of what was to be stamped."""
    if not data:
        return []
    *printed, over_all = tokens
    paths = hashtree.grown(data).paths
    return [Stamped(each, over_all, path) for each, path in zip(printed, paths, strict=True)]


def is_outside(tx: Transaction) -> bool:
    """Tell whether authorities outside give the timestamps."""
    return bool(tx.ask(Settings).tsa_urls)


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


async def stamped(tx: Transaction, printed: Sequence[bytes], data: Sequence[str]) -> list[Stamped]:
    """Return the timestamps of each pair. Raises `TimestampUnavailable`.

    Call it before the first statement: authorities outside are asked over the network.
    """
    asked, raws = await stamper(tx), to_stamp(printed, data)
    async with asked.open() as found:
        tokens = [await found.stamp(raw) for raw in raws]
    if asked.own is None:
        trusted = await anchors(tx)
        for raw, token in zip(raws, tokens, strict=True):
            if not _is_trusted(token, sha256(raw).digest(), trusted):
                raise TimestampUnavailable
    return stamped_with(tokens, data)


async def authority(tx: Transaction) -> Authority:
    """Return the developer's own authority, which gives timestamps of no legal value."""
    key, certificate = await keys.certified(tx, "tsa")
    above = await keys.anchor(tx)
    return Authority(key, certificate, above or b"")


async def answered(tx: Transaction, raw: bytes) -> bytes:
    """Return the developer's authority's answer to a request (RFC 3161).

    Raises `NotFound` where authorities outside give timestamps: there is none of ours then.
    """
    if is_outside(tx):
        raise NotFound
    try:
        asked = timestamps.asked(raw)
    except timestamps.NotDer:
        return timestamps.refused()
    found = await authority(tx)
    return timestamps.granted(timestamps.token(asked, found, _serial(), tx.now))


async def own_anchors(snapshot: Snapshot) -> tuple[bytes, ...]:
    """Return the certificates of the house above those whose timestamps count."""
    return await keys.anchors(snapshot)


async def anchors(snapshot: Snapshot) -> tuple[bytes, ...]:
    """Return the certificates above those whose timestamps count now, the trust store's too."""
    listed = await trusting.listings(snapshot)
    found = (each.der for each in listed if each.tree == "tsa" and each.covers(snapshot.now))
    return (*await own_anchors(snapshot), *found)


def _serial() -> int:
    return int.from_bytes(secrets.token_bytes(16), "big") | 1 << 126


async def _fetched(
    outside: Outside, urls: Sequence[str], digest: bytes, trusted: tuple[bytes, ...] | None
) -> bytes:
    """Ask one after the other; the first whose timestamp we take counts."""
    nonce = int.from_bytes(secrets.token_bytes(8), "big")
    asked = timestamps.request(digest, nonce)
    for url in urls:
        try:
            answer = await outside.ask("POST", url, body=asked, headers=_ASKS)
            if answer.status != _OK:
                continue
            token = timestamps.answered(answer.body)
            timestamps.require_answer(token, digest, nonce)
        except (Unreachable, NotStamped):
            continue
        if trusted is None or _is_trusted(token, digest, trusted):
            return token
    raise TimestampUnavailable


def _is_trusted(token: bytes, digest: bytes, trusted: tuple[bytes, ...]) -> bool:
    try:
        timestamps.stamped_at(token, digest, trusted)
    except NotStamped:
        return False
    return True
