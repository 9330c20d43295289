"""Web Push: a message that only the browser can read (RFC 8291), sent in our name (RFC 8292)."""

import json
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Final
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    ECDSA,
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    derive_private_key,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from backend.kernel import Snapshot, outside
from backend.kernel.outside import Ask, OutOfBounds, Reach, Unreachable
from contracts.identity import Accepted, Rejected, Unknown, silence
from contracts.notifications import ChannelSent, Gone, Outgoing, SenderChannel
from modules.notifications.model.preferences import Subscription
from modules.notifications.settings import Settings

_RECORD: Final = 4096
_GOOD_FOR: Final = timedelta(hours=12)
_PUBLIC: Final = Reach()
_GONE: Final = frozenset({404, 410})
_COORDINATE: Final = 32
_CURVE_ORDER_BYTES: Final = 32


class BadSubscription(ValueError):
    """The keys of a subscription are none, or its address is not one to call."""


class WebPush:
    """Provides `contracts.notifications.ChannelSender` for push."""

    name = "webpush"
    channel: SenderChannel = "push"

    def __init__(self, snapshot: Snapshot, *, ask: Ask = outside.ask) -> None:
        self._settings = snapshot.ask(Settings)
        self._now = snapshot.now
        self._ask = ask

    async def send(self, message: Outgoing) -> ChannelSent:
        """Hand the message to the push service of the browser's maker."""
        try:
            to = msgspec.json.decode(message.to, type=Subscription)
            body = encrypted(to, msgspec.json.encode({"title": message.title}))
        except (msgspec.MsgspecError, ValueError):
            return Gone()
        key = vapid_key(self._settings.vapid_key.reveal())
        headers = {
            "Authorization": vapid(key, to.endpoint, self._settings.vapid_subject, self._now),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(max(0, int(message.ttl.total_seconds()))),
        }
        try:
            answer = await self._ask("POST", to.endpoint, body=body, headers=headers, reach=_PUBLIC)
        except OutOfBounds:
            return Gone()
        except Unreachable as error:
            return silence(was_sent=error.was_sent)
        if answer.is_good:
            return Accepted(ref=answer.headers.get("location", "")[:200])
        if answer.status in _GONE:
            return Gone()
        return Rejected() if answer.is_refusal else Unknown()


def encrypted(
    to: Subscription,
    plain: bytes,
    *,
    ours: EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """Return a message that only the subscriber reads (RFC 8291 §3, one record of RFC 8188).

    `ours` and `salt` are fresh for each message; tests give those of the RFC's example. Raises
    `BadSubscription`.
    """
    private = ours or generate_private_key(SECP256R1())
    salt = salt or os.urandom(16)
    try:
        theirs = _decoded(to.keys.p256dh)
        shared = private.exchange(
            ECDH(), EllipticCurvePublicKey.from_encoded_point(SECP256R1(), theirs)
        )
        secret = _decoded(to.keys.auth)
    except ValueError as error:
        raise BadSubscription from error
    own = _point(private)
    material = _derived(secret, b"WebPush: info\0" + theirs + own, 32, shared)
    key = _derived(salt, b"Content-Encoding: aes128gcm\0", 16, material)
    nonce = _derived(salt, b"Content-Encoding: nonce\0", 12, material)
    sealed = AESGCM(key).encrypt(nonce, plain + b"\x02", None)
    return salt + _RECORD.to_bytes(4) + len(own).to_bytes(1) + own + sealed


def vapid(key: EllipticCurvePrivateKey, endpoint: str, subject: str, now: datetime) -> str:
    """Return `Authorization` of a push: a JWT for that push service, and our key (RFC 8292 §3)."""
    parts = urlsplit(endpoint)
    head = _encoded(b'{"typ":"JWT","alg":"ES256"}')
    claims = {
        "aud": f"{parts.scheme}://{parts.netloc}",
        "exp": int((now + _GOOD_FOR).timestamp()),
        "sub": subject,
    }
    signed = f"{head}.{_encoded(json.dumps(claims, separators=(',', ':')).encode())}"
    r, s = decode_dss_signature(key.sign(signed.encode(), ECDSA(SHA256())))
    signature = _encoded(r.to_bytes(_COORDINATE) + s.to_bytes(_COORDINATE))
    return f"vapid t={signed}.{signature}, k={_encoded(_point(key))}"


@lru_cache(maxsize=4)
def vapid_key(text: str) -> EllipticCurvePrivateKey:
    """Return the installation's key. Raises ValueError for a text that is none."""
    raw = _decoded(text)
    if len(raw) != _CURVE_ORDER_BYTES:
        raise ValueError("a VAPID key has 32 bytes")
    return derive_private_key(int.from_bytes(raw), SECP256R1())


def public_half(text: str) -> str:
    """Return what a browser subscribes to: the uncompressed point, base64url."""
    return _encoded(_point(vapid_key(text)))


def _derived(salt: bytes, about: bytes, length: int, material: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=about).derive(material)


def _point(key: EllipticCurvePrivateKey) -> bytes:
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _decoded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _encoded(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
