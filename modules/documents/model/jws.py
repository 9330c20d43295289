"""JWS in General JSON form (RFC 7515 §7.2.1): several people, each with ES256, over one payload.

There is no table of algorithms and no option. A header has exactly the members that its Struct
has, in one spelling; what else the RFC allows is refused, so that every reader sees the same.
"""

import json
from binascii import a2b_base64, b2a_base64
from functools import cache, partial
from hashlib import sha256
from typing import Annotated, Any, Final, Literal, TypeVar

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from msgspec import Meta

ES256: Final = ECDSA(SHA256())
HEADER_BYTES_MAX: Final = 512
_COORDINATE_BYTES: Final = 32
_encode: Final = msgspec.json.Encoder(order="sorted").encode
_HEAD: Final = b'{"alg":"ES256","iat":'
_LATEST: Final = 253_402_300_799
_STANDARD: Final = bytes.maketrans(b"-_+/=", b"+/---")
_URL_SAFE: Final = bytes.maketrans(b"+/", b"-_")
_PADDING: Final = (b"", b"===", b"==", b"=")
_SHORT: Final = 300
_unbase64: Final = partial(msgspec.convert, type=bytes)
_SIGNS: Final = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_LAST: Final = ({"", *_SIGNS}, set[str](), {*_SIGNS[::16]}, {*_SIGNS[::4]})
"""With which signs a text may end, by its length modulo 4: those of which no bit is left over."""

Thumbprint = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{43}$")]
"""A SHA-256 in base64url."""


class NotGenuine(Exception):
    """The signature is not that key's over these bytes, or is spelt in a way we do not take."""


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The protected header of one signature of a document; there is no unprotected one."""

    alg: Literal["ES256"]
    iat: Annotated[int, Meta(ge=0, le=_LATEST)]
    """When the signer was shown the document, in seconds; a claim, not a proof of time."""
    kid: Thumbprint
    """RFC 7638 of the signer's key."""
    typ: Literal["tinhs-doc+jws"]
    x5t_s256: Thumbprint = msgspec.field(name="x5t#S256")
    """SHA-256 of the signer's certificate."""


class Signature(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One person's signature, in base64url as shipped."""

    protected: Annotated[str, Meta(max_length=684)]
    signature: Annotated[str, Meta(min_length=86, max_length=683)]
    """86 signs of ES256, up to 683 of a key of RSA."""


H = TypeVar("H", bound=msgspec.Struct)


def encoded(raw: bytes) -> str:
    """Return base64url without padding."""
    return b2a_base64(raw, newline=False).translate(_URL_SAFE, b"=").decode()


def decoded(text: str) -> bytes:
    """Return the bytes of a base64url text; only the one canonical spelling is accepted."""
    try:
        standard = text.encode("ascii").translate(_STANDARD) + _PADDING[len(text) % 4]
        # Both are as strict; one is quicker with a hash, the other with a token or a document.
        is_short = len(standard) < _SHORT
        raw = a2b_base64(standard, strict_mode=True) if is_short else _unbase64(standard.decode())
    except ValueError as error:
        raise NotGenuine from error
    # Strict or not, it ignores the unused bits of the last group, and one text would have many
    # spellings.
    if text[-1:] not in _LAST[len(text) % 4]:
        raise NotGenuine
    return raw


def header(protected: str, kind: type[H]) -> H:
    """Return a protected header: exactly the members of `kind`, sorted, without spaces."""
    raw = decoded(protected)
    if len(raw) > HEADER_BYTES_MAX:
        raise NotGenuine
    try:
        found: H = _decoder(kind).decode(raw)
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise NotGenuine from error
    if _encode(found) != raw:
        raise NotGenuine
    return found


def spelt_anyhow(segment: str, kind: type[H]) -> H:
    """Return a part that somebody's device has written: in any spelling, no member twice."""
    try:
        members = json.loads(decoded(segment), object_pairs_hook=_once)
        return msgspec.convert(members, kind)
    except (ValueError, RecursionError) as error:
        raise NotGenuine from error


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise NotGenuine
    return found


def rest_of_header(kid: str, x5t_s256: str) -> bytes:
    """Return what follows the moment in a document's header of that key and certificate."""
    return f',"kid":"{kid}","typ":"tinhs-doc+jws","x5t#S256":"{x5t_s256}"}}'.encode()


def require_header(raw: bytes, rest: bytes) -> None:
    """Return if this is a document's `Header` that ends so: written in one way, so compared."""
    moment = raw[len(_HEAD) : -len(rest)]
    is_number = moment.isdigit() and (moment[:1] != b"0" or moment == b"0")
    if not (raw.startswith(_HEAD) and raw.endswith(rest) and is_number):
        raise NotGenuine
    if len(moment) > 12 or int(moment) > _LATEST:
        raise NotGenuine


@cache
def _decoder(kind: type) -> msgspec.json.Decoder[Any]:
    return msgspec.json.Decoder(kind)


def protected(found: msgspec.Struct) -> str:
    """Return a header as it is signed."""
    return encoded(msgspec.json.encode(found, order="sorted"))


def signing_input(protected_header: str, payload: bytes) -> bytes:
    """Return the bytes that a device signs (RFC 7515 §5.1)."""
    return f"{protected_header}.{encoded(payload)}".encode()


def verify(key: EllipticCurvePublicKey, signed: bytes, signature: bytes) -> None:
    """Return if `signature` (r and s, 32 bytes each, RFC 7518 §3.4) is the key's over `signed`."""
    if len(signature) != 2 * _COORDINATE_BYTES:
        raise NotGenuine
    r, s = _integer(signature[:_COORDINATE_BYTES]), _integer(signature[_COORDINATE_BYTES:])
    try:
        key.verify(b"\x30%c%b%b" % (len(r) + len(s), r, s), signed, ES256)
    except InvalidSignature as error:
        raise NotGenuine from error


def _integer(big_endian: bytes) -> bytes:
    """Return up to 32 bytes as a DER INTEGER."""
    body = big_endian.lstrip(b"\0") or b"\0"
    return b"\x02%c%b%b" % (len(body) + (body[0] >> 7), b"\0" * (body[0] >> 7), body)


def verify_der(key: EllipticCurvePublicKey, signed: bytes, signature: bytes) -> None:
    """Return if an ECDSA signature in DER, as CMS has it, is the key's over `signed`."""
    try:
        key.verify(signature, signed, ES256)
    except InvalidSignature as error:
        raise NotGenuine from error


def sign(key: EllipticCurvePrivateKey, signed: bytes) -> bytes:
    """Return r and s, 32 bytes each."""
    r, s = decode_dss_signature(key.sign(signed, ES256))
    return r.to_bytes(_COORDINATE_BYTES, "big") + s.to_bytes(_COORDINATE_BYTES, "big")


def compact(key: EllipticCurvePrivateKey, head: msgspec.Struct, payload: bytes) -> str:
    """Return a compact JWS (RFC 7515 §7.1), for what the house itself publishes."""
    signed = signing_input(protected(head), payload)
    return f"{signed.decode()}.{encoded(sign(key, signed))}"


def opened(token: str, key: EllipticCurvePublicKey, head: type[H]) -> tuple[H, bytes]:
    """Return header and payload of a compact JWS that this key has signed."""
    segments = token.split(".")
    if len(segments) != 3:
        raise NotGenuine
    found = header(segments[0], head)
    verify(key, f"{segments[0]}.{segments[1]}".encode(), decoded(segments[2]))
    return found, decoded(segments[1])


class Jwk(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True
):
    """A public P-256 key (RFC 7517). A private member (`d`) is an unknown one, hence refused."""

    kty: Literal["EC"]
    crv: Literal["P-256"]
    x: Thumbprint
    y: Thumbprint
    alg: Literal["ES256"] | None = None
    use: Literal["sig"] | None = None
    kid: str | None = None
    key_ops: tuple[Literal["verify"]] | None = None
    ext: bool | None = None


def public_key(jwk: Jwk) -> EllipticCurvePublicKey:
    """Return the key that a JWK describes, if it is a point of the curve."""
    point = b"\x04" + decoded(jwk.x) + decoded(jwk.y)
    try:
        return EllipticCurvePublicKey.from_encoded_point(SECP256R1(), point)
    except ValueError as error:
        raise NotGenuine from error


def jwk_of(key: EllipticCurvePublicKey) -> Jwk:
    """Return the JWK of a key, with its thumbprint (RFC 7638) as `kid`."""
    numbers = key.public_numbers()
    x, y = (encoded(n.to_bytes(_COORDINATE_BYTES, "big")) for n in (numbers.x, numbers.y))
    thumb = sha256(f'{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}'.encode()).digest()
    return Jwk(kty="EC", crv="P-256", x=x, y=y, alg="ES256", use="sig", kid=encoded(thumb))


def thumbprint(key: EllipticCurvePublicKey) -> str:
    """Return RFC 7638 of a key, in base64url."""
    return str(jwk_of(key).kid)
