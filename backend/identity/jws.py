"""Compact JWS (RFC 7515) with ES256 alone: what the RFC allows beyond that is refused.

There is no table of algorithms and no option: the code decides how a signature is checked, never
the token. Every refusal is `NotGenuine`; what exactly was wrong helps only whoever forges.
"""

from base64 import urlsafe_b64encode
from binascii import a2b_base64, b2a_base64
from hashlib import sha256
from typing import Annotated, Final, Literal, NamedTuple

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from msgspec import Meta

ES256: Final = ECDSA(SHA256())
TOKEN_BYTES_MAX: Final = 4096
_COORDINATE_BYTES: Final = 32
_STANDARD: Final = bytes.maketrans(b"-_+/=", b"+/---")


Second = Annotated[int, Meta(ge=0, le=253_402_300_799)]
"""A moment as tokens write it: whole seconds since 1970, up to the year 9999."""


class NotGenuine(Exception):
    """These bytes are not a token that we, or the holder of the key, have signed."""


class Parts(NamedTuple):
    """A token taken apart; nothing of it is believed before `verify`."""

    signed: bytes
    head: bytes
    body: bytes
    signature: bytes


class Jwk(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A public P-256 key (RFC 7517). A private member (`d`) is an unknown one, hence refused."""

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: str
    y: str
    alg: Literal["ES256"] | None = None
    use: Literal["sig"] | None = None
    key_ops: tuple[Literal["verify"]] | None = None
    kid: str | None = None
    ext: bool | None = None


class PublicKey(NamedTuple):
    """A key that signatures can be checked with, and its thumbprint (RFC 7638)."""

    key: EllipticCurvePublicKey
    thumbprint: str


def encoded(raw: bytes) -> str:
    """Return base64url without padding."""
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def decoded(segment: bytes) -> bytes:
    """Return the bytes of a base64url text; only the one canonical spelling is accepted."""
    standard = segment.translate(_STANDARD) + b"=" * (-len(segment) % 4)
    try:
        raw = a2b_base64(standard)
    except ValueError as error:
        raise NotGenuine from error
    # The decoder ignores stray characters and unused bits, so one token would have many texts.
    if b2a_base64(raw, newline=False) != standard:
        raise NotGenuine
    return raw


def parts(token: bytes) -> Parts:
    """Take a compact JWS apart, unverified."""
    segments = token.split(b".") if len(token) <= TOKEN_BYTES_MAX else []
    if len(segments) != 3:
        raise NotGenuine
    head, body, signature = segments
    return Parts(token[: len(head) + 1 + len(body)], head, body, decoded(signature))


def verify(key: EllipticCurvePublicKey, signed: bytes, signature: bytes) -> None:
    """Return if `signature` (r and s, 32 bytes each, RFC 7518 §3.4) is the key's over `signed`."""
    if len(signature) != 2 * _COORDINATE_BYTES:
        raise NotGenuine
    r = int.from_bytes(signature[:_COORDINATE_BYTES], "big")
    s = int.from_bytes(signature[_COORDINATE_BYTES:], "big")
    try:
        key.verify(encode_dss_signature(r, s), signed, ES256)
    except InvalidSignature as error:
        raise NotGenuine from error


def public_key(jwk: Jwk) -> PublicKey:
    """Return the key that a JWK describes, if it is a point of the curve."""
    x, y = decoded(jwk.x.encode()), decoded(jwk.y.encode())
    if len(x) != _COORDINATE_BYTES or len(y) != _COORDINATE_BYTES:
        raise NotGenuine
    try:
        key = EllipticCurvePublicKey.from_encoded_point(SECP256R1(), b"\x04" + x + y)
    except ValueError as error:
        raise NotGenuine from error
    canonical = f'{{"crv":"P-256","kty":"EC","x":"{jwk.x}","y":"{jwk.y}"}}'
    return PublicKey(key, encoded(sha256(canonical.encode()).digest()))


def jwk_of(key: EllipticCurvePublicKey) -> Jwk:
    """Return the JWK of a key, with the four members that make its thumbprint."""
    numbers = key.public_numbers()
    x, y = (encoded(n.to_bytes(_COORDINATE_BYTES, "big")) for n in (numbers.x, numbers.y))
    return Jwk(kty="EC", crv="P-256", x=x, y=y)
