"""Deliveries that are signed as Standard Webhooks 1.0 asks: https://www.standardwebhooks.com."""

import hmac
from base64 import b64decode, b64encode
from binascii import Error
from collections.abc import Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

import msgspec

from backend.kernel import Secret, Transaction
from modules.public_services.errors import BadSignature, DeliveryUnreadable
from modules.public_services.model.deliveries import Delivery, DeliveryReceipt
from modules.public_services.repository import deliveries as repository
from modules.public_services.service import deliveries

_LEEWAY: Final = timedelta(minutes=5)
_PREFIX: Final = "whsec_"
_VERSION: Final = "v1,"
_SECONDS_DIGITS_MAX: Final = 12


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    """What stands on a delivery: its id, when it was sent (seconds since 1970), its signatures."""

    id: str
    timestamp: str
    signatures: str


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a delivery; what else a source adds to it is left alone."""

    data: Delivery


def signature(secret: str, webhook_id: str, timestamp: str, body: bytes) -> str:
    """Return `v1,…`: HMAC-SHA-256 over id, time and body. Raises ValueError for no secret."""
    try:
        key = b64decode(secret.removeprefix(_PREFIX), validate=True)
    except Error as error:
        raise ValueError("a secret is whsec_ and base64") from error
    signed = f"{webhook_id}.{timestamp}.".encode() + body
    return _VERSION + b64encode(hmac.digest(key, signed, sha256)).decode()


async def receive(
    tx: Transaction, source: str, secrets: Secret, envelope: Envelope, body: bytes
) -> DeliveryReceipt:
    """Keep a delivery, once: one that comes again gets the answer that it got.

    Raises `BadSignature` when no living secret signed it just now, or its id came with another
    body, and `DeliveryUnreadable`.
    """
    if not _is_signed(secrets, envelope, body, tx.now):
        raise BadSignature
    await repository.sign(tx, source)
    await repository.lock(tx, source)
    digest = sha256(body).digest()
    before = await repository.stored(tx, source, envelope.id)
    if before is not None:
        if before.digest != digest:
            raise BadSignature
        return before.receipt
    try:
        sent = msgspec.json.decode(body, type=Sent)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise DeliveryUnreadable from error
    receipt = await deliveries.keep(tx, source, sent.data)
    await repository.store(tx, source, envelope.id, digest, receipt)
    return receipt


def _is_signed(secrets: Secret, envelope: Envelope, body: bytes, now: datetime) -> bool:
    sent = envelope.timestamp
    if not (sent.isascii() and sent.isdigit() and len(sent) <= _SECONDS_DIGITS_MAX):
        return False
    if abs(now.timestamp() - int(sent)) > _LEEWAY.total_seconds():
        return False
    given = [each.encode() for each in envelope.signatures.split()]
    expected = [signature(secret, envelope.id, sent, body).encode() for secret in _living(secrets)]
    return any(hmac.compare_digest(one, other) for one in given for other in expected)


def _living(secrets: Secret) -> Iterator[str]:
    return (text for part in secrets.reveal().split(",") if (text := part.strip()))
