"""Token Status List: two bits for each document, published as one signed list (IETF draft)."""

import zlib
from enum import IntEnum
from typing import Annotated, Final, Literal

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from msgspec import Meta

from modules.documents.model.jws import (
    Jwk,
    NotGenuine,
    Thumbprint,
    compact,
    decoded,
    encoded,
    header,
    public_key,
    verify,
)

BITS: Final = 2
CAPACITY: Final = 1 << 20
INFLATED_BYTES_MAX: Final = 8 << 20
TTL_SECONDS: Final = 3600
LIVES_SECONDS: Final = 24 * 3600


class Status(IntEnum):
    """What a document's two bits say."""

    VALID = 0
    REVOKED = 1
    SUSPENDED = 2
    SUPERSEDED = 3


class StatusHeader(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The header of a list's token."""

    alg: Literal["ES256"]
    kid: Thumbprint
    typ: Literal["statuslist+jwt"]


class StatusList(msgspec.Struct, frozen=True, kw_only=True):
    """The bits, deflated, in base64url."""

    bits: Literal[1, 2, 4, 8]
    lst: str


class StatusClaims(msgspec.Struct, frozen=True, kw_only=True):
    """What a list's token says; `sub` is the address at which the list is published."""

    exp: int
    iat: int
    status_list: StatusList
    sub: str
    ttl: Annotated[int, Meta(ge=1)]


def packed(statuses: dict[int, int], size: int, bits: int = BITS) -> bytes:
    """Return the bytes of a list of `size` places, all zero but those given; low bits first."""
    raw = bytearray(size * bits // 8)
    for place, status in statuses.items():
        at, offset = divmod(place * bits, 8)
        raw[at] |= status << offset
    return bytes(raw)


def deflated(raw: bytes) -> str:
    """Return a list's bytes as its token carries them."""
    return encoded(zlib.compress(raw, 6))


def inflated(lst: str) -> bytes:
    """Return the bytes of a list; it cannot grow beyond 8 MiB, whatever it claims."""
    inflater = zlib.decompressobj()
    try:
        raw = inflater.decompress(decoded(lst), INFLATED_BYTES_MAX)
    except zlib.error as error:
        raise NotGenuine from error
    if not inflater.eof or inflater.unused_data:
        raise NotGenuine
    return raw


def at(raw: bytes, place: int, bits: int = BITS) -> int:
    """Return the status at a place. Raises `NotGenuine` beyond the end of the list."""
    index, offset = divmod(place * bits, 8)
    if place < 0 or index >= len(raw):
        raise NotGenuine
    return raw[index] >> offset & (1 << bits) - 1


def issued(
    key: EllipticCurvePrivateKey, kid: str, uri: str, statuses: dict[int, int], now: int
) -> str:
    """Return the signed token of a list as it stands now."""
    claims = StatusClaims(
        sub=uri,
        iat=now,
        exp=now + LIVES_SECONDS,
        ttl=TTL_SECONDS,
        status_list=StatusList(bits=BITS, lst=deflated(packed(statuses, CAPACITY))),
    )
    head = StatusHeader(alg="ES256", kid=kid, typ="statuslist+jwt")
    return compact(key, head, msgspec.json.encode(claims, order="sorted"))


def opened(token: str, keys: dict[str, Jwk]) -> StatusClaims:
    """Return what a list's token says, if one of `keys` (by thumbprint) has signed it."""
    segments = token.split(".")
    if len(segments) != 3:
        raise NotGenuine
    jwk = keys.get(header(segments[0], StatusHeader).kid)
    if jwk is None:
        raise NotGenuine
    verify(public_key(jwk), f"{segments[0]}.{segments[1]}".encode(), decoded(segments[2]))
    try:
        return msgspec.json.decode(decoded(segments[1]), type=StatusClaims)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise NotGenuine from error
