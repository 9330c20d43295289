"""What an identity provider signs: ID tokens and logout tokens, taken literally and no further.

Here alone RS256 is known, for providers know nothing newer. The settings say which algorithms may
come, the key says which one fits; the token only has to agree.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any, Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.hashes import SHA256
from msgspec import Meta

from backend.identity import jws
from backend.identity.jws import Jwk, NotGenuine, Second, decoded

LEEWAY: Final = timedelta(seconds=30)
LOGOUT_TYPE: Final = "logout+jwt"
LOGOUT_EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"
LOGOUT_LIFE: Final = timedelta(minutes=2)
"""OpenID Connect Back-Channel Logout §2.4: no more is needed."""
_BYTES_MAX: Final = 16 * 1024
_RSA_BITS_MIN: Final = 2048
_RSA_BITS_MAX: Final = 8192
_KEYS_MAX: Final = 20

Name = Annotated[str, Meta(min_length=1, max_length=255)]
Key = EllipticCurvePublicKey | RSAPublicKey


class Head(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """All that may stand in a header; `jku`, `jwk`, `x5c`, `crit` are unknown, hence refused."""

    alg: str
    kid: str
    typ: str = ""


class Claims(msgspec.Struct, frozen=True, kw_only=True):
    """What both kinds of tokens say."""

    iss: str
    aud: str | tuple[str]
    iat: Second
    exp: Second
    azp: str | None = None
    sub: Name | None = None
    sid: Name | None = None
    nonce: str | None = None
    auth_time: Second | None = None
    jti: Name | None = None
    events: dict[str, dict[str, Any]] | None = None


class Keys(msgspec.Struct, frozen=True, kw_only=True):
    """RFC 7517 §5, as far as we read it."""

    keys: Annotated[list[dict[str, Any]], Meta(max_length=_KEYS_MAX)]


class Expected(msgspec.Struct, frozen=True, kw_only=True):
    """What a token has to agree with."""

    issuer: str
    client_id: str
    algorithms: Collection[str]
    now: datetime


def keys_of(body: bytes) -> dict[str, Key]:
    """Return kid → key of all that can check our algorithms. Raises `NotGenuine`."""
    try:
        found = msgspec.json.decode(body, type=Keys)
    except (msgspec.MsgspecError, ValueError) as error:
        raise NotGenuine from error
    keys: dict[str, Key] = {}
    for jwk in found.keys:
        kid = jwk.get("kid")
        if isinstance(kid, str) and kid not in keys and jwk.get("use", "sig") == "sig":
            key = _key(jwk)
            if key is not None:
                keys[kid] = key
    return keys


def _key(jwk: dict[str, Any]) -> Key | None:
    members = {name: text for name, text in jwk.items() if name in {"kty", "crv", "x", "y"}}
    try:
        if jwk.get("kty") == "EC":
            return jws.public_key(msgspec.convert(members, Jwk)).key
        if jwk.get("kty") == "RSA" and jwk.get("alg", "RS256") == "RS256":
            n, e = (int.from_bytes(decoded(str(jwk[part]).encode())) for part in ("n", "e"))
            if _RSA_BITS_MIN <= n.bit_length() <= _RSA_BITS_MAX:
                return RSAPublicNumbers(e, n).public_key()
    except (NotGenuine, KeyError, ValueError, msgspec.MsgspecError):
        pass
    return None


def kid_of(token: bytes) -> str:
    """Return which key a token says it was signed with, unverified. Raises `NotGenuine`."""
    return _taken_apart(token)[0].kid


def _taken_apart(token: bytes) -> tuple[Head, bytes, bytes, bytes]:
    segments = token.split(b".") if len(token) <= _BYTES_MAX else []
    if len(segments) != 3:
        raise NotGenuine
    try:
        head = msgspec.json.decode(decoded(segments[0]), type=Head)
    except (msgspec.MsgspecError, ValueError) as error:
        raise NotGenuine from error
    return head, b".".join(segments[:2]), decoded(segments[1]), decoded(segments[2])


def read(token: bytes, keys: Mapping[str, Key], expected: Expected) -> tuple[Head, Claims, bytes]:
    """Return what a genuine token for us says, and all of it as JSON. Raises `NotGenuine`."""
    head, signed, body, signature = _taken_apart(token)
    key = keys.get(head.kid)
    if key is None or head.alg not in expected.algorithms:
        raise NotGenuine
    if head.alg == "RS256" and isinstance(key, RSAPublicKey):
        try:
            key.verify(signature, signed, PKCS1v15(), SHA256())
        except InvalidSignature as error:
            raise NotGenuine from error
    elif head.alg == "ES256" and isinstance(key, EllipticCurvePublicKey):
        jws.verify(key, signed, signature)
    else:
        raise NotGenuine
    try:
        claims = msgspec.json.decode(body, type=Claims)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise NotGenuine from error
    _require_ours(claims, expected)
    return head, claims, body


def _require_ours(claims: Claims, expected: Expected) -> None:
    now, leeway = expected.now.timestamp(), LEEWAY.total_seconds()
    audience = claims.aud if isinstance(claims.aud, str) else claims.aud[0]
    if claims.iss != expected.issuer or audience != expected.client_id:
        raise NotGenuine
    if claims.azp not in {None, expected.client_id}:
        raise NotGenuine
    if claims.exp <= now - leeway or claims.iat > now + leeway:
        raise NotGenuine
