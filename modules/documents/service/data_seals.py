"""The data of documents sealed: it needs no file, and one timestamp does for all of them."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import NamedTuple, TypeAlias
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

from modules.documents.model import hashtree, jws
from modules.documents.service.stamping import Stamper

Place: TypeAlias = tuple[UUID, int]
"""A document, and whose turn it is."""


class ToSeal(NamedTuple):
    """Content, and the key and certificate with which an organisation seals it."""

    place: Place
    content: bytes
    key: EllipticCurvePrivateKey
    certificate: bytes


class DataSeal(NamedTuple):
    """A document's data sealed, and when an authority saw it."""

    protected: str
    signature: str
    token: bytes
    path: bytes


async def sealed(wanted: Sequence[ToSeal], stamper: Stamper) -> dict[Place, DataSeal]:
    """Return all of it sealed. Raises `TimestampUnavailable`."""
    if not wanted:
        return {}
    signed = [_signed(each, stamper.now) for each in wanted]
    tree = hashtree.grown([signature for _, signature in signed])
    token = await stamper.stamp(tree.top)
    return {
        each.place: DataSeal(*made, token, path)
        for each, made, path in zip(wanted, signed, tree.paths, strict=True)
    }


def _signed(wanted: ToSeal, now: datetime) -> tuple[str, str]:
    """Return protected header and signature."""
    head = jws.Header(
        alg="ES256",
        iat=int(now.timestamp()),
        kid=jws.thumbprint(wanted.key.public_key()),
        typ="tinhs-doc+jws",
        x5t_s256=jws.encoded(sha256(wanted.certificate).digest()),
    )
    protected = jws.protected(head)
    value = jws.sign(wanted.key, jws.signing_input(protected, wanted.content))
    return protected, jws.encoded(value)
