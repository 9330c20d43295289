"""Conditional GET and compression: what has not changed is not sent, and the rest is sent small.

A thing with a version brings its own `ETag`. Any other answer to a GET gets one from its bytes, so
that a phone asking again for what it has pays for the headers alone.
"""

import zlib
from functools import lru_cache
from hashlib import blake2b
from typing import Final

import brotli

from backend.gateway.exchange import weighted

COMPRESSED_FROM: Final = 860
"""Bytes; a smaller answer fits one packet either way."""

_COMPRESSIBLE: Final = (b"application/json", b"application/problem+json", b"text/")
_PLUS: Final = (b"+json", b"+xml")


def tag_of(body: bytes) -> bytes:
    """Return a weak entity tag for these bytes: weak, for they may be sent compressed or not."""
    return b'W/"' + blake2b(body, digest_size=12).hexdigest().encode() + b'"'


def matches(if_none_match: bytes, tag: bytes) -> bool:
    """Tell whether the caller has this version (RFC 9110 §13.1.2, weak comparison).

    Proxies that compress change `"3"` to `W/"3"` or `"3-gzip"`; it is still version 3.
    """
    if if_none_match.strip() == b"*":
        return True
    wanted = _opaque(tag)
    return any(_opaque(given) == wanted for given in if_none_match.split(b","))


def _opaque(tag: bytes) -> bytes:
    bare = tag.strip().removeprefix(b"W/").strip(b'"')
    return bare.removesuffix(b"-gzip").removesuffix(b"-br")


@lru_cache(maxsize=512)
def coding(accept_encoding: bytes) -> bytes:
    """Return the best coding that the caller takes: `br`, `gzip`, or nothing."""
    taken = {name for name, weight in weighted(accept_encoding) if weight > 0}
    refused = {name for name, weight in weighted(accept_encoding) if weight <= 0}
    for name in ("br", "gzip"):
        if name in taken or ("*" in taken and name not in refused):
            return name.encode()
    return b""


@lru_cache(maxsize=256)
def is_compressible(content_type: bytes) -> bool:
    """Tell whether bytes of this type get smaller; pictures and archives do not."""
    bare = content_type.partition(b";")[0].strip().lower()
    return bare != b"text/event-stream" and (bare.startswith(_COMPRESSIBLE) or bare.endswith(_PLUS))


def compressed(body: bytes, how: bytes) -> bytes:
    """Return the body in that coding, at a quality that costs microseconds, not milliseconds."""
    if how == b"br":
        return brotli.compress(body, quality=3)
    return zlib.compress(body, 1, 31)


@lru_cache(maxsize=128)
def compressed_once(body: bytes, how: bytes) -> bytes:
    """Return the same for what everybody asks for, done once and small."""
    if how == b"br":
        return brotli.compress(body, quality=6)
    return zlib.compress(body, 6, 31)
